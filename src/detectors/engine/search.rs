//! Searches a column's bytes: the one pass over token starts, names and terms, and patterns around an anchor byte.
//!
//! What is found here is a candidate that passed its validator; the words around it are weighed in `weigh`.

use super::{Engine, PathPlan, Scratch, found_at, shape_evidence, value_at};
use crate::detectors::compile::{Anywhere, Compiled, Search};
use crate::detectors::context::PhraseSpan;
use crate::detectors::names::NameReason;
use crate::detectors::shapes::Shapes;
use crate::detectors::spans::{is_in_number_row, is_joined_after, run_around};
use crate::detectors::tokens::{FirstWords, bitmaps, for_each_token};
use crate::model::{Column, ColumnKind, EvidenceFlags, Match};
use multiversion::multiversion;
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
                self.verify_token(usize::from(owner), (column, plan), place, matches);
            }
        });
    }

    fn verify_token(
        &self,
        index: usize,
        (column, plan): (&Column, &PathPlan),
        (start, value): Place,
        matches: &mut Vec<Match>,
    ) {
        let Some(Anywhere { search: Search::AtToken(pattern), validator, confidence }) =
            &self.compiled.detectors[index].anywhere
        else {
            return;
        };
        let bytes = column.bytes.as_slice();
        let Some(end) = pattern.end_of_match(bytes, start, column.ends[value] as usize) else { return };
        // Eleven digits are a telephone number behind the sign of an international one alone.
        let is_bare = || end - start == 11 && bytes[start..end].iter().all(u8::is_ascii_digit);
        let is_telephone = self.compiled.detectors[index].is_telephone;
        if is_telephone && is_bare() && !bytes[..start].ends_with(b"+") {
            return;
        }
        let is_counted = || self.compiled.detectors[index].goods_have_such && is_numbered(&bytes[..start]);
        if is_joined_after(bytes, end)
            || is_in_number_row(bytes, start, end)
            || is_in_octet_row(bytes, start, end)
            || validator.is_some_and(|passes| !passes(&bytes[start..end]))
            || is_counted()
        {
            return;
        }
        let end = match self.names_of(index) {
            Some(_) => self.end_of_name(bytes, start..end, column.ends[value] as usize),
            None => Some(end),
        };
        if let Some(end) = end {
            matches.push(found_at((index, value), (start, end), *confidence, shape_evidence(validator.is_some())));
            // `- ada okafor 617-555-0188 wants results`
            if is_telephone && column.kind == ColumnKind::Lines {
                self.try_spoken_before(column, plan, (start, value), matches);
            }
        }
    }

    /// Tries a name in running text. A value that is little more than the name says too little about it.
    fn try_name(&self, column: &Column, plan: &PathPlan, (start, value): Place, matches: &mut Vec<Match>) {
        const MIN_TEXT_BYTES: usize = 24;
        let Some((index, names)) = self.compiled.names.as_ref().filter(|(index, _)| plan.allows(*index)) else {
            return;
        };
        let range = column.range(value);
        let is_text = column.kind == ColumnKind::Lines || range.len() >= MIN_TEXT_BYTES;
        let limit = range.end;
        // The lines around a line belong to it; the values around a value are those of other records.
        let known = if column.kind == ColumnKind::Lines { 0..column.bytes.len() } else { range.clone() };
        let (bytes, first) = (&column.bytes[known.clone()], known.start);
        if is_text
            && let Some(found) = names.at(bytes, start - first, range.start - first..range.end - first)
            && let Some(end) = self.end_of_name(&column.bytes, first + found.start..first + found.end, limit)
        {
            let evidence = match found.reason {
                NameReason::Lists => EvidenceFlags::PATTERN,
                _ => EvidenceFlags::PATTERN.with(EvidenceFlags::CONTEXT),
            };
            let place = (usize::from(*index), value);
            matches.push(found_at(place, (first + found.start, end), found.confidence, evidence));
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

    /// How many matches the pattern of a detector has in a text, if it is searched in every byte, since no word, digit or anchor
    /// begins its matches; `None` for all others, which cost next to nothing where they cannot match.
    pub fn search_unserved(&self, detector: &str, text: &[u8]) -> Option<usize> {
        let of_detector = |index: &&u16| &*self.compiled.described[usize::from(**index)].id == detector;
        let index = *self.compiled.everywhere.all.iter().find(of_detector)?;
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
        self.search_everywhere(column, plan, matches);
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
    #[cfg(not(target_feature = "avx2"))]
    let bitmaps = multiversion::target::match_target! {
        "x86_64+avx2" => |block: &[u8; crate::detectors::tokens::BLOCK]| crate::detectors::tokens::bitmaps_avx2(block),
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
pub(super) fn reads_as_term(bytes: &[u8], (start, end): (usize, usize), is_name_too: bool) -> bool {
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

/// Whether the word right before says that a number counts or names something else: `Error 503-412-7719`, `batch 415 412 7719`.
pub(super) fn is_numbered(before: &[u8]) -> bool {
    const WORDS: [&[u8]; 28] = [
        b"asset",
        b"batch",
        b"build",
        b"catalog",
        b"code",
        b"drawing",
        b"dwg",
        b"err",
        b"errno",
        b"error",
        b"exit",
        b"http",
        b"invoice",
        b"item",
        b"job",
        b"lot",
        b"model",
        b"order",
        b"part",
        b"parts",
        b"quote",
        b"rev",
        b"revision",
        b"serial",
        b"sku",
        b"status",
        b"stock",
        b"ticket",
    ];
    // What stands between such a word and its number: `part no. 543-18-3470`, `Item # 543-18-3470`.
    const SIGNS: [&[u8]; 6] = [b" no.", b" no", b" number", b" num", b"#", b":"];
    let is_said = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'.' | b'#' | b':');
    // What another value or line ends with says nothing of this one.
    if !before.last().is_some_and(is_said) {
        return false;
    }
    let mut before = before[before.len().saturating_sub(24)..].trim_ascii_end();
    let without = |text: &[u8], sign: &[u8]| {
        let length = text.len().checked_sub(sign.len())?;
        text[length..].eq_ignore_ascii_case(sign).then_some(length)
    };
    while let Some(length) = SIGNS.iter().find_map(|sign| without(before, sign)) {
        before = before[..length].trim_ascii_end();
    }
    let word = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (earlier, word) = before.split_at(before.len() - word);
    // `my number is area code 312 736 2139`
    let is_area = || earlier.len() >= 5 && earlier[earlier.len() - 5..].eq_ignore_ascii_case(b"area ");
    WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) && !is_area()
}

/// Whether octets go on before or after: a key or a fingerprint, no address of a machine.
pub(super) fn is_in_octet_row(bytes: &[u8], start: usize, end: usize) -> bool {
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
