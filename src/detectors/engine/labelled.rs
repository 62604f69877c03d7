//! Values behind labels: which detectors a label announces, where their value stands, and the list that it may begin.
//!
//! Asked only where a phrase that leads to a value begins.

use super::search::is_in_octet_row;
use super::{Engine, PathPlan, found_at, shape_evidence};
use crate::detectors::context::{LabelAfter, PhraseSpan};
use crate::detectors::labels::{
    after_speaker, after_time, are_numbers_alike, first_value, is_alone, is_count, is_name_of_tag,
    labelled_value_start, tag_content_start, value_before,
};
use crate::detectors::phrase_tree::leading_letters;
use crate::detectors::spans::next_list_item;
use crate::detectors::tokens::is_word_byte;
use crate::model::{Column, ColumnKind, Confidence, EvidenceFlags, Match, Records};
use std::ops::Range;

/// The list that a label may begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// The label says that there is one.
    is_told: bool,
    /// Where it ends at the latest.
    end: usize,
}

impl List {
    /// Perhaps a list of numbers of one form.
    pub(super) fn up_to(end: usize) -> Self {
        Self { is_told: false, end }
    }
}

impl Engine {
    /// Tries the value that one of the phrases announces, for the detectors whose label it is.
    pub(super) fn try_labels(
        &self,
        column: &Column,
        plan: &PathPlan,
        (all, place, value): (&[PhraseSpan], usize, usize),
        matches: &mut Vec<Match>,
    ) {
        let (phrases, span) = (&all[..=place], &all[place]);
        let meaning = &self.compiled.phrases.meanings[usize::from(span.phrase)];
        // Most labels of the second kind have nothing before them that would make them one.
        let is_preceded =
            phrases.len().checked_sub(2).is_some_and(|before| phrases[before].start >= earliest_before(span));
        let labels_after = if is_preceded { meaning.labels_after.as_slice() } else { &[] };
        if !meaning.values_before.is_empty() {
            self.try_values_before(column, plan, (phrases, value), matches);
        }
        let is_distant = !meaning.distant.is_empty();
        let label = span.start as usize..span.end as usize;
        if !meaning.spoken.is_empty() {
            self.try_spoken_behind(column, plan, (&meaning.spoken, label.clone(), value), matches);
        }
        if meaning.labels.is_empty() && labels_after.is_empty() && meaning.hints.is_empty() && !is_distant {
            return;
        }
        let bytes = column.bytes.as_slice();
        let range = column.range(value);
        let ahead = tag_content_start(bytes, label.clone(), range.end)
            .or_else(|| labelled_value_start(bytes, label.clone(), range.end))
            .map(|start| (start, value))
            .or_else(|| next_line(column, value, label.clone()));
        let behind = value_before(bytes, label.clone(), range.start);
        if ahead.is_none() && behind.is_none() {
            return self.try_distant(column, plan, (&all[place..], value), matches);
        }
        let before = matches.len();
        let mut after = Vec::new();
        if !labels_after.is_empty() {
            let earliest = record_start(column, value, MAX_BYTES_APART as usize);
            collect_after(bytes, phrases, (labels_after, earliest), &mut after);
        }
        let is_part_of_name = is_part_of_name(bytes, &label);
        for &index in meaning.labels.iter().chain(&after).filter(|index| plan.allows(**index)) {
            let detector = usize::from(index);
            if is_part_of_name && self.compiled.detectors[detector].is_of_account {
                continue;
            }
            let confidence = self.compiled.detectors[detector].context_confidence;
            let ahead = ahead.filter(|(_, place)| {
                // `The certificates in the tests expired on`: a sentence that goes on below tells of anything.
                *place == value
                    || !self.compiled.detectors[detector].is_date
                    || !ends_sentence_half(column, value, &label)
            });
            if let Some((start, value)) = ahead {
                let is_plural = is_plural(&bytes[label.clone()]);
                let is_list = self.compiled.detectors[detector].holds_codes || is_plural;
                let list =
                    List { is_told: is_list, end: self.next_label(&all[place + 1..], index, column.ends[value]) };
                let range = (start..column.ends[value] as usize, list, confidence);
                let known = matches.len();
                self.try_labelled(column, (detector, value), range, matches);
                if let [one] = &matches[known..]
                    && is_plural
                    && is_count(bytes, label.start, one.start as usize..one.end as usize)
                {
                    matches.truncate(known);
                }
            }
            if let Some(found) = &behind {
                self.try_labelled(
                    column,
                    (detector, value),
                    (found.clone(), List::up_to(found.end), confidence),
                    matches,
                );
            }
        }
        if matches.len() == before {
            self.try_distant(column, plan, (&all[place..], value), matches);
        } else {
            self.try_spoken_before(column, plan, (label.start, value), matches);
        }
        // `name: `, `"name":"`, `name=`
        let is_key = matches!(bytes[..range.end].get(label.end), Some(b':' | b'=' | b'"' | b'\''));
        let is_tag = !is_key && is_name_of_tag(bytes, &label);
        for &index in meaning.hints.iter().filter(|index| (is_key || is_tag) && plan.allows(**index)) {
            if let Some((start, value)) = ahead {
                if is_tag {
                    let place = (usize::from(index), value);
                    self.try_name_of_tag(column, (label.clone(), start), place, matches);
                    continue;
                }
                let end = column.ends[value] as usize;
                let range = (start..end, List::up_to(end), Confidence::Low);
                let before = matches.len();
                self.try_labelled(column, (usize::from(index), value), range, matches);
                if matches.len() == before {
                    self.try_name_of_key(column, (label.end, usize::from(index)), value, matches);
                }
            }
        }
    }

    /// Where the next label of the detector, or of any where no codes are listed, begins before `end`: a list that goes on there is
    /// its own.
    fn next_label(&self, phrases: &[PhraseSpan], detector: u16, end: u32) -> usize {
        let holds_codes = self.compiled.detectors[usize::from(detector)].holds_codes;
        // Between codes words of any kind stand.
        let is_label = |span: &&PhraseSpan| {
            let labels = &self.compiled.phrases.meanings[usize::from(span.phrase)].labels;
            labels.contains(&detector) || (!holds_codes && !labels.is_empty())
        };
        let next = phrases.iter().take_while(|span| span.start < end).find(is_label);
        next.map_or(end, |span| span.start) as usize
    }

    /// Tries a detector's label pattern at the start of a range, and at what follows there in a list. Numbers of one form are a list
    /// whatever the label says: `MRN: 5476885, 3081978`.
    pub(super) fn try_labelled(
        &self,
        column: &Column,
        (index, value): (usize, usize),
        (range, list, confidence): (Range<usize>, List, Confidence),
        matches: &mut Vec<Match>,
    ) {
        let detector = &self.compiled.detectors[index];
        let Some(pattern) = &detector.label else { return };
        let bytes = column.bytes.as_slice();
        let (mut start, limit) = (range.start, end_of_entry(bytes, range));
        // `dob=-277430400`: moments before 1970 are negative.
        start -= usize::from(detector.is_date && matches!(bytes[..start], [.., b'=' | b':' | b'"' | b' ', b'-']));
        let evidence = shape_evidence(detector.context_validator.is_some()).with(EvidenceFlags::CONTEXT);
        let mut before: Option<Range<usize>> = None;
        let glued = |start: usize| self.start_of_glued_label(bytes, start..limit);
        let end_at = |start: usize| {
            let end = pattern.end_of_match(&bytes[..limit], start, limit);
            end.or_else(|| glued(start).and_then(|end| pattern.end_of_match(&bytes[..end], start, end)))
        };
        while let Some(mut end) = end_at(start) {
            if self.names_of(index).is_some() {
                let Some(end_of_name) = self.end_of_name(bytes, start..end, limit) else { break };
                end = end_of_name;
            }
            let text = &bytes[start..end];
            let goes_on = list.is_told
                || before.is_none_or(|before| !detector.is_date && are_numbers_alike(&bytes[before], text));
            let passes = detector.context_validator.is_none_or(|passes| passes(text));
            if !goes_on
                || !passes
                || !self.may_be_name_of_label(index, bytes, start..end)
                || is_in_octet_row(bytes, start, end)
            {
                break;
            }
            matches.push(found_at((index, value), (start, end), confidence, evidence));
            let last = detector.context.ranges.then(|| end_of_range(bytes, end..limit)).flatten();
            if let Some((start, end)) = last.and_then(|start| Some((start, end_at(start)?)))
                && detector.context_validator.is_none_or(|passes| passes(&bytes[start..end]))
            {
                matches.push(found_at((index, value), (start, end), confidence, evidence));
            }
            let next = next_list_item(bytes, end, limit, detector.holds_codes).filter(|next| *next < list.end);
            let Some(next) = next else { break };
            // Slashes and bars set apart what is of different kinds.
            if !list.is_told && bytes[end..next].iter().any(|byte| matches!(byte, b'/' | b'|')) {
                break;
            }
            before = Some(start..end);
            start = next;
        }
    }

    /// Where the label begins that is joined to the number before it, which begins a range: of `DOB` in `412557731DOB 03041961`.
    fn start_of_glued_label(&self, bytes: &[u8], range: Range<usize>) -> Option<usize> {
        const MIN_DIGITS: usize = 7;
        let digits = bytes[range.clone()].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let label = range.start + digits;
        let letters = leading_letters(&bytes[label..range.end]);
        if digits < MIN_DIGITS || letters < 3 || !bytes[label].is_ascii_uppercase() {
            return None;
        }
        let span = self.compiled.phrases.at(bytes, (label, letters as u32), range.end)?;
        let meaning = &self.compiled.phrases.meanings[usize::from(span.phrase)];
        (!meaning.labels.is_empty()).then_some(label)
    }
}

/// Whether the label is the last word of its line, and not the first. What only numbers the entry of a form or says whose it is, is
/// no sentence: `3. PATIENT'S BIRTH DATE`.
fn ends_sentence_half(column: &Column, value: usize, label: &Range<usize>) -> bool {
    let line = column.range(value);
    let before = &column.bytes[line.start..label.start];
    let ends_line = || column.bytes[label.end..line.end].trim_ascii().is_empty();
    let is_of_form = || {
        let whose = before.trim_ascii_end();
        let number = before.iter().take_while(|byte| b"0123456789abcd.) ".contains(byte)).count();
        number > 0
            && before[0].is_ascii_digit()
            && (whose.len() <= number || whose[number..].iter().all(|byte| !byte.is_ascii_lowercase() && *byte != b' '))
    };
    before.iter().any(u8::is_ascii_alphanumeric) && ends_line() && !is_of_form()
}

/// Where the last value of a range begins whose first one ends at the start: ` - `, ` to `, ` through `.
fn end_of_range(bytes: &[u8], rest: Range<usize>) -> Option<usize> {
    const JOINTS: [&[u8]; 7] = [b" - ", b"-", b" to ", b" through ", b" thru ", b" until ", " \u{2013} ".as_bytes()];
    let joint = JOINTS.into_iter().find(|joint| bytes[rest.clone()].starts_with(joint))?;
    Some(rest.start + joint.len()).filter(|start| *start < rest.end)
}

/// Where the line of a form goes on behind what is written on it: `Home:__651-847-1631___`.
fn end_of_entry(bytes: &[u8], range: Range<usize>) -> usize {
    const MAX_ENTRY_BYTES: usize = 48;
    let near = &bytes[range.start..range.end.min(range.start + MAX_ENTRY_BYTES)];
    let is_line = |place: &usize| near.get(place + 1).is_none_or(|next| matches!(next, b'_' | b' ' | b'\n'));
    let line = memchr::memchr_iter(b'_', near).find(is_line).filter(|place| *place > 0);
    line.map_or(range.end, |place| range.start + place)
}

/// The line after a label that has nothing but punctuation behind it, if it is one of the same
/// record: where it begins, and its value.
fn next_line(column: &Column, value: usize, label: Range<usize>) -> Option<(usize, usize)> {
    let Records::Mapped(records) = &column.records else { return None };
    let is_blank = |line: usize| column.bytes[column.range(line)].trim_ascii().is_empty();
    let below = value + 1;
    let end = label.end;
    // A form may leave a line free under a label that has a line of its own.
    let is_headline = || is_alone(&column.bytes, column.range(value).start, label.start);
    let next = if below < column.len() && is_blank(below) && is_headline() { below + 1 } else { below };
    let is_label_alone = is_alone(&column.bytes, end, column.ends[value] as usize);
    if column.kind != ColumnKind::Lines || !is_label_alone || records.get(next) != Some(&records[value]) {
        return None;
    }
    let is_question = column.bytes[end..column.ends[value] as usize].contains(&b'?');
    let line = column.range(next);
    if let Some(start) = after_time(&column.bytes, line.clone()) {
        return Some((after_speaker(&column.bytes, start, line.end), next));
    }
    let start = first_value(&column.bytes, line.clone())?;
    Some((if is_question { after_speaker(&column.bytes, start, line.end) } else { start }, next))
}

/// How far before a label the phrase may stand that it asks for.
const MAX_BYTES_APART: u32 = 60;

/// Where that phrase may begin.
fn earliest_before(label: &PhraseSpan) -> u32 {
    label.start.saturating_sub(MAX_BYTES_APART)
}

/// Where the lines begin that are of the same record as this value and at most so many bytes before it: a card has the
/// name of the insurer in one line and the number in the next but one.
fn record_start(column: &Column, value: usize, most: usize) -> usize {
    let start = column.range(value).start;
    let Records::Mapped(records) = &column.records else { return start };
    if column.kind != ColumnKind::Lines {
        return start;
    }
    let is_near = |line: usize| records.get(line) == records.get(value) && column.ends[line] as usize + most > start;
    let first = (0..value).rev().take_while(|line| is_near(*line)).last().unwrap_or(value);
    column.range(first).start
}

/// Collects the detectors whose label the last of the phrases is because of one that stands shortly before it, at `earliest`
/// or later. The list is sorted by the phrase that it asks for.
fn collect_after(
    bytes: &[u8],
    phrases: &[PhraseSpan],
    (list, earliest): (&[LabelAfter], usize),
    detectors: &mut Vec<u16>,
) {
    let Some((label, before)) = phrases.split_last() else { return };
    let earliest = earliest_before(label).max(earliest as u32);
    let near = before.iter().rev().take_while(|other| other.start >= earliest);
    for other in near.filter(|other| other.end <= label.start) {
        let from = list.partition_point(|after| after.first < other.phrase);
        for after in list[from..].iter().take_while(|after| after.first == other.phrase) {
            let fits = !after.name_between || may_be_name(&bytes[other.end as usize..label.start as usize]);
            if fits && !detectors.contains(&after.detector) {
                detectors.push(after.detector);
            }
        }
    }
}

/// Whether the words of a text are all written with a capital, with no digit among them: it may be a name and nothing else.
fn may_be_name(text: &[u8]) -> bool {
    let mut words = text.split(|byte| !is_word_byte(*byte) && *byte != b'\'').filter(|word| !word.is_empty());
    let mut count = 0;
    words.all(|word| {
        count += 1;
        word[0].is_ascii_uppercase() && !word.iter().any(u8::is_ascii_digit)
    }) && count > 0
}

/// Whether a label announces more than one value: `MRNs`, `claim ids`, not `my number is`.
fn is_plural(label: &[u8]) -> bool {
    const VERBS: [&[u8]; 4] = [b"is", b"was", b"has", b"as"];
    let last = label.rsplit(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
    label.len() > 3 && matches!(last, [.., b's' | b'S']) && !VERBS.iter().any(|verb| last.eq_ignore_ascii_case(verb))
}

/// Whether a short label in capitals and a number are parts of a name that programs give: `CSN_369103`.
fn is_part_of_name(bytes: &[u8], label: &Range<usize>) -> bool {
    const MAX_LABEL: usize = 3;
    label.len() <= MAX_LABEL
        && bytes[label.clone()].iter().all(u8::is_ascii_uppercase)
        && matches!(bytes.get(label.end..label.end + 2), Some([b'_', next]) if next.is_ascii_digit())
}
