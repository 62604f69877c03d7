//! What is found at tokens in one pass is what each detector finds alone: an ordinary regular expression and a validator, tried at
//! every place of every value. No filter of the engine has a part in the reference.

use super::search::{is_in_octet_row, is_numbered};
use super::*;
use crate::detectors::compile::{Anywhere, Search};
use crate::detectors::spans::{is_in_number_row, is_joined_after};
use crate::detectors::spec::Example;
use crate::detectors::tokens::{is_joint, is_word_byte};
use regex::bytes::{Regex, RegexBuilder};
use std::collections::BTreeSet;

/// A detector whose pattern begins with a letter or a digit.
struct Alone<'a> {
    index: usize,
    pattern: Regex,
    anywhere: &'a Anywhere,
}

/// Detector, start and end.
type Place = (usize, usize, usize);

fn every_detector<'a>(engine: &'a Engine, catalogue: &Catalogue) -> Vec<Alone<'a>> {
    let compiled = |(index, entry): (usize, &crate::detectors::catalogue::Entry)| {
        let anywhere = engine.compiled.detectors[index].anywhere.as_ref()?;
        let text = &entry.spec.anywhere.as_ref()?.pattern;
        let is_tried = matches!(anywhere.search, Search::AtToken(_)) && engine.names_of(index).is_none();
        let pattern = RegexBuilder::new(&format!(r"\A(?:{text})\b{{end-half}}")).unicode(false).build().unwrap();
        is_tried.then_some(Alone { index, pattern, anywhere })
    };
    catalogue.entries().iter().enumerate().filter_map(compiled).collect()
}

/// Whether a run of letters and digits begins there that is no later part of a number and lies in no UUID.
fn begins_token(bytes: &[u8], uuids: &[Range<usize>], at: usize) -> bool {
    let is_start = is_word_byte(bytes[at]) && (at == 0 || !is_word_byte(bytes[at - 1]));
    let is_part = at >= 2 && bytes[at].is_ascii_digit() && is_joint(bytes[at - 1]) && bytes[at - 2].is_ascii_digit();
    is_start && !is_part && !uuids.iter().any(|uuid| uuid.contains(&at))
}

fn found_alone(engine: &Engine, detectors: &[Alone], uuid: &Regex, column: &Column) -> BTreeSet<Place> {
    let bytes = &column.bytes;
    let is_whole = |found: &Range<usize>| {
        (found.start == 0 || !is_word_byte(bytes[found.start - 1]))
            && bytes.get(found.end).is_none_or(|next| !is_word_byte(*next))
    };
    let uuids: Vec<_> = uuid.find_iter(bytes).map(|found| found.range()).filter(is_whole).collect();
    let mut places = BTreeSet::new();
    for range in column.ranges() {
        for start in range.clone().filter(|at| begins_token(bytes, &uuids, *at)) {
            for Alone { index, pattern, anywhere } in detectors {
                let Some(found) = pattern.find(&bytes[start..range.end]) else { continue };
                let (end, detector) = (start + found.end(), &engine.compiled.detectors[*index]);
                let is_bare = found.len() == 11 && found.as_bytes().iter().all(u8::is_ascii_digit);
                let is_other = (detector.is_telephone && is_bare && !bytes[..start].ends_with(b"+"))
                    || (detector.goods_have_such && is_numbered(&bytes[..start]))
                    || is_joined_after(bytes, end)
                    || is_in_number_row(bytes, start, end)
                    || is_in_octet_row(bytes, start, end);
                if !is_other && anywhere.validator.is_none_or(|passes| passes(found.as_bytes())) {
                    places.insert((*index, start, end));
                }
            }
        }
    }
    places
}

fn found_together(engine: &Engine, detectors: &[Alone], column: &Column, scratch: &mut Scratch) -> BTreeSet<Place> {
    let plan = engine.plan(column, scratch);
    scratch.matches.clear();
    scratch.phrases.clear();
    engine.search_tokens(column, &plan, scratch);
    let by_shape = |found: &&Match| {
        let detector = detectors.iter().find(|detector| detector.index == usize::from(found.detector));
        detector.is_some_and(|it| found.evidence == shape_evidence(it.anywhere.validator.is_some()))
    };
    let place = |found: &Match| (usize::from(found.detector), found.start as usize, found.end as usize);
    scratch.matches.iter().filter(by_shape).map(place).collect()
}

/// The examples of every detector, and the texts of a labelled collection.
fn texts(catalogue: &Catalogue) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in catalogue.entries() {
        for example in entry.spec.examples.positive.iter().chain(&entry.spec.examples.negative) {
            let (Example::Text(text) | Example::Field { value: text, .. }) = example;
            texts.push(text.clone());
        }
    }
    for file in std::fs::read_dir("corpus/labelled/tuning/texts").unwrap() {
        for line in std::fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let labelled: serde_json::Value = serde_json::from_str(line).unwrap();
            texts.push(labelled["text"].as_str().unwrap().to_owned());
        }
    }
    texts
}

#[test]
fn the_engine_finds_what_each_detector_finds_alone() {
    let catalogue = Catalogue::built_in().unwrap();
    let engine = Engine::new(&catalogue, Confidence::Low).unwrap();
    let detectors = every_detector(&engine, &catalogue);
    let uuid =
        RegexBuilder::new("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").unicode(false).build().unwrap();
    let (texts, mut scratch) = (texts(&catalogue), Scratch::default());
    let (mut state, mut compared) = (3_u32, 0);
    let mut below = |count: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % count
    };
    for round in 0..2_000 {
        let mut column = Column::new("", ColumnKind::Lines, 0);
        for _ in 0..20 {
            // As they are, or two that are cut somewhere, with anything between.
            let (one, other) = (texts[below(texts.len())].as_bytes(), texts[below(texts.len())].as_bytes());
            let between = b"0123456789 -./,:()#+@ABxyz\xc3\xa9\n\t";
            let joint: Vec<u8> = (0..below(4)).map(|_| between[below(between.len())]).collect();
            match round % 2 {
                0 => column.push(one),
                _ => column.push(&[&one[..below(one.len() + 1)], &joint, &other[below(other.len() + 1)..]].concat()),
            }
        }
        let expected = found_alone(&engine, &detectors, &uuid, &column);
        let together = found_together(&engine, &detectors, &column, &mut scratch);
        let differ: Vec<_> = expected.symmetric_difference(&together).take(3).collect();
        let told = |place: &&Place| {
            let around = &column.bytes[place.1.saturating_sub(12)..(place.2 + 12).min(column.bytes.len())];
            (&engine.detectors()[place.0].id, String::from_utf8_lossy(around).into_owned())
        };
        assert!(differ.is_empty(), "round {round}: {:?}", differ.iter().map(told).collect::<Vec<_>>());
        compared += expected.len();
    }
    assert!(compared > 25_000, "{compared} matches were compared");
}
