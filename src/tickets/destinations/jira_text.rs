//! The Atlassian Document Format, in which Jira Cloud takes texts.

use crate::tickets::render::Section;
use serde_json::{Value, json};

/// Sections as a document.
pub fn document(sections: &[Section]) -> Value {
    let mut content = Vec::new();
    for section in sections {
        if !section.heading.is_empty() {
            content.push(json!({ "type": "heading", "attrs": { "level": 3 }, "content": [text(section.heading)] }));
        }
        if section.is_literal {
            let lines = section.lines.join("\n");
            // A text node may not be empty.
            let inner = if lines.is_empty() { Vec::new() } else { vec![text(&lines)] };
            content.push(json!({ "type": "codeBlock", "content": inner }));
        } else {
            content.extend(section.lines.iter().filter(|line| !line.is_empty()).map(|line| paragraph(line)));
        }
    }
    json!({ "type": "doc", "version": 1, "content": content })
}

/// Lines as a document.
pub fn lines(lines: &[&str]) -> Value {
    json!({ "type": "doc", "version": 1, "content": lines.iter().map(|line| paragraph(line)).collect::<Vec<_>>() })
}

fn paragraph(line: &str) -> Value {
    json!({ "type": "paragraph", "content": [text(line)] })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}
