"use strict";
(() => {
  // Rows of a page: however many findings there are, the document holds no more of them.
  const PAGE = 50;
  const PRINTED = 200;
  const DAY = 86400;
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = data.findings;
  const total = all.state.length;
  const element = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en");
  const collator = new Intl.Collator("en", { numeric: true });

  // Everything that is shown becomes text here, and nothing becomes mark-up.
  const make = (name, properties = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (value === undefined || value === false) continue;
      if (key === "class") made.className = value;
      else made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== undefined && child !== ""));
    return made;
  };
  const counted = (count, one, many) => number.format(count) + " " + (count === 1 ? one : many);
  const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
  const moment = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 16) + " UTC";
  const text = (place) => data.texts[place];

  const isActive = (index) => data.states[all.state[index]][1];
  const classOf = (index) => data.classes[all.class[index]];
  const nameOf = (detector) => data.detectors[detector]?.[0] ?? text(detector);
  const isPhi = (index) => all.class[index] === 0;
  const lastDay = (index) => (Math.floor(all.first[index] / DAY) + data.notice_days) * DAY;
  const hasClock = (index) => isPhi(index) && data.states[all.state[index]][0] !== "resolved";
  const daysLeft = (index) => {
    const left = Math.floor(lastDay(index) / DAY) - Math.floor(Date.now() / 1000 / DAY);
    return left >= 0 ? counted(left, "day", "days") + " left" : "passed " + counted(-left, "day", "days") + " ago";
  };

  // Columns: heading, what it is sorted by, whether the highest comes first at the first click.
  const rank = () => {
    const order = data.texts.map((_, place) => place).sort((a, b) => collator.compare(data.texts[a], data.texts[b]));
    const ranks = new Uint32Array(order.length);
    order.forEach((place, at) => { ranks[place] = at; });
    return ranks;
  };
  let ranks;
  const ranked = (column) => (index) => (ranks ??= rank())[all[column][index]];
  const COLUMNS = [
    ["severity", "severity", (index) => all.severity[index], true],
    ["state", "state", (index) => all.state[index], false],
    ["class", "class", (index) => all.class[index] ?? 9, false],
    ["found", "found", ranked("detector"), false],
    ["place", "where", ranked("place"), false],
    ["records", "records", (index) => all.records[index], true],
    ["objects", "objects", (index) => all.objects[index], true],
    ["first", "first observed", (index) => all.first[index], false],
    ["day60", "day 60", (index) => (hasClock(index) ? all.first[index] : Infinity), false],
  ];
  const NUMBERS = new Set(["records", "objects"]);

  // What is asked for, as the address says it: a view can be sent to somebody.
  const DEFAULTS = { q: "", state: "waiting", severity: "", class: "", found: "", in: "", sort: "", page: "1" };
  let view = { ...DEFAULTS };
  let opened = new Set();
  let matching = [];

  const read = () => {
    const hash = location.hash.slice(1);
    const finding = /^(?:f-)?([0-9a-f]{8,32})$/.exec(hash);
    if (finding) return finding[1];
    const asked = new URLSearchParams(hash);
    if (![...asked.keys()].some((key) => key in DEFAULTS)) return undefined;
    view = { ...DEFAULTS };
    for (const key of Object.keys(DEFAULTS)) if (asked.has(key)) view[key] = asked.get(key);
    return null;
  };
  const address = () => {
    const asked = new URLSearchParams();
    for (const [key, value] of Object.entries(view)) if (value !== DEFAULTS[key]) asked.set(key, value);
    return asked.toString();
  };
  const remember = (hash) => {
    try {
      history.replaceState(null, "", "#" + hash);
    } catch {
      // Some browsers keep the address of a file as it is; the view works all the same.
    }
  };

  // Words are looked for in the shared texts, not finding by finding.
  let lowered;
  const search = (query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return () => true;
    lowered ??= data.texts.map((value) => value.toLowerCase());
    const names = new Map(Object.entries(data.detectors).map(([place, value]) => [Number(place), value[0].toLowerCase()]));
    const found = words.map((word) => {
      const texts = Uint8Array.from(lowered, (value) => (value.includes(word) ? 1 : 0));
      for (const [place, name] of names) if (name.includes(word)) texts[place] = 1;
      return [word, texts];
    });
    return (index) => found.every(([word, texts]) =>
      texts[all.place[index]] || texts[all.field[index]] || texts[all.detector[index]] || texts[all.because[index]]
        || all.fingerprint[index].startsWith(word));
  };

  const filter = () => {
    const wanted = search(view.q);
    const severity = data.severities.indexOf(view.severity);
    const states = data.states.map(([word, active]) => view.state === "all" || (view.state === "waiting" ? active : view.state === word));
    const classes = ["phi", "pii", "health"].indexOf(view.class);
    const inside = view.in === "" ? undefined : Uint8Array.from(data.texts, (value) => (value.startsWith(view.in) ? 1 : 0));
    matching = [];
    for (let index = 0; index < total; index += 1) {
      if (!states[all.state[index]] || all.severity[index] < severity) continue;
      if (classes >= 0 && all.class[index] !== classes) continue;
      if (view.found !== "" && text(all.detector[index]) !== view.found) continue;
      if (inside && !inside[all.place[index]]) continue;
      if (wanted(index)) matching.push(index);
    }
    const [key, direction] = view.sort.split("-");
    const column = COLUMNS.find(([id]) => id === key);
    if (column) {
      const keys = new Float64Array(total);
      for (const index of matching) keys[index] = column[2](index);
      const sign = direction === "down" ? -1 : 1;
      // What has no clock comes last, whichever way it is sorted.
      matching.sort((a, b) => {
        if (keys[a] === keys[b]) return a - b;
        if (keys[a] === Infinity) return 1;
        if (keys[b] === Infinity) return -1;
        return sign * (keys[a] - keys[b]);
      });
    }
  };

  const pages = () => Math.max(1, Math.ceil(matching.length / PAGE));
  const body = element("list").tBodies[0];

  const row = (index) => {
    const fingerprint = all.fingerprint[index];
    const expanded = opened.has(index);
    const severity = data.severities[all.severity[index]];
    const open = make("button", { type: "button", class: "open", "aria-expanded": String(expanded), "aria-controls": "d-" + fingerprint },
      nameOf(all.detector[index]));
    open.addEventListener("click", () => toggle(index));
    const field = text(all.field[index]);
    const cells = [
      make("td", {}, make("span", { class: "severity " + severity }, severity)),
      make("td", {}, data.states[all.state[index]][0]),
      make("td", {}, classOf(index)?.name ?? "none"),
      make("th", { scope: "row", class: "found" }, open),
      make("td", { class: "name" }, text(all.place[index]), field === "" ? "" : make("span", { class: "field" }, "column " + field)),
      make("td", { class: "count" }, number.format(all.records[index])),
      make("td", { class: "count" }, number.format(all.objects[index])),
      make("td", { class: "day" }, day(all.first[index])),
      hasClock(index)
        ? make("td", { class: "day" }, day(lastDay(index)), make("span", { class: "near" }, daysLeft(index)))
        : make("td", {}, make("span", { class: "hidden" }, "none")),
    ];
    return make("tr", { id: "f-" + fingerprint, class: expanded && "shown" }, ...cells);
  };

  const list = (items, kind = "ul") => make(kind, {}, ...items.map((item) => make("li", {}, item)));
  const fill = (known, facts) => known.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);

  const why = (index, detail) => {
    const [, identifier] = data.detectors[all.detector[index]] ?? [];
    const evidence = data.evidence.filter((_, place) => detail && (detail.evidence >> place) & 1);
    const said = [
      make("h3", {}, "Why"),
      make("p", {}, classOf(index)?.why ?? ""),
      make("p", {}, "Policy: " + text(all.because[index]) + "."),
      make("p", {}, "Confidence " + all.confidence[index] + (evidence.length > 0 ? ": " + evidence.join("; ") : "") + "."),
    ];
    if (identifier) said.push(make("p", {}, "Law: " + identifier + "."));
    const samples = all.samples[index].map(text);
    if (samples.length > 0) {
      said.push(make("h3", {}, "Masked samples"), make("p", { class: "masked" }, samples.join("  \u00b7  ")));
    }
    return said;
  };

  const clock = (index, detail) => {
    if (!isPhi(index)) return [];
    const people = detail?.people ?? null;
    const state = data.states[all.state[index]][0];
    const facts = {
      detector: nameOf(all.detector[index]),
      records: number.format(all.records[index]),
      objects: number.format(all.objects[index]),
      people: people === null ? "an unknown number of" : "about " + number.format(people),
      place: text(all.place[index]),
      mitigation: state === "resolved" ? fill(data.gone, { changed: moment(all.changed[index]) }) : fill(data.still_there, { seen: moment(all.last[index]) }),
    };
    return [
      make("h3", {}, "Breach of unsecured PHI: " + data.status),
      make("p", {}, "First observed " + day(all.first[index]) + "; day 60 is " + day(lastDay(index)) + (hasClock(index) ? " (" + daysLeft(index) + ")" : "") + "."),
      make("p", {}, "Individuals: " + (people === null ? "not known" : "about " + number.format(people)) + "."),
      ...(detail && detail.notices.length > 0 ? [make("p", {}, "Would oblige to tell: "), list(detail.notices.map(text))] : []),
      make("p", {}, "The factors of the assessment:"),
      list(data.factors.map(([citation, question, known]) => citation + ", " + question + ": " + fill(known, facts) + ".")),
    ];
  };

  const where = (index, detail) => {
    const said = [make("h3", {}, "Where, the worst first")];
    if (!detail) return said.concat(make("p", {}, "Objects of this finding: the command below shows them."));
    said.push(list(detail.objects.map(([place, field, severity, records, coverage]) =>
      text(place) + (text(field) === "" ? "" : ", field " + text(field)) + ": " + counted(records, "record", "records") + ", " + text(severity) + ", " + text(coverage))));
    const more = all.objects[index] - new Set(detail.objects.map(([place]) => place)).size;
    if (more > 0) said.push(make("p", {}, "and " + counted(more, "more object", "more objects")));
    return said;
  };

  const past = (index, detail) => {
    const decided = all.decided[index];
    const said = [];
    if (decided) {
      const [who, reason, until] = decided;
      said.push(make("p", {}, "Decided by " + text(who) + ": " + text(reason) + (until === null ? "" : " (until " + text(until) + ")") + "."));
    }
    if (detail) {
      said.push(list(detail.history.map(([at, from, to, who, reason]) =>
        moment(at) + " " + (from === null ? "" : text(from) + " \u2192 ") + text(to) + (who === null ? "" : " by " + text(who)) + (reason === null ? "" : ": " + text(reason)))));
    }
    return said.length > 0 ? [make("h3", {}, "History"), ...said] : [];
  };

  const details = (index) => {
    const fingerprint = all.fingerprint[index];
    const detail = data.details[index];
    const steps = classOf(index)?.steps ?? [];
    const todo = [
      make("h3", {}, "What to do"),
      list(steps, "ol"),
      make("p", {}, make("code", {}, "phinder findings show " + fingerprint.slice(0, 8))),
      make("p", {}, make("a", { href: "#f-" + fingerprint }, "Link to this finding"), " ", make("code", {}, fingerprint)),
    ];
    const columns = make("div", { class: "columns" },
      make("div", {}, ...why(index, detail), ...where(index, detail)),
      make("div", {}, ...todo, ...clock(index, detail), ...past(index, detail)));
    return make("tr", { class: "detail", id: "d-" + fingerprint }, make("td", { colspan: COLUMNS.length }, columns));
  };

  const rows = (indexes) => indexes.flatMap((index) => (opened.has(index) ? [row(index), details(index)] : [row(index)]));
  const current = () => {
    const page = Math.min(Math.max(1, Number(view.page) || 1), pages());
    view.page = String(page);
    return matching.slice((page - 1) * PAGE, page * PAGE);
  };

  const render = () => {
    body.replaceChildren(...rows(current()));
    const [key, direction] = view.sort.split("-");
    [...element("list").tHead.rows[0].cells].forEach((head, place) => {
      if (COLUMNS[place][0] === key) head.setAttribute("aria-sort", direction === "down" ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    element("status").textContent = counted(matching.length, "finding", "findings") + " of " + number.format(total)
      + (matching.length > PAGE ? ", page " + view.page + " of " + number.format(pages()) : "");
    element("page").textContent = "Page " + view.page + " of " + number.format(pages());
    element("pages").hidden = matching.length <= PAGE;
    for (const [id, is] of [["first", view.page === "1"], ["previous", view.page === "1"], ["next", view.page === String(pages())], ["last", view.page === String(pages())]]) {
      element(id).disabled = is;
    }
    const inside = element("inside");
    inside.hidden = view.in === "";
    inside.textContent = "in " + view.in + " \u2715";
    inside.setAttribute("aria-label", "In " + view.in + ": show all places again");
    element("search").value = view.q;
    for (const id of ["state", "severity", "class"]) element(id).value = view[id];
    element("detector").value = view.found;
  };

  const show = () => {
    opened = new Set();
    filter();
    render();
    remember(address());
  };
  const ask = (changes) => {
    view = { ...view, page: "1", ...changes };
    show();
  };

  const toggle = (index) => {
    const fingerprint = all.fingerprint[index];
    if (opened.delete(index)) remember(address());
    else {
      opened.add(index);
      remember("f-" + fingerprint);
    }
    element("d-" + fingerprint)?.remove();
    const fresh = rows([index]);
    element("f-" + fingerprint).replaceWith(...fresh);
    fresh[0].querySelector(".open").focus();
  };

  // A finding that the view does not show is looked for among all.
  const open = (prefix) => {
    const index = all.fingerprint.findIndex((fingerprint) => fingerprint.startsWith(prefix));
    filter();
    if (index < 0) {
      render();
      element("status").textContent = "No finding of this report has the fingerprint " + prefix + ".";
      return;
    }
    if (!matching.includes(index)) {
      view = { ...DEFAULTS, state: "all" };
      filter();
    }
    view.page = String(Math.floor(matching.indexOf(index) / PAGE) + 1);
    opened = new Set([index]);
    render();
    const shown = element("f-" + all.fingerprint[index]);
    shown.scrollIntoView({ block: "start" });
    shown.querySelector(".open").focus({ preventScroll: true });
  };

  const follow = () => {
    const asked = read();
    if (asked === undefined) return;
    if (asked !== null) return open(asked);
    show();
    element("findings").scrollIntoView();
  };

  const choices = (id, options) => {
    element(id).replaceChildren(...options.map(([value, name]) => make("option", { value }, name)));
  };
  const start = () => {
    choices("state", [["waiting", "Waiting for somebody"], ["all", "All"], ...data.states.map(([word]) => [word, word])]);
    choices("severity", [["", "Any"], ...[...data.severities].reverse().filter((word) => word !== "none").map((word) => [word, word === "critical" ? word : word + " and worse"])]);
    choices("class", [["", "Any"], ["phi", "PHI"], ["pii", "PII"], ["health", "Health data"]]);
    const detectors = [...new Set(all.detector)].map((place) => [text(place), nameOf(place)]);
    choices("detector", [["", "Anything"], ...detectors.sort((a, b) => collator.compare(a[1], b[1]))]);
    const heads = COLUMNS.map(([id, name, , isDown]) => {
      const button = make("button", { type: "button" }, name);
      button.addEventListener("click", () => {
        const [key, direction] = view.sort.split("-");
        const down = key === id ? direction !== "down" : isDown;
        ask({ sort: id + (down ? "-down" : "-up") });
      });
      return make("th", { scope: "col", class: NUMBERS.has(id) && "count" }, button);
    });
    element("list").tHead.rows[0].replaceChildren(...heads);
    let waiting;
    element("search").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => ask({ q: element("search").value }), 120);
    });
    for (const id of ["state", "severity", "class"]) element(id).addEventListener("change", () => ask({ [id]: element(id).value }));
    element("detector").addEventListener("change", () => ask({ found: element("detector").value }));
    element("inside").addEventListener("click", () => {
      ask({ in: "" });
      element("search").focus();
    });
    element("controls").addEventListener("submit", (event) => event.preventDefault());
    element("controls").addEventListener("reset", (event) => {
      event.preventDefault();
      ask(DEFAULTS);
    });
    const turn = (page) => {
      view.page = String(page());
      show();
      element("findings").scrollIntoView();
      body.querySelector(".open")?.focus({ preventScroll: true });
    };
    element("first").addEventListener("click", () => turn(() => 1));
    element("previous").addEventListener("click", () => turn(() => Number(view.page) - 1));
    element("next").addEventListener("click", () => turn(() => Number(view.page) + 1));
    element("last").addEventListener("click", () => turn(pages));
    document.addEventListener("keydown", keys);
    addEventListener("hashchange", follow);
    addEventListener("beforeprint", () => body.replaceChildren(...rows(matching.slice(0, PRINTED))));
    addEventListener("afterprint", render);
    element("controls").hidden = false;
    element("list").hidden = false;
  };

  const keys = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isTyping = event.target instanceof Element && event.target.matches("input, select, textarea");
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      element("search").focus();
      return;
    }
    const buttons = [...body.querySelectorAll(".open")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") {
      const shown = event.target.closest?.(".detail, .shown");
      const index = shown ? all.fingerprint.indexOf(shown.id.slice(2)) : -1;
      if (opened.has(index)) toggle(index);
      return;
    }
    if (at < 0) return;
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined || !buttons[next]) return;
    event.preventDefault();
    buttons[next].focus();
  };

  start();
  filter();
  render();
  follow();
})();
