//! Searches a column's bytes: the one pass over token starts, labels and keys before values, and patterns around an
//! anchor byte.
//!
//! What is found here is a candidate that passed its validator; the words around it are weighed in `weigh`.

use super::{Engine, PathPlan, Scratch, found_at, shape_evidence, value_at};
use crate::detectors::compile::{Anywhere, Compiled, Search};
use crate::detectors::context::{LabelAfter, PhraseSpan};
use crate::detectors::labels::{
    after_speaker, after_time, first_value, is_alone, labelled_value_start, tag_content_start, value_before,
};
use crate::detectors::names::NameReason;
use crate::detectors::shapes::Shapes;
use crate::detectors::spans::{is_in_number_row, is_joined_after, next_list_item, run_around};
use crate::detectors::tokens::{BLOCK, FirstWords, bitmaps, for_each_token, is_word_byte};
use crate::model::{Column, ColumnKind, Confidence, EvidenceFlags, Match, Records};
use multiversion::{multiversion, target::match_target};
use std::ops::Range;

/// A context word may begin at a place.
const SPEAKS: u64 = FirstWords::SPEAKS as u64;
/// A phrase that leads to a value may begin at a place.
const MAY_LEAD: u64 = FirstWords::LEADS as u64;
/// A name of a person may begin at a place.
const MAY_BE_NAME: u64 = 4;

/// Bytes that are searched at once, so that what is collected stays in the caches of a core.
const STRETCH: usize = 32 << 10;

#[inline(always)]
fn spoken(flags: u8) -> u64 {
    u64::from(flags & (FirstWords::SPEAKS | FirstWords::LEADS))
}

/// A word with which a context word may begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speaker {
    /// Where it begins.
    pub(super) start: u32,
    /// How many letters it has.
    pub(super) letters: u32,
    /// The phrase that begins there, if that was looked for already.
    pub(super) phrase: Option<PhraseSpan>,
}

/// Where a token begins, and the value it stands in.
type Place = (usize, usize);

/// Places at which something can begin, ascending: the offset, shifted left by 32, how many letters follow by 24, the set of
/// shapes by 3, and in the lowest bits what may begin there.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    places: Vec<u64>,
    count: usize,
}

impl Candidates {
    /// Room for so many places.
    fn reset(&mut self, most: usize) -> List<'_> {
        if self.places.len() < most {
            self.places.resize(most, 0);
        }
        List { places: &mut self.places, count: 0 }
    }

    fn at(&self, index: usize) -> Candidate {
        let place = self.places[index];
        Candidate {
            start: (place >> 32) as usize,
            letters: (place >> 24) as u32 & 127,
            set: (place >> 3) as u16,
            flags: place & 7,
        }
    }
}

/// One of the places.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    start: usize,
    letters: u32,
    set: u16,
    flags: u64,
}

/// Places that are being written, without branches.
struct List<'a> {
    places: &'a mut [u64],
    count: usize,
}

impl List<'_> {
    /// Keeps the place if anything can begin there.
    #[inline(always)]
    fn offer(&mut self, start: usize, letters: u32, set: u16, flags: u64) {
        let what = u64::from(set) << 3 | flags;
        self.places[self.count] = (start as u64) << 32 | u64::from(letters) << 24 | what;
        self.count += usize::from(what != 0);
    }
}

impl Engine {
    /// The one pass over the bytes, a stretch after the other: first where anything can begin, then what does.
    pub(super) fn search_tokens(&self, column: &Column, plan: &PathPlan, scratch: &mut Scratch) {
        scratch.speakers.iter_mut().for_each(Vec::clear);
        let (length, mut value) = (column.bytes.len(), 0);
        for start in (0..length).step_by(STRETCH) {
            let stretch = start..length.min(start + STRETCH);
            value = value_at(column, value, start);
            // Token starts are at least two bytes apart.
            let most = stretch.len() / 2 + 1;
            let Scratch { numbers, names, words, .. } = &mut *scratch;
            let mut lists = (numbers.reset(most), names.reset(most), words.reset(most));
            collect_candidates(&self.compiled, &column.bytes, stretch, &mut lists);
            let counts = (lists.0.count, lists.1.count, lists.2.count);
            (numbers.count, names.count, words.count) = counts;
            self.try_candidates(column, plan, value, scratch);
        }
    }

    /// Tries what was collected in a stretch that begins in the value.
    fn try_candidates(&self, column: &Column, plan: &PathPlan, first_value: usize, scratch: &mut Scratch) {
        let bytes = column.bytes.as_slice();
        let Scratch { numbers, names, words, speakers, phrases, matches, .. } = scratch;
        let known = phrases.len();
        for (list, speakers) in [names, words].into_iter().zip(speakers) {
            let mut value = first_value;
            for index in 0..list.count {
                let Candidate { start, letters, set, flags } = list.at(index);
                if set == 0 && flags == SPEAKS {
                    speakers.push(Speaker { start: start as u32, letters, phrase: None });
                    continue;
                }
                value = value_at(column, value, start);
                if flags & MAY_BE_NAME != 0 {
                    self.try_name(column, plan, (start, value), matches);
                }
                let is_speaker = flags & SPEAKS != 0;
                if flags & MAY_LEAD != 0 {
                    let limit = column.ends[value] as usize;
                    // Where no phrase begins, there is none to be read later.
                    if let Some(span) = self.compiled.phrases.at(bytes, (start, letters), limit) {
                        phrases.push(span);
                        if is_speaker {
                            speakers.push(Speaker { start: start as u32, letters, phrase: Some(span) });
                        }
                    }
                } else if is_speaker {
                    speakers.push(Speaker { start: start as u32, letters, phrase: None });
                }
                if set != 0 {
                    self.try_patterns(column, plan, ((start, value), set), matches);
                }
            }
        }
        // Two ascending lists, one behind the other, which this kind of sorting only merges.
        phrases[known..].sort_by_key(|span| span.start);
        let mut value = first_value;
        for index in known..phrases.len() {
            let span = phrases[index];
            if !self.compiled.phrases.leads(span.phrase) {
                continue;
            }
            value = value_at(column, value, span.start as usize);
            self.try_terms(column, plan, (span, value), matches);
            self.try_labels(column, plan, (phrases, index, value), matches);
            self.try_key(column, plan, (span, value), matches);
        }
        value = first_value;
        for index in 0..numbers.count {
            let Candidate { start, set, .. } = numbers.at(index);
            value = value_at(column, value, start);
            self.try_patterns(column, plan, ((start, value), set), matches);
        }
    }

    /// Tries the patterns of a set, those that the path does not rule out.
    fn try_patterns(&self, column: &Column, plan: &PathPlan, (place, set): (Place, u16), matches: &mut Vec<Match>) {
        let at_token = &self.compiled.at_token;
        let set = self.compiled.shapes.set(set) & plan.patterns;
        Shapes::for_each_pattern(set, at_token.len(), |pattern| {
            let owner = at_token[pattern];
            if plan.allows(owner) {
                self.verify_token(usize::from(owner), column, place, matches);
            }
        });
    }

    fn verify_token(&self, index: usize, column: &Column, (start, value): (usize, usize), matches: &mut Vec<Match>) {
        let Some(Anywhere { search: Search::AtToken(pattern), validator, confidence }) =
            &self.compiled.detectors[index].anywhere
        else {
            return;
        };
        let bytes = column.bytes.as_slice();
        let Some(end) = pattern.end_of_match(bytes, start, column.ends[value] as usize) else { return };
        // Eleven digits are a telephone number behind the sign of an international one alone.
        let is_bare = || end - start == 11 && bytes[start..end].iter().all(u8::is_ascii_digit);
        if self.compiled.detectors[index].is_telephone && is_bare() && !bytes[..start].ends_with(b"+") {
            return;
        }
        if is_joined_after(bytes, end)
            || is_in_number_row(bytes, start, end)
            || is_in_octet_row(bytes, start, end)
            || validator.is_some_and(|passes| !passes(&bytes[start..end]))
        {
            return;
        }
        matches.push(found_at((index, value), (start, end), *confidence, shape_evidence(validator.is_some())));
    }

    /// Tries a name in running text. A value that is little more than the name says too little about it.
    fn try_name(&self, column: &Column, plan: &PathPlan, (start, value): Place, matches: &mut Vec<Match>) {
        const MIN_TEXT_BYTES: usize = 24;
        let Some((index, names)) = self.compiled.names.as_ref().filter(|(index, _)| plan.allows(*index)) else {
            return;
        };
        let range = column.range(value);
        let is_text = column.kind == ColumnKind::Lines || range.len() >= MIN_TEXT_BYTES;
        if is_text && let Some(found) = names.at(&column.bytes, start, range) {
            let evidence = match found.reason {
                NameReason::Lists => EvidenceFlags::PATTERN,
                _ => EvidenceFlags::PATTERN.with(EvidenceFlags::CONTEXT),
            };
            let place = (usize::from(*index), value);
            matches.push(found_at(place, (found.start, found.end), found.confidence, evidence));
        }
    }

    /// A term of a list is a match by itself.
    fn try_terms(
        &self,
        column: &Column,
        plan: &PathPlan,
        (span, value): (PhraseSpan, usize),
        matches: &mut Vec<Match>,
    ) {
        let meaning = &self.compiled.phrases.meanings[usize::from(span.phrase)];
        let finds = &meaning.finds;
        if finds.is_empty()
            || !reads_as_term(&column.bytes, (span.start as usize, span.end as usize), meaning.is_name_too)
        {
            return;
        }
        for &index in finds.iter().filter(|index| plan.allows(**index)) {
            let Some(confidence) = self.compiled.detectors[usize::from(index)].term_confidence else { continue };
            let place = (usize::from(index), value);
            let range = (span.start as usize, span.end as usize);
            matches.push(found_at(place, range, confidence, EvidenceFlags::PATTERN));
        }
    }

    /// Tries the value that one of the phrases announces, for the detectors whose label it is.
    fn try_labels(
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
        if meaning.labels.is_empty() && labels_after.is_empty() && meaning.hints.is_empty() && !is_distant {
            return;
        }
        let bytes = column.bytes.as_slice();
        let range = column.range(value);
        let label = span.start as usize..span.end as usize;
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
        for &index in meaning.labels.iter().chain(&after).filter(|index| plan.allows(**index)) {
            let detector = usize::from(index);
            let confidence = self.compiled.detectors[detector].context_confidence;
            if let Some((start, value)) = ahead {
                let is_list = self.compiled.detectors[detector].holds_codes || is_plural(&bytes[label.clone()]);
                let range = (start..column.ends[value] as usize, is_list, confidence);
                self.try_labelled(column, (detector, value), range, matches);
            }
            if let Some(found) = &behind {
                self.try_labelled(column, (detector, value), (found.clone(), false, confidence), matches);
            }
        }
        if matches.len() == before {
            self.try_distant(column, plan, (&all[place..], value), matches);
        }
        // `name: `, `"name":"`, `name=`
        let is_key = matches!(bytes[..range.end].get(label.end), Some(b':' | b'=' | b'"' | b'\''));
        for &index in meaning.hints.iter().filter(|index| is_key && plan.allows(**index)) {
            if let Some((start, value)) = ahead {
                let range = (start..column.ends[value] as usize, false, Confidence::Low);
                let before = matches.len();
                self.try_labelled(column, (usize::from(index), value), range, matches);
                if matches.len() == before {
                    self.try_name_of_key(column, (label.end, usize::from(index)), value, matches);
                }
            }
        }
    }

    /// Tries a detector's label pattern at the start of a range, and at what follows there in a list.
    pub(super) fn try_labelled(
        &self,
        column: &Column,
        (index, value): (usize, usize),
        (range, is_list, confidence): (Range<usize>, bool, Confidence),
        matches: &mut Vec<Match>,
    ) {
        let detector = &self.compiled.detectors[index];
        let Some(pattern) = &detector.label else { return };
        let bytes = column.bytes.as_slice();
        let (mut start, limit) = (range.start, end_of_entry(bytes, range));
        let evidence = shape_evidence(detector.context_validator.is_some()).with(EvidenceFlags::CONTEXT);
        while let Some(end) = pattern.end_of_match(&bytes[..limit], start, limit) {
            let passes = detector.context_validator.is_none_or(|passes| passes(&bytes[start..end]));
            if !passes || !self.may_be_name_of_label(index, &bytes[start..end]) || is_in_octet_row(bytes, start, end) {
                break;
            }
            matches.push(found_at((index, value), (start, end), confidence, evidence));
            let next = next_list_item(bytes, end, limit, detector.holds_codes).filter(|_| is_list);
            let Some(next) = next else { break };
            start = next;
        }
    }

    /// How many matches the pattern of a detector has in a text, if it is searched in every byte, since no word, digit or anchor
    /// begins its matches; `None` for all others, which cost next to nothing where they cannot match.
    pub fn search_unserved(&self, detector: &str, text: &[u8]) -> Option<usize> {
        let of_detector = |index: &&u16| &*self.compiled.described[usize::from(**index)].id == detector;
        let index = *self.compiled.everywhere.iter().find(of_detector)?;
        match &self.compiled.detectors[usize::from(index)].anywhere.as_ref()?.search {
            Search::Everywhere(pattern) => Some(pattern.find_in(text, 0..text.len()).count()),
            Search::AtToken(_) | Search::AroundByte(..) => None,
        }
    }

    /// Patterns that are not selective at their start: around an anchor byte, or everywhere.
    pub(super) fn search_anchors(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) {
        let bytes = column.bytes.as_slice();
        for &index in self.compiled.around_byte.iter().filter(|index| plan.allows(**index)) {
            let Some(anywhere) = &self.compiled.detectors[usize::from(index)].anywhere else { continue };
            let Search::AroundByte(anchor, pattern) = &anywhere.search else { continue };
            let (mut value, mut searched) = (0, 0);
            for place in memchr::memchr_iter(*anchor, bytes) {
                if place < searched {
                    continue;
                }
                value = value_at(column, value, place);
                let run = run_around(bytes, place, column.range(value));
                searched = run.end;
                for (start, end) in pattern.find_in(bytes, run.clone()) {
                    if is_in_authority(&bytes[run.start..start]) {
                        continue;
                    }
                    if anywhere.validator.is_none_or(|passes| passes(&bytes[start..end])) {
                        let evidence = shape_evidence(anywhere.validator.is_some());
                        let place = (usize::from(index), value);
                        matches.push(found_at(place, (start, end), anywhere.confidence, evidence));
                    }
                }
            }
        }
        for &index in self.compiled.everywhere.iter().filter(|index| plan.allows(**index)) {
            let Some(anywhere) = &self.compiled.detectors[usize::from(index)].anywhere else { continue };
            let Search::Everywhere(pattern) = &anywhere.search else { continue };
            for value in 0..column.len() {
                for (start, end) in pattern.find_in(bytes, column.range(value)) {
                    if anywhere.validator.is_none_or(|passes| passes(&bytes[start..end])) {
                        let evidence = shape_evidence(anywhere.validator.is_some());
                        let place = (usize::from(index), value);
                        matches.push(found_at(place, (start, end), anywhere.confidence, evidence));
                    }
                }
            }
        }
    }
}

/// Collects the tokens of a stretch at which a phrase or a match may begin: numbers, names and words.
///
/// There are no branches on content: what a log holds next cannot be predicted, and a mispredicted branch costs
/// more than all of this.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt"))]
fn collect_candidates(compiled: &Compiled, bytes: &[u8], stretch: Range<usize>, lists: &mut (List, List, List)) {
    let Compiled { shapes, first_words, names, .. } = compiled;
    let names = names.as_ref().map(|(_, names)| names);
    let bitmaps = match_target! {
        "x86_64+avx2" => |block: &[u8; BLOCK]| crate::detectors::tokens::bitmaps_avx2(block),
        _ => bitmaps,
    };
    // A part of a longer number is none of the engine's numbers.
    for_each_token::<false, _>(
        lists,
        (bytes, stretch, bitmaps),
        |(numbers, ..), token| numbers.offer(token.start, 0, shapes.of_number(&token), 0),
        |(_, list, _), token| {
            let (head, letters) = (token.head(), token.runs.leading_letters());
            let flags = first_words.flags(head, letters);
            let may_be_name = u64::from(names.is_some_and(|names| names.may_begin(head))) * MAY_BE_NAME;
            let set = shapes.of_word(&token, head as u8 & 0x80 == 0, flags & FirstWords::PATTERN != 0);
            list.offer(token.start, letters, set, spoken(flags) | may_be_name);
        },
        |(.., words), token| {
            let letters = token.runs.leading_letters();
            let flags = first_words.flags(token.head(), letters);
            let begins_pattern = flags & FirstWords::PATTERN != 0;
            // Most words begin no pattern, so this branch is one that can be foreseen.
            let set = match begins_pattern || shapes.any_small_word() {
                true => shapes.of_word(&token, false, begins_pattern),
                false => 0,
            };
            words.offer(token.start, letters, set, spoken(flags));
        },
    );
}

/// Whether a term is written as one: not in the middle of a name in a program (`cubicIn`), and not like a name of a person
/// where it is one (`Gerd`, `gerd@`, `gerd.lee@`).
fn reads_as_term(bytes: &[u8], (start, end): (usize, usize), is_name_too: bool) -> bool {
    let text = &bytes[start..end];
    let is_joined_name = text.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let is_name = || {
        let is_capitalised = text[0].is_ascii_uppercase() && text[1..].iter().all(u8::is_ascii_lowercase);
        let goes_on = match bytes.get(end) {
            Some(b'@') => true,
            Some(b'.' | b'_') => bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric),
            _ => false,
        };
        is_capitalised || goes_on
    };
    !(is_joined_name || (is_name_too && is_name()))
}

/// Whether a place lies in the part of a link that names a host, or in the name of a package: `ssh://user@host.example`,
/// `pkg:deb/tool@1.2`.
fn is_in_authority(before: &[u8]) -> bool {
    let is_package = before.windows(4).any(|four| four == b"pkg:");
    let scheme = before.windows(3).rposition(|three| three == b"://");
    let ends_authority = |byte: &u8| matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<');
    is_package || scheme.is_some_and(|place| !before[place + 3..].iter().any(ends_authority))
}

/// Where the line of a form goes on behind what is written on it: `Home:__651-847-1631___`.
fn end_of_entry(bytes: &[u8], range: Range<usize>) -> usize {
    const MAX_ENTRY_BYTES: usize = 48;
    let near = &bytes[range.start..range.end.min(range.start + MAX_ENTRY_BYTES)];
    let is_line = |place: &usize| near.get(place + 1).is_none_or(|next| matches!(next, b'_' | b' ' | b'\n'));
    let line = memchr::memchr_iter(b'_', near).find(is_line).filter(|place| *place > 0);
    line.map_or(range.end, |place| range.start + place)
}

/// Whether octets go on before or after: a key or a fingerprint, no address of a machine.
fn is_in_octet_row(bytes: &[u8], start: usize, end: usize) -> bool {
    let joint = match bytes.get(start + 2) {
        Some(joint @ (b':' | b'-')) if end - start == 17 => *joint,
        _ => return false,
    };
    let octet = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_hexdigit);
    let before = start > 0 && bytes[start - 1] == joint && octet(start.checked_sub(2));
    // A row may be broken at a joint: `00:d3:` at the end of a line.
    let after = bytes.get(end) == Some(&joint) && (octet(Some(end + 1)) || joint == b':');
    before || after
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

/// Whether a label announces more than one value.
fn is_plural(label: &[u8]) -> bool {
    label.len() > 3 && matches!(label.last(), Some(b's' | b'S'))
}
