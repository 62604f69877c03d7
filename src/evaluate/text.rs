//! Labelled texts: one JSON object a line, with the text and the spans that are to be found in it.
//!
//! A find is right when it overlaps a label of its detector. Offsets are bytes of the text as it stands in the JSON string,
//! whatever the decoder makes of its line ends.

use super::{EvaluateError, Evaluator, LEVELS, Mistake, Place};
use crate::model::{Column, Confidence};
use memchr::memmem;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;

/// Longest line that is read.
pub(super) const MAX_LINE_BYTES: u64 = 64 << 20;

/// A text with its labels.
#[derive(Debug)]
struct LabelledText {
    text: String,
    spans: Vec<Label>,
    only: Option<Vec<String>>,
}

/// What is to be found.
#[derive(Debug)]
struct Label {
    detector: String,
    range: Range<usize>,
}

/// What was found, in bytes of the text.
#[derive(Debug)]
struct Find {
    detector: u16,
    range: Range<usize>,
    confidence: Confidence,
}

/// Whether a line is meant as a labelled text: it has both keys, or is no JSON object that could be something else.
pub(super) fn is_labelled_text(line: &[u8]) -> bool {
    match serde_json::from_slice::<Value>(line) {
        Ok(Value::Object(object)) => object.contains_key("text") && object.contains_key("spans"),
        Ok(_) => false,
        Err(_) => true,
    }
}

impl Evaluator<'_> {
    pub(super) fn texts(&mut self, path: &Path) -> Result<(), EvaluateError> {
        let failed = |source| EvaluateError::Read { path: path.to_owned(), source };
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let mut line = Vec::new();
        let mut number = 0;
        loop {
            line.clear();
            let read = (&mut reader).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).map_err(failed)?;
            if read == 0 {
                return Ok(());
            }
            number += 1;
            let wrong = |message| EvaluateError::Label { path: path.to_owned(), line: number, message };
            if read as u64 == MAX_LINE_BYTES && line.last() != Some(&b'\n') {
                return Err(wrong(format!("the line is longer than {MAX_LINE_BYTES} bytes")));
            }
            // A byte order mark is no part of the first line.
            let content = if number == 1 { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line) } else { &line };
            if !content.trim_ascii().is_empty() {
                let labelled = parse(content).map_err(wrong)?;
                let spans = labelled.spans.iter().map(|label| &label.detector);
                if let Some((_, message)) = self.unknown(spans.chain(labelled.only.iter().flatten())) {
                    return Err(wrong(message));
                }
                self.text(path, number, &labelled)?;
            }
        }
    }

    fn text(&mut self, path: &Path, line: u64, labelled: &LabelledText) -> Result<(), EvaluateError> {
        let finds = self.find(&labelled.text);
        let finds = finds.map_err(|source| EvaluateError::Decode { path: path.to_owned(), source })?;
        self.report.texts += 1;
        let only = labelled.only.as_deref();
        let engine = self.examiner.engine();
        let id = |find: &Find| engine.detectors()[usize::from(find.detector)].id.clone();
        let mut judged: BTreeSet<String> = labelled.spans.iter().map(|label| label.detector.clone()).collect();
        judged.extend(finds.iter().map(|find| id(find).to_string()));
        judged.retain(|detector| self.is_judged(detector, only));
        let mut mistakes = Vec::new();
        for detector in &judged {
            let labels: Vec<&Range<usize>> =
                labelled.spans.iter().filter(|label| label.detector == *detector).map(|label| &label.range).collect();
            let own: Vec<&Find> = finds.iter().filter(|find| *id(find) == **detector).collect();
            for level in LEVELS {
                let found: Vec<&Range<usize>> =
                    own.iter().filter(|find| find.confidence >= level).map(|find| &find.range).collect();
                let (is_found, wrong) = pair(&labels, &found);
                let right = is_found.iter().filter(|found| **found).count();
                let counts = self.counts(detector, level);
                counts.right += right as u64;
                counts.missed += (labels.len() - right) as u64;
                counts.wrong += wrong.len() as u64;
                if level == self.level {
                    let missed = labels.iter().zip(&is_found).filter(|(_, found)| !**found).map(|(label, _)| *label);
                    mistakes.extend(missed.map(|range| (range.clone(), true, detector)));
                    mistakes.extend(wrong.iter().map(|range| ((*range).clone(), false, detector)));
                }
            }
        }
        mistakes.sort_by_key(|(range, is_miss, _)| (range.start, range.end, *is_miss));
        for (range, is_miss, detector) in mistakes {
            let sample = self.masked(detector, &labelled.text.as_bytes()[range.clone()]);
            let place = Place::Text { line, start: range.start, end: range.end };
            let file = path.display().to_string();
            self.report.mistakes.push(Mistake { file, place, detector: detector.clone(), is_miss, sample });
        }
        Ok(())
    }

    /// What a scan finds in a text file with this content, sorted by place.
    fn find(&self, text: &str) -> Result<Vec<Find>, crate::model::ReadError> {
        let mut finds = Vec::new();
        let mut cursor = 0;
        self.examiner.text(text, |examined| {
            for (index, column) in examined.batch.columns.iter().enumerate() {
                let starts = line_starts(text.as_bytes(), column, &mut cursor);
                examined.occurrences(index, |found, _, confidence| {
                    let start = offset(column, &starts, found.start as usize);
                    // The end is looked up by the last byte: a match that ends with its line does not end in the next.
                    let end = offset(column, &starts, (found.end as usize).saturating_sub(1)) + 1;
                    let range = start.min(text.len())..end.min(text.len());
                    finds.push(Find { detector: found.detector, range, confidence });
                });
            }
        })?;
        finds.sort_by_key(|find| (find.range.start, find.range.end));
        Ok(finds)
    }
}

/// Where each line of a column begins in the text. The decoder takes line ends away; the lines themselves stay as they are.
fn line_starts(text: &[u8], column: &Column, cursor: &mut usize) -> Vec<usize> {
    let mut starts = Vec::with_capacity(column.len());
    for index in 0..column.len() {
        let line = column.value(index);
        let rest = &text[*cursor..];
        if !rest.starts_with(line) {
            *cursor += memmem::find(rest, line).unwrap_or(0);
        }
        starts.push(*cursor);
        *cursor = (*cursor + line.len()).min(text.len());
        let end = &text[*cursor..];
        *cursor += if end.starts_with(b"\r\n") { 2 } else { usize::from(!end.is_empty()) };
    }
    starts
}

/// The place in the text of a place in the column.
fn offset(column: &Column, starts: &[usize], place: usize) -> usize {
    let value = column.ends.partition_point(|end| (*end as usize) < place).min(starts.len().saturating_sub(1));
    starts.get(value).map_or(place, |start| start + place - column.range(value).start.min(place))
}

/// Which labels are found, and which finds overlap none. Each find stands for the first label that it overlaps and that
/// is not found yet; another find on a label is neither right nor wrong.
fn pair<'a>(labels: &[&Range<usize>], finds: &[&'a Range<usize>]) -> (Vec<bool>, Vec<&'a Range<usize>>) {
    let mut is_found = vec![false; labels.len()];
    let mut wrong = Vec::new();
    for find in finds {
        let overlaps = |label: &Range<usize>| label.start < find.end && find.start < label.end;
        let mut overlapping = (0..labels.len()).filter(|index| overlaps(labels[*index])).peekable();
        if overlapping.peek().is_none() {
            wrong.push(*find);
        } else if let Some(index) = overlapping.find(|index| !is_found[*index]) {
            is_found[index] = true;
        }
    }
    (is_found, wrong)
}

fn parse(line: &[u8]) -> Result<LabelledText, String> {
    // The text of a parser's error may quote the content; its place does not.
    let parsed = serde_json::from_slice::<Value>(line)
        .map_err(|error| format!("no valid JSON object (column {})", error.column()))?;
    let Value::Object(mut object) = parsed else { return Err("no JSON object".to_owned()) };
    let Some(Value::String(text)) = object.remove("text") else { return Err("`text` is no string".to_owned()) };
    let Some(Value::Array(spans)) = object.remove("spans") else { return Err("`spans` is no list".to_owned()) };
    let only = object.remove("only").filter(|only| !only.is_null());
    let only = only.map(|only| detector_ids(&only).ok_or("`only` is no list of detector ids")).transpose()?;
    let spans: Result<Vec<Label>, String> =
        spans.iter().enumerate().map(|(index, span)| label(span, index, &text)).collect();
    let mut spans = spans?;
    spans.sort_by_key(|label| (label.range.start, label.range.end));
    Ok(LabelledText { text, spans, only })
}

fn label(span: &Value, index: usize, text: &str) -> Result<Label, String> {
    let wrong = |message: &str| format!("span {}: {message}", index + 1);
    let Some(detector) = span.get("detector").and_then(Value::as_str) else {
        return Err(wrong("`detector` is no string"));
    };
    let place = |key: &str| span.get(key).and_then(Value::as_u64).and_then(|place| usize::try_from(place).ok());
    let (Some(start), Some(end)) = (place("start"), place("end")) else {
        return Err(wrong("`start` and `end` are no numbers of bytes"));
    };
    if start >= end {
        return Err(wrong("`start` is not before `end`"));
    }
    if end > text.len() {
        return Err(wrong(&format!("`end` is {end}, and the text has {} bytes", text.len())));
    }
    if !text.is_char_boundary(start) || !text.is_char_boundary(end) {
        return Err(wrong("an offset stands inside a character: offsets count bytes of UTF-8"));
    }
    Ok(Label { detector: detector.to_owned(), range: start..end })
}

/// A list of detector ids.
pub(super) fn detector_ids(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|id| id.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_found_once_and_a_find_without_one_is_wrong() {
        let (first, second) = (10..20, 30..40);
        let (twice, again, beside) = (8..12, 15..18, 20..30);
        let (is_found, wrong) = pair(&[&first, &second], &[&twice, &again, &beside]);
        assert_eq!((is_found, wrong), (vec![true, false], vec![&beside]));
    }

    #[test]
    fn places_of_a_column_are_places_of_the_text() {
        let text = "\u{fc} one\r\ntwo\n\r\nthree\rx\r\r\nend".as_bytes();
        let mut column = Column::default();
        for line in ["\u{fc} one", "two", "", "three\rx\r", "end"] {
            column.push(line.as_bytes());
        }
        let starts = line_starts(text, &column, &mut 0);
        assert_eq!(starts, [0, 8, 12, 14, 24]);
        for (index, start) in starts.iter().enumerate() {
            assert_eq!(offset(&column, &starts, column.range(index).start), *start);
            assert!(text[*start..].starts_with(column.value(index)));
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said_without_its_content() {
        for (line, message) in [
            (r#"{"text":"536-90-4399"#, "no valid JSON object (column 20)"),
            (r#"["536-90-4399"]"#, "no JSON object"),
            (r#"{"text":5,"spans":[]}"#, "`text` is no string"),
            (r#"{"text":"a"}"#, "`spans` is no list"),
            (r#"{"text":"a","spans":[{"start":0,"end":1}]}"#, "span 1: `detector` is no string"),
            (
                r#"{"text":"a","spans":[{"detector":"x","start":-1,"end":1}]}"#,
                "span 1: `start` and `end` are no numbers of bytes",
            ),
            (r#"{"text":"a","spans":[{"detector":"x","start":1,"end":1}]}"#, "span 1: `start` is not before `end`"),
            (
                r#"{"text":"a","spans":[{"detector":"x","start":0,"end":2}]}"#,
                "span 1: `end` is 2, and the text has 1 bytes",
            ),
            (r#"{"text":"a","spans":[],"only":"x"}"#, "`only` is no list of detector ids"),
        ] {
            assert_eq!(parse(line.as_bytes()).unwrap_err(), message);
        }
        let inside = r#"{"text":"ü","spans":[{"detector":"x","start":0,"end":1}]}"#;
        assert!(parse(inside.as_bytes()).unwrap_err().contains("inside a character"));
    }
}
