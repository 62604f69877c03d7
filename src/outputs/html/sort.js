
"use strict";
(() => {
  const order = new Intl.Collator(undefined, { numeric: true });
  const key = (row, place) => {
    const cell = row.cells[place];
    return cell.dataset.key === undefined ? cell.textContent : Number(cell.dataset.key);
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : order.compare(a, b));
  for (const table of document.querySelectorAll("table")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") === "descending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows].map((row) => [key(row, place), row]);
        rows.sort(([a], [b]) => (up ? compare(a, b) : compare(b, a)));
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }
  const findings = document.getElementById("findings");
  if (!findings) return;
  const label = document.createElement("label");
  label.htmlFor = "filter";
  label.textContent = "Show findings that contain ";
  const input = document.createElement("input");
  input.id = "filter";
  input.type = "search";
  findings.parentElement.before(label, input);
  let texts;
  input.addEventListener("input", () => {
    texts ??= [...findings.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
    const wanted = input.value.toLowerCase().split(" ").filter(Boolean);
    for (const [row, text] of texts) row.hidden = !wanted.every((word) => text.includes(word));
  });
})();
