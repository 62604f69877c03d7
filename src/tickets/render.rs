//! A payload as sections, and sections as the mark-up of systems. What comes from outside (places, keys, fields) stands in
//! literal blocks alone, where no system reads mark-up.

use super::payload::Payload;
use crate::model::{Class, MANY_INDIVIDUALS};
use crate::outputs::{steps_to_take, why_it_matters};

/// A part of a ticket's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading; empty for none.
    pub heading: &'static str,
    /// Its lines.
    pub lines: Vec<String>,
    /// Whether names of outside stand in it.
    pub is_literal: bool,
}

fn text(heading: &'static str, lines: Vec<String>) -> Section {
    Section { heading, lines, is_literal: false }
}

fn literal(heading: &'static str, lines: Vec<String>) -> Section {
    Section { heading, lines, is_literal: true }
}

/// The whole text of a ticket.
pub fn sections(payload: &Payload) -> Vec<Section> {
    let mut sections = vec![
        literal("Where", vec![payload.place.clone()]),
        text("What", what(payload)),
        literal(if payload.class.is_some() { "The worst findings" } else { "The worst places" }, children(payload)),
        text("Why it matters", why(payload)),
        text("What to do", what_to_do(payload)),
    ];
    if let Some(note) = &payload.note {
        sections.push(text("", vec![note.clone()]));
    }
    let mut reference = vec![format!("fingerprint {}", payload.fingerprint)];
    if !payload.account.is_empty() {
        reference.push(format!("reported by {}", payload.account));
    }
    reference.extend(payload.report_url.iter().map(|url| format!("report {url}")));
    sections.push(literal("Reference", reference));
    sections
}

/// What is said when a ticket that is there changes: in one line.
pub fn comment(payload: &Payload) -> String {
    payload.change.clone().unwrap_or_else(|| "Seen again.".to_owned())
}

fn what(payload: &Payload) -> Vec<String> {
    let mut lines = vec![
        format!("{}, severity {}, {} confidence.", payload.class_name(), payload.severity, payload.confidence),
        format!("{} findings in about {} records.", payload.findings, payload.records),
    ];
    if payload.class.is_some() {
        lines.push(format!("People: {}.", payload.individuals_text()));
    }
    lines.push(format!("First observed {}, last seen {}.", payload.first_observed_at, payload.last_seen_at));
    if !payload.coverage.is_empty() {
        let coverage: Vec<_> = payload.coverage.iter().map(|(word, count)| format!("{count} {word}")).collect();
        lines.push(format!("Objects examined: {}.", coverage.join(", ")));
    }
    lines
}

fn children(payload: &Payload) -> Vec<String> {
    let mut lines: Vec<_> = payload
        .children
        .iter()
        .map(|child| {
            let field = if child.field.is_empty() { String::new() } else { format!(" in {}", child.field) };
            format!("{:<8} {}{field}, {} records, {}", child.severity, child.detector, child.records, child.location)
        })
        .collect();
    if payload.more > 0 {
        lines.push(format!("and {} more", payload.more));
    }
    lines
}

fn why(payload: &Payload) -> Vec<String> {
    let Some(class) = payload.class() else {
        return vec![
            "There are more new problems than new tickets are allowed; this ticket stands for the others.".to_owned(),
        ];
    };
    let mut lines = vec![why_it_matters(class).to_owned()];
    if class == Class::Phi {
        if let Some(day) = &payload.notice_due_on {
            lines.push(format!(
                "Potential; an assessment is required. If it is a breach that was discovered with the first \
                 observation, people are to be told without unreasonable delay, by {day} at the latest (164.404(b))."
            ));
        }
        if payload.individuals.is_some_and(|people| people >= MANY_INDIVIDUALS) {
            lines.push(
                "500 people or more: the line from which a breach is reported to the Secretary together with the \
                 people (164.408(b))."
                    .to_owned(),
            );
        }
    }
    lines
}

fn what_to_do(payload: &Payload) -> Vec<String> {
    let Some(class) = payload.class() else {
        return vec!["`phinder tickets plan` lists all of them. Their tickets follow as the limits allow.".to_owned()];
    };
    let steps = steps_to_take(class).iter().enumerate();
    let mut lines: Vec<_> = steps.map(|(place, step)| format!("{}. {step}", place + 1)).collect();
    lines.push("This ticket is closed when complete scans do not find the problem any more.".to_owned());
    lines
}

/// As plain text.
pub fn plain(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        if !section.heading.is_empty() {
            out.push_str(&format!("{}\n", section.heading.to_uppercase()));
        }
        for line in &section.lines {
            out.push_str(if section.is_literal { "  " } else { "" });
            out.push_str(line);
            out.push('\n');
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// As Markdown.
pub fn markdown(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        if !section.heading.is_empty() {
            out.push_str(&format!("### {}\n\n", section.heading));
        }
        let lines = section.lines.join("\n");
        if section.is_literal {
            // A fence that nothing in the text can end.
            let longest = lines.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            out.push_str(&format!("{fence}text\n{lines}\n{fence}\n\n"));
        } else {
            out.push_str(&format!("{}\n\n", section.lines.join("\n\n")));
        }
    }
    out.trim_end().to_owned()
}

/// As the wiki mark-up of Jira Data Center.
pub fn wiki(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        if !section.heading.is_empty() {
            out.push_str(&format!("h3. {}\n", section.heading));
        }
        if section.is_literal {
            // The one thing that ends such a block cannot stand in it.
            let lines = section.lines.join("\n").replace("{noformat", "(noformat");
            out.push_str(&format!("{{noformat}}\n{lines}\n{{noformat}}\n\n"));
        } else {
            out.push_str(&format!("{}\n\n", section.lines.join("\n\n")));
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_cannot_leave_their_block() {
        let sections = [literal("Where", vec!["a ``` {noformat} @me <!channel>".to_owned()])];
        assert_eq!(markdown(&sections), "### Where\n\n````text\na ``` {noformat} @me <!channel>\n````");
        assert_eq!(wiki(&sections), "h3. Where\n{noformat}\na ``` (noformat} @me <!channel>\n{noformat}");
    }
}
