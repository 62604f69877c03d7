//! The page in Chromium: it opens from disk, asks nothing of any network, and does what it says.

use super::{HOSTILE, many, report};
use crate::support::browser::Browser;
use crate::support::nights::Nights;
use phinder::ledger::Outcome;
use phinder::model::{Class, Severity};
use serde_json::json;

const ROWS: &str = "document.querySelectorAll('#list tbody tr:not(.detail)').length";
const STATUS: &str = "document.getElementById('status').textContent";
/// Keys of WebDriver.
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const UP: &str = "\u{e013}";
const END: &str = "\u{e010}";
const ESCAPE: &str = "\u{e00c}";
const TAB: &str = "\u{e004}";

fn status(browser: &Browser) -> String {
    browser.run(&format!("return {STATUS};")).as_str().unwrap().to_owned()
}

#[test]
fn ten_thousand_findings_are_looked_through_page_by_page() {
    let nights = many(10_000);
    let (page, _) = report(&nights.path(), &[]);
    let browser = Browser::start();
    browser.open(&page, "");
    assert_eq!(status(&browser), "10,000 findings of 10,000, page 1 of 200");
    assert_eq!(browser.run(&format!("return {ROWS};")), 50, "the document holds a page, not all of them");
    assert_eq!(browser.run("return document.querySelectorAll('*').length < 3000;"), true);

    // The worst first; another order by a click on a heading, which says so.
    let first = |what: &str| browser.run(&format!("return document.querySelector('#list tbody tr').{what};"));
    assert_eq!(first("cells[0].textContent"), "critical");
    browser.click("#list thead th:nth-child(6) button");
    assert_eq!(
        browser.run("return document.querySelector('#list thead th:nth-child(6)').getAttribute('aria-sort');"),
        "descending"
    );
    assert_eq!(first("cells[5].textContent"), "40");
    browser.click("#list thead th:nth-child(6) button");
    assert_eq!(first("cells[5].textContent"), "1");

    // Filters and words, together.
    browser
        .run("const s = document.getElementById('severity'); s.value = 'high'; s.dispatchEvent(new Event('change'));");
    assert_eq!(status(&browser), "4,000 findings of 10,000, page 1 of 80");
    browser.click("#last");
    assert_eq!(status(&browser), "4,000 findings of 10,000, page 80 of 80");
    assert_eq!(browser.run(&format!("return {ROWS};")), 50);
    browser.click("#search");
    browser.press("folder-ab ssn");
    browser
        .wait_for(&format!("{STATUS}.includes('of 10,000') && {STATUS} !== '4,000 findings of 10,000, page 80 of 80'"));
    let shown = browser.run("return [...document.querySelectorAll('#list .name')].map((cell) => cell.textContent);");
    let shown = shown.as_array().unwrap();
    assert!(!shown.is_empty() && shown.iter().all(|name| name.as_str().unwrap().contains("folder-ab")), "{shown:?}");
    browser.click("#reset");
    assert_eq!(status(&browser), "10,000 findings of 10,000, page 1 of 200");

    // From the heat map to its findings, and back.
    browser.click("table.heat tbody tr:first-child td.count a");
    browser.wait_for(&format!("{STATUS}.startsWith('1 finding of')"));
    browser.click("#inside");
    assert_eq!(browser.run("return document.getElementById('class').value;"), "phi");
    // A print shows more than a page, and as little of the document as can be.
    browser.click("#reset");
    browser.run("window.dispatchEvent(new Event('beforeprint'));");
    assert_eq!(browser.run(&format!("return {ROWS};")), 200);
    browser.run("window.dispatchEvent(new Event('afterprint'));");
    assert_eq!(browser.run(&format!("return {ROWS};")), 50);
    assert_eq!(browser.console(), Vec::<String>::new());
    let requests = browser.requests();
    assert_eq!(requests, [format!("file://{}", page.display())], "the page itself, and nothing else");
}

#[test]
fn links_and_keys_lead_to_findings() {
    let nights = many(300);
    let (page, text) = report(&nights.path(), &[]);
    let data = super::data(&text);
    let fingerprint = data["findings"]["fingerprint"][222].as_str().unwrap().to_owned();
    let browser = Browser::start();
    // A finding of another page than the first; the fingerprint may be shortened.
    browser.open(&page, &format!("#f-{}", &fingerprint[..12]));
    let row = format!("document.getElementById('f-{fingerprint}')");
    assert_eq!(browser.run(&format!("return {row}.querySelector('button').getAttribute('aria-expanded');")), "true");
    assert_eq!(browser.run(&format!("return document.activeElement === {row}.querySelector('button');")), true);
    assert_eq!(status(&browser), "300 findings of 300, page 5 of 6");
    assert_eq!(browser.run("return document.querySelectorAll('.detail').length;"), 1);
    // One that is not there says so.
    browser.open(&page, "#f-00000000000000000000000000000000");
    assert!(status(&browser).starts_with("No finding of this report has the fingerprint 0000"));
    // What is asked for is in the address, and an address asks for it.
    browser.open(&page, "#class=pii&sort=records-down&page=2");
    assert_eq!(status(&browser), "120 findings of 300, page 2 of 3");
    // What does not wait is found by its link.
    let (_, answer, _) = crate::support::scan::run(
        crate::support::scan::phinder()
            .args(["findings", "suppress", &fingerprint, "--why", "a test", "--who", "me", "--ledger"])
            .arg(nights.path()),
    );
    assert!(answer.contains("suppressed"));
    let (page, _) = report(&nights.path(), &[]);
    browser.open(&page, &format!("#{fingerprint}"));
    assert!(status(&browser).starts_with("300 findings of 300"), "all states are shown then");
    let detail = browser.run("return document.querySelector('.detail').textContent;").as_str().unwrap().to_owned();
    assert!(detail.contains("Decided by me: a test."), "{detail}");

    // By keys alone: to the search, into the table, down and up, open and close.
    browser.open(&page, "");
    browser.press("/");
    assert_eq!(browser.run("return document.activeElement.id;"), "search");
    browser.run("document.querySelector('#list .open').focus();");
    let active = "[...document.querySelectorAll('#list .open')].indexOf(document.activeElement)";
    for (keys, expected) in [(DOWN, 1), (DOWN, 2), (UP, 1), (END, 49)] {
        browser.press(keys);
        assert_eq!(browser.run(&format!("return {active};")), expected);
    }
    browser.press(ENTER);
    assert_eq!(browser.run("return document.activeElement.getAttribute('aria-expanded');"), "true");
    assert!(browser.run("return location.hash;").as_str().unwrap().starts_with("#f-"));
    browser.press(TAB);
    assert_eq!(browser.run("return document.activeElement.closest('.detail') !== null;"), true, "its link comes next");
    browser.press(ESCAPE);
    assert_eq!(browser.run("return document.activeElement.getAttribute('aria-expanded');"), "false");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_screen_reader_is_told_what_there_is() {
    let nights = many(60);
    let (page, _) = report(&nights.path(), &[]);
    let browser = Browser::start();
    browser.open(&page, "");
    for (selector, role, name) in [
        ("main", "main", ""),
        ("header nav", "navigation", "Sections"),
        ("#findings", "region", "Findings"),
        ("#controls", "search", "Findings"),
        ("#search", "searchbox", "Search"),
        ("#state", "combobox", "State"),
        ("#status", "status", ""),
        ("#pages", "navigation", "Pages of findings"),
        (
            "svg.trend",
            "image",
            "Findings that wait for somebody at the end of each scan; the table below has the numbers",
        ),
        ("#list tbody th button", "button", "us_ssn"),
    ] {
        let told = browser.told(selector);
        let names_match = told.1 == name || (selector.contains("button") && !told.1.is_empty());
        assert!(told.0.starts_with(role) && names_match, "{selector}: {told:?}");
    }
    // Every table has a caption, every heading of a column and of a row its scope, every control a name.
    let without = browser.run(
        "return [...document.querySelectorAll('table')].filter((table) => !table.caption).length
            + [...document.querySelectorAll('th')].filter((head) => !head.scope).length
            + [...document.querySelectorAll('button, input, select')].filter((control) =>
                !control.textContent.trim() && !control.labels?.length && !control.getAttribute('aria-label')).length;",
    );
    assert_eq!(without, 0);
    // Headings go down step by step.
    let levels = browser
        .run("return [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1]));");
    let levels: Vec<i64> = levels.as_array().unwrap().iter().map(|level| level.as_i64().unwrap()).collect();
    assert!(levels[0] == 1 && levels.windows(2).all(|pair| pair[1] - pair[0] <= 1), "{levels:?}");
}

/// Everything that shows text, with the contrast of its colour to what lies behind it.
const CONTRAST: &str = r#"
    // Colours as the screen shows them, whatever way they are written in.
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    const rgba = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = (colour) => {
      const parts = [...rgba(colour)].slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor;
        if (rgba(colour)[3] === 255) return colour;
      }
      return 'white';
    };
    const weak = [];
    for (const element of document.querySelectorAll('body *')) {
      const shows = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      if (!shows || !element.checkVisibility() || element.closest('script, svg, :disabled, .hidden')) continue;
      const [front, back] = [light(getComputedStyle(element).color), light(behind(element))];
      const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
      if (contrast < 4.5) weak.push(element.tagName + '.' + element.className + ' ' + contrast.toFixed(2) + ': ' + element.textContent.slice(0, 30));
    }
    return [...new Set(weak)];
"#;

#[test]
fn light_dark_and_paper_can_be_read() {
    let mut nights = many(200);
    let long = format!("s3://acme/{}/x.csv", "averylongnamewithoutanyplacetobreak".repeat(20));
    nights.put(&long, Class::Phi, Severity::Critical, 12_345);
    nights.scan(1_790_100_000_000, Outcome::Complete);
    let (page, _) = report(&nights.path(), &[]);
    let browser = Browser::start();
    browser.open(&page, "");
    browser.click("#list .open");
    let mut backgrounds = Vec::new();
    for scheme in ["light", "dark"] {
        browser.emulate(scheme, "screen");
        assert_eq!(browser.run(CONTRAST), json!([]), "{scheme}");
        backgrounds.push(browser.run("return getComputedStyle(document.body).backgroundColor;"));
        for width in [1280, 800, 400] {
            browser.picture(width, 900);
            let wide = browser.run("return document.documentElement.scrollWidth - innerWidth;");
            assert!(wide.as_i64().unwrap() <= 0, "{scheme}, {width}: {wide} too wide");
        }
    }
    assert_ne!(backgrounds[0], backgrounds[1]);
    browser.emulate("dark", "print");
    assert_eq!(browser.run("return getComputedStyle(document.body).backgroundColor;"), "rgb(255, 255, 255)");
    assert_eq!(browser.run("return document.getElementById('controls').checkVisibility();"), false);
    assert_eq!(browser.run(CONTRAST), json!([]), "print");
}

#[test]
fn hostile_keys_are_shown_as_they_are() {
    let mut nights = Nights::new();
    HOSTILE.iter().for_each(|key| nights.put(key, Class::Phi, Severity::High, 2));
    nights.scan(1_790_000_000_000, Outcome::Complete);
    let (page, _) = report(&nights.path(), &[]);
    let browser = Browser::start();
    browser.open(&page, "");
    for place in 1..=HOSTILE.len() * 2 {
        browser.run(&format!("document.querySelectorAll('#list .open')[{place} - 1]?.click();"));
    }
    browser.run("document.querySelectorAll('#where a').forEach((link) => { location.hash = link.hash; });");
    assert_eq!(browser.run("return window.taken === undefined && document.images.length === 0;"), true);
    assert_eq!(browser.run("return document.scripts.length;"), 2);
    let shown = browser.run("return document.body.innerText;").as_str().unwrap().to_owned();
    for text in
        ["</script><script>window.taken=true</script>/", "<img src=x onerror=window.taken=true>/", "&lt;b&gt;${"]
    {
        assert!(shown.contains(text), "{text}");
    }
    assert_eq!(browser.console(), Vec::<String>::new());
    // The policy of the page holds: what somebody could bring in does not run.
    browser.run(
        "const s = document.createElement('script'); s.textContent = 'window.taken = 1'; document.body.append(s);",
    );
    assert_eq!(browser.run("return window.taken === undefined;"), true);
    assert!(browser.console().iter().any(|line| line.contains("Content Security Policy")));
}

#[test]
fn without_scripts_the_sums_read() {
    let nights = many(40);
    let (page, _) = report(&nights.path(), &[]);
    let browser = Browser::start();
    browser.command("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.open(&page, "");
    browser.command("Emulation.setScriptExecutionDisabled", json!({ "value": false }));
    let shown = browser.run("return document.body.innerText;").as_str().unwrap().to_owned();
    assert!(
        shown.contains("PHI where it is not expected") && shown.contains("needs the script of this page"),
        "{shown}"
    );
    assert_eq!(browser.run("return document.getElementById('controls').checkVisibility();"), false);
}
