//! The parts of the page that are text, tables and charts. They read and print without scripts.

use super::charts::{CLASS_STYLES, bar, heat, trend};
use super::collect::{GroupSum, Overview, PlaceSum, Point, worst};
use super::embedded::CLASS_NAMES;
use super::{ReportOptions, coverage};
use crate::model::{BREACH_STATUS, MANY_INDIVIDUALS, NOTICE_DAYS, Severity, breach_notices};
use crate::outputs::{HTML_FOOTER, counted, html_text as escaped, many_people_sentence, moment, number};
use std::cmp::Reverse;
use std::io::{self, Write};
use time::{Date, Duration, OffsetDateTime};

/// Places of the heat map.
const MAX_PLACES: usize = 25;
/// Buckets, schemas or folders of a table.
pub(super) const MAX_GROUPS: usize = 15;
/// Prefixes under each.
const MAX_PREFIXES: usize = 4;

pub(super) fn write(out: &mut dyn Write, overview: &Overview, options: &ReportOptions) -> io::Result<()> {
    head(out, overview, options)?;
    where_it_is(out, overview)?;
    by_bucket(out, overview)?;
    people(out, overview, options)?;
    over_time(out, overview)?;
    writeln!(out, "{}", include_str!("findings.html"))?;
    coverage::write(out, overview)?;
    writeln!(out, "<footer>{HTML_FOOTER} It never says that everything is in order.</footer>\n</main>")
}

fn head(out: &mut dyn Write, overview: &Overview, options: &ReportOptions) -> io::Result<()> {
    writeln!(
        out,
        "<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<main id=\"top\">\n<header>\n\
         <p class=\"eyebrow\">phinder {version} <span>ledger {ledger}</span> <span>made {moment}</span></p>\n\
         <h1>{title}</h1>\n<p class=\"lead\">{said}</p>",
        version = env!("CARGO_PKG_VERSION"),
        ledger = escaped(&options.ledger),
        moment = moment(options.made_at),
        title = title(overview),
        said = escaped(&said(overview)),
    )?;
    if !options.filter_text.is_empty() {
        let filter = escaped(&options.filter_text);
        writeln!(out, "<p class=\"note\">Only findings of this filter are in this report: {filter}.</p>")?;
    }
    writeln!(
        out,
        "<nav aria-label=\"Sections\"><a href=\"#where\">Where</a> <a href=\"#buckets\">By bucket</a> \
         <a href=\"#people\">People and the clock</a> <a href=\"#trend\">Over scans</a> \
         <a href=\"#findings\">Findings</a> <a href=\"#coverage\">Coverage</a></nav>\n</header>"
    )?;
    tiles(out, overview, options)
}

fn title(overview: &Overview) -> &'static str {
    match worst(&overview.findings) {
        Some(_) if overview.groups.values().any(|group| group.first_phi.is_some()) => "PHI where it is not expected",
        Some(_) => "Findings where none are expected",
        None => "Nothing waits for anybody",
    }
}

/// What the ledger says, and no more than that.
fn said(overview: &Overview) -> String {
    let waiting = overview.findings.active().count() as u64;
    let places = |class: usize| overview.places.iter().filter(|place| place.records[class] > 0).count() as u64;
    let in_places = |class: usize| counted(places(class), "place", "places");
    let mut said = Vec::new();
    if waiting == 0 {
        said.push("No finding waits for anybody. That speaks of what was examined, and of nothing else.".to_owned());
    } else {
        said.push(match places(0) {
            0 => "No unexpected PHI in what was examined.".to_owned(),
            _ => format!("PHI stands in {} where the policy does not expect it.", in_places(0)),
        });
        if places(1) > 0 {
            said.push(format!("Identifiers of people without health data stand in {}.", in_places(1)));
        }
        if places(2) > 0 {
            said.push(format!("Health data about nobody in particular stand in {}.", in_places(2)));
        }
    }
    let people = overview.people();
    if people >= MANY_INDIVIDUALS {
        said.push(many_people_sentence(people));
    } else if people > 0 {
        said.push(format!("The PHI is about {}.", counted(people, "person", "people")));
    }
    said.join(" ")
}

fn tiles(out: &mut dyn Write, overview: &Overview, options: &ReportOptions) -> io::Result<()> {
    let mut by_severity = [0_u64; 5];
    overview.findings.active().for_each(|told| by_severity[told.severity().map_or(0, |word| word as usize)] += 1);
    let waiting: u64 = by_severity.iter().sum();
    let severities: Vec<_> = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low]
        .iter()
        .filter(|word| by_severity[**word as usize] > 0)
        .map(|word| format!("{} {}", number(by_severity[*word as usize]), word.as_str()))
        .collect();
    let people = overview.people();
    let groups = overview.groups.values().filter(|group| group.findings > 0).count() as u64;
    let examined: u64 = overview.coverage()[..3].iter().sum();
    let listed: u64 = overview.coverage().iter().sum();
    let clock = overview.groups.values().filter_map(|group| group.first_phi).min().and_then(day_60);
    let people_note = match people {
        0 => "no PHI waits".to_owned(),
        MANY_INDIVIDUALS.. => "500 or more".to_owned(),
        _ => "estimated, each counted once".to_owned(),
    };
    let clock = match clock {
        Some(day) => (day.to_string(), format!("{}; {BREACH_STATUS}", days_left(day, options.made_at))),
        None => ("none".to_owned(), "no PHI waits".to_owned()),
    };
    let tiles = [
        ("Findings that wait", number(waiting), if waiting > 0 { severities.join(", ") } else { "none".to_owned() }),
        (
            "Places",
            number(overview.places.len() as u64),
            format!("in {}", counted(groups, "bucket, schema or folder", "buckets, schemas or folders")),
        ),
        (
            "People in that PHI",
            if people > 0 { format!("about {}", number(people)) } else { "none".to_owned() },
            people_note,
        ),
        ("First day 60", clock.0, clock.1),
        ("Objects examined", number(examined), format!("of {} listed", number(listed))),
        ("Not fully examined", number(coverage::gaps(overview)), "with reasons below".to_owned()),
    ];
    writeln!(out, "<dl class=\"tiles\">")?;
    for (name, value, note) in tiles {
        writeln!(out, "<div><dt>{name}</dt><dd><b>{value}</b><span>{note}</span></dd></div>")?;
    }
    writeln!(out, "</dl>")
}

/// A link to the findings of a place and what lies below it, perhaps of one class.
fn link(place: &str, class: Option<usize>, text: &str) -> String {
    let mut address = String::from("#in=");
    for byte in place.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' | b':' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    if let Some(class) = class {
        address.push_str("&amp;class=");
        address.push_str(CLASS_STYLES[class]);
    }
    format!("<a href=\"{address}\">{text}</a>")
}

pub(super) fn section(out: &mut dyn Write, id: &str, heading: &str) -> io::Result<()> {
    writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{heading}</h2>")
}

fn severity_cell(severity: Option<Severity>) -> String {
    let word = severity.unwrap_or(Severity::None).as_str();
    format!("<td><span class=\"severity {word}\">{word}</span></td>")
}

fn where_it_is(out: &mut dyn Write, overview: &Overview) -> io::Result<()> {
    section(out, "where", "Where")?;
    if overview.places.is_empty() {
        return writeln!(out, "<p>No place holds a finding that waits for somebody.</p>\n</section>");
    }
    writeln!(
        out,
        "<p class=\"legend\" aria-hidden=\"true\">records <i class=\"heat-1\">1+</i><i class=\"heat-2\">10+</i>\
         <i class=\"heat-3\">100+</i><i class=\"heat-4\">1,000+</i><i class=\"heat-5\">10,000+</i></p>\n\
         <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Heat map\"><table class=\"heat\">\
         <caption>Places by class, the worst first: records of findings that wait for somebody</caption>\
         <thead><tr><th scope=\"col\">severity</th><th scope=\"col\">place</th>{}<th scope=\"col\" class=\"count\">findings\
         </th></tr></thead><tbody>",
        CLASS_NAMES.map(|name| format!("<th scope=\"col\" class=\"count\">{name}</th>")).concat(),
    )?;
    for place in overview.places.iter().take(MAX_PLACES) {
        let cells: String = (0..3).map(|class| heat_cell(place, class)).collect();
        writeln!(
            out,
            "<tr>{}<th scope=\"row\" class=\"name\">{}</th>{cells}<td class=\"count\">{}</td></tr>",
            severity_cell(place.severity),
            link(&place.name, None, &escaped(&place.name)),
            number(place.findings),
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    let rest = &overview.places[overview.places.len().min(MAX_PLACES)..];
    if !rest.is_empty() {
        let findings = rest.iter().map(|place| place.findings).sum();
        let (places, findings) =
            (counted(rest.len() as u64, "more place", "more places"), counted(findings, "finding", "findings"));
        writeln!(
            out,
            "<p class=\"rest\">and {places} with {findings}: all of them are in the <a href=\"#findings\">list</a>.</p>"
        )?;
    }
    writeln!(out, "</section>")
}

fn heat_cell(place: &PlaceSum, class: usize) -> String {
    let records = place.records[class];
    let text = match records {
        0 => "<span class=\"nothing\">none</span>".to_owned(),
        _ => link(&place.name, Some(class), &number(records)),
    };
    format!("<td class=\"count heat-{}\">{text}</td>", heat(records))
}

fn by_bucket(out: &mut dyn Write, overview: &Overview) -> io::Result<()> {
    let mut groups: Vec<(&String, &GroupSum)> =
        overview.groups.iter().filter(|(_, group)| group.findings > 0).collect();
    if groups.is_empty() {
        return Ok(());
    }
    groups.sort_by_key(|(_, group)| Reverse((group.records.iter().sum::<u64>(), group.findings)));
    let whole = groups.iter().map(|(_, group)| group.records.iter().sum::<u64>()).max().unwrap_or(0);
    section(out, "buckets", "By bucket and prefix")?;
    writeln!(out, "{}", legend(&CLASS_NAMES, &CLASS_STYLES))?;
    writeln!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Records by bucket and prefix\">\
         <table class=\"bars\"><caption>Records by bucket, schema or folder, and by prefix in it</caption><thead><tr>\
         <th scope=\"col\">where</th><th scope=\"col\"><span class=\"hidden\">bar</span></th>{}</tr></thead><tbody>",
        CLASS_NAMES.map(|name| format!("<th scope=\"col\" class=\"count\">{name}</th>")).concat(),
    )?;
    for (name, group) in groups.iter().take(MAX_GROUPS) {
        bar_row(out, "bucket", name, name, (&group.records, whole))?;
        let mut prefixes: Vec<_> = overview.places.iter().filter(|place| place.group == **name).collect();
        if prefixes.len() == 1 && prefixes[0].name.trim_end_matches('/') == name.as_str() {
            continue;
        }
        prefixes.sort_by_key(|place| Reverse(place.records.iter().sum::<u64>()));
        for place in prefixes.iter().take(MAX_PREFIXES) {
            let inner = place.name.strip_prefix(name.as_str()).unwrap_or(&place.name).trim_start_matches(['/', '.']);
            let inner = if inner.is_empty() { "(directly in it)" } else { inner };
            bar_row(out, "prefix", &place.name, inner, (&place.records, whole))?;
        }
        if prefixes.len() > MAX_PREFIXES {
            let more = counted((prefixes.len() - MAX_PREFIXES) as u64, "more prefix", "more prefixes");
            writeln!(
                out,
                "<tr class=\"prefix\"><td colspan=\"5\">{}</td></tr>",
                link(name, None, &format!("and {more}"))
            )?;
        }
    }
    writeln!(out, "</tbody></table></div>")?;
    if groups.len() > MAX_GROUPS {
        writeln!(out, "<p class=\"rest\">and {}</p>", counted((groups.len() - MAX_GROUPS) as u64, "more", "more"))?;
    }
    writeln!(out, "</section>")
}

fn bar_row(
    out: &mut dyn Write,
    kind: &str,
    place: &str,
    name: &str,
    (records, whole): (&[u64; 3], u64),
) -> io::Result<()> {
    writeln!(
        out,
        "<tr class=\"{kind}\"><th scope=\"row\" class=\"name\">{}</th><td>{}</td>{}</tr>",
        link(place, None, &escaped(name)),
        bar(records, &CLASS_STYLES, whole),
        records.map(|count| format!("<td class=\"count\">{}</td>", number(count))).concat(),
    )
}

pub(super) fn legend(names: &[&str], styles: &[&str]) -> String {
    let items = names.iter().zip(styles);
    let items: Vec<_> = items.map(|(name, style)| format!("<span class=\"key key-{style}\">{name}</span>")).collect();
    format!("<p class=\"legend\" aria-hidden=\"true\">{}</p>", items.join(""))
}

/// The last day of notices, of a moment in seconds since 1970.
fn day_60(first: i64) -> Option<Date> {
    crate::model::day_60(OffsetDateTime::from_unix_timestamp(first).ok()?.date())
}

fn days_left(day: Date, now: OffsetDateTime) -> String {
    match (day - now.date()).whole_days() {
        days @ 0.. => format!("{} left", counted(days.unsigned_abs(), "day", "days")),
        days => format!("passed {} ago", counted(days.unsigned_abs(), "day", "days")),
    }
}

fn people(out: &mut dyn Write, overview: &Overview, options: &ReportOptions) -> io::Result<()> {
    section(out, "people", "People and the clock")?;
    let mut groups: Vec<_> =
        overview.groups.iter().filter_map(|(name, group)| Some((group.first_phi?, name, group))).collect();
    if groups.is_empty() {
        return writeln!(out, "<p>No PHI waits for anybody, so no clock runs.</p>\n</section>");
    }
    groups.sort_by_key(|(first, name, _)| (*first, *name));
    writeln!(
        out,
        "<p class=\"clock\"><strong>{}.</strong> Whether any of this is a breach of unsecured PHI, a risk assessment under \
         45 CFR 164.402 has to say. If it is one, and was discovered when it was first observed here, people are told without \
         unreasonable delay, by day {NOTICE_DAYS} at the latest (164.404(b)). Whoever knew of it before discovered it before.</p>\n\
         <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"People and the clock\"><table>\
         <caption>Unexpected PHI by bucket, schema or folder, the earliest day first</caption><thead><tr>\
         <th scope=\"col\">where</th><th scope=\"col\" class=\"count\">people</th><th scope=\"col\">first observed</th>\
         <th scope=\"col\">day 60</th><th scope=\"col\">left</th><th scope=\"col\">would oblige to tell</th></tr></thead><tbody>",
        BREACH_STATUS[..1].to_uppercase() + &BREACH_STATUS[1..],
    )?;
    for (first, name, group) in groups.iter().take(MAX_GROUPS) {
        let people = group.people.count();
        let known = (people > 0).then_some(people);
        let day = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
        let observed = OffsetDateTime::from_unix_timestamp(*first).ok().map(OffsetDateTime::date);
        writeln!(
            out,
            "<tr><th scope=\"row\" class=\"name\">{}</th><td class=\"count\">{}</td><td class=\"day\">{}</td>\
             <td class=\"day\">{}</td><td class=\"day\">{}</td><td>{}</td></tr>",
            link(name, Some(0), &escaped(name)),
            people_text(known, group.lacks_people),
            day(observed),
            day(day_60(*first)),
            day_60(*first).map_or_else(String::new, |day| days_left(day, options.made_at)),
            breach_notices(known).join("; "),
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if groups.len() > MAX_GROUPS {
        writeln!(out, "<p class=\"rest\">and {} with a later day</p>", number((groups.len() - MAX_GROUPS) as u64))?;
    }
    writeln!(
        out,
        "<p class=\"small\">People are estimated by keyed digests of their strongest identifiers, each counted once. A person \
         under two identifiers counts twice.</p>\n</section>"
    )
}

fn people_text(known: Option<u64>, lacks_people: bool) -> String {
    match known {
        Some(count) if lacks_people => format!("at least {}", number(count)),
        Some(count) => format!("about {}", number(count)),
        None => "not known".to_owned(),
    }
}

fn over_time(out: &mut dyn Write, overview: &Overview) -> io::Result<()> {
    section(out, "trend", "Over scans")?;
    let points = &overview.points;
    if points.is_empty() {
        return writeln!(out, "<p>No scan has ended yet.</p>\n</section>");
    }
    let day = |point: &Point| {
        let moment = OffsetDateTime::UNIX_EPOCH.checked_add(Duration::milliseconds(point.at));
        moment.map_or_else(String::new, |moment| moment.date().to_string())
    };
    writeln!(out, "{}{}", legend(&CLASS_NAMES, &CLASS_STYLES), trend(points, &day))?;
    writeln!(
        out,
        "<details><summary>The numbers</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Numbers of the trend\"><table><caption>Findings that wait for somebody at the end of each scan, and what \
         changed since the scan before</caption><thead><tr><th scope=\"col\">scan ended</th><th scope=\"col\">scope</th>{}\
         <th scope=\"col\" class=\"count\">appeared</th><th scope=\"col\" class=\"count\">resolved</th>\
         <th scope=\"col\" class=\"count\">decided</th></tr></thead><tbody>",
        CLASS_NAMES.map(|name| format!("<th scope=\"col\" class=\"count\">{name}</th>")).concat(),
    )?;
    for point in points.iter().rev() {
        let counts = [point.active[0], point.active[1], point.active[2], point.appeared, point.resolved, point.decided];
        writeln!(
            out,
            "<tr><th scope=\"row\" class=\"day\">{}{}</th><td class=\"name\">{}</td>{}</tr>",
            day(point),
            if point.is_complete { "" } else { " (interrupted)" },
            escaped(&point.targets),
            counts.map(|count| format!("<td class=\"count\">{}</td>", number(count))).concat(),
        )?;
    }
    writeln!(out, "</tbody></table></div></details>")?;
    if overview.earlier_points > 0 {
        writeln!(
            out,
            "<p class=\"rest\">{} before these are not shown.</p>",
            counted(overview.earlier_points as u64, "scan", "scans")
        )?;
    }
    writeln!(out, "</section>")
}
