//! How sure a candidate is between what stands before and behind it.

use super::announced::{self, Left};
use super::surroundings::{self, Right};
use super::{Candidate, NameFound, NameReason, lines, speech};
use crate::model::Confidence;

/// The candidate as its surroundings leave it.
pub(super) fn weigh_between(text: &[u8], candidate: Candidate, left: Left) -> Option<NameFound> {
    if !candidate.is_lone && surroundings::is_in_mail_head(text, candidate.start, candidate.end) {
        let Candidate { start, end, .. } = candidate;
        return Some(NameFound { start, end, confidence: Confidence::Medium, reason: NameReason::Label });
    }
    let right = if matches!(left, Left::Enclosed | Left::Keyed) {
        surroundings::enclosed_right(text, candidate.start, candidate.end)
    } else {
        surroundings::right(text, candidate.end, candidate.all_capitals)
    };
    let (confidence, reason) = weigh(text, candidate.start, candidate, left, right)?;
    Some(NameFound { start: candidate.start, end: candidate.end, confidence, reason })
}

/// The confidence that the surroundings leave to a candidate; low is for those that their record decides about.
fn weigh(text: &[u8], from: usize, candidate: Candidate, left: Left, right: Right) -> Option<(Confidence, NameReason)> {
    if candidate.is_lone && speech::is_program(text, candidate.end) {
        return None;
    }
    if right == Right::Code || right == Right::Thing || lines::is_of_firm(text, candidate.end) {
        return None;
    }
    // `751 Mary Dam` is an address.
    if left == Left::Free && lines::is_behind_house_number(text, from) {
        return None;
    }
    // Most candidates end here, before the words around them are read.
    let is_named = matches!(left, Left::Label | Left::Title);
    if !is_named && right == Right::Word {
        return None;
    }
    let around = surroundings::around(text, from, candidate.end);
    let is_credit = around.credits > 0
        && around.credits * 2 > around.care
        && !(around.credits == 1 && speech::wrote(text, candidate.end));
    match (left, right) {
        (Left::Label, _) if !candidate.is_lone => {
            let confidence = if candidate.is_pair { Confidence::High } else { Confidence::Medium };
            return Some((confidence, NameReason::Label));
        }
        (Left::Title, _) if around.authors == 0 => {
            let sure = candidate.is_pair || around.care > 0;
            let confidence = if sure { Confidence::High } else { Confidence::Medium };
            return Some((confidence, NameReason::Title));
        }
        _ if is_credit => return None,
        (Left::Title, _) if around.credits == 0 => return Some((Confidence::Medium, NameReason::Title)),
        (Left::Title, _) => return Some((Confidence::Low, NameReason::Title)),
        (Left::Keyed, _) if candidate.is_pair && around.authors == 0 => {
            return Some((Confidence::Medium, NameReason::Label));
        }
        (Left::Enclosed | Left::Keyed, _) => return Some((Confidence::Low, NameReason::Lists)),
        _ => {}
    }
    let is_weak = candidate.is_lone || (!candidate.is_pair && (around.care == 0 || right != Right::Person));
    let is_doubtful = around.authors > 0 && around.authors * 2 > around.care;
    // A greeting ends in a comma: `Dear Ada,`.
    let is_greeted = left == Left::Called && candidate.is_lone && speech::ends_greeting(text, candidate.end);
    // In the entry of a form, one of the two words is enough.
    let fills_entry = left == Left::Called && !candidate.is_lone && surroundings::ends_entry(text, candidate.end);
    match right {
        _ if around.credits == 0 && speech::is_spoken_to(text, from, candidate.end) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // A short message has links, too.
        _ if (is_greeted && around.credits < 2) || (fills_entry && around.authors == 0) => {
            Some((Confidence::Medium, NameReason::Label))
        }
        _ if !candidate.is_lone && around.credits < 2 && speech::wrote(text, candidate.end) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        Right::Degree if (candidate.is_clear || candidate.is_lone) && around.credits == 0 => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        Right::Degree if candidate.is_pair && around.authors == 0 => Some((Confidence::Medium, NameReason::Sequel)),
        // `Ada's mother called about the rash.`
        _ if candidate.is_lone
            && around.care > 0
            && around.authors == 0
            && speech::has_relative(text, candidate.end) =>
        {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `Okafor reports knee pain`
        Right::Person if candidate.is_lone && around.care > 1 && around.authors == 0 => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `her son Angel`, in a note; `Brother (James)`.
        _ if left == Left::Beside
            && candidate.is_lone
            && around.authors == 0
            && (around.care > 1
                || surroundings::is_behind_own_kin(text, from)
                || (text[..from].ends_with(b"(") && surroundings::is_behind_kin(text, from))) =>
        {
            Some((Confidence::Medium, NameReason::Label))
        }
        // `I called Ngozi at 718-618-5167 with the results.`
        _ if candidate.is_lone
            && left == Left::Introduced
            && around.care > 0
            && around.authors == 0
            && speech::is_told(text, from) =>
        {
            Some((Confidence::Medium, NameReason::Label))
        }
        // `RN Kayode called`, `Spouse: Obinna`
        _ if candidate.is_lone
            && matches!(left, Left::Label | Left::Role | Left::Called)
            && around.authors == 0
            && (surroundings::is_behind_own_person(text, from)
                || (around.care > 0 && surroundings::is_behind_worker(text, from)))
            && surroundings::ends_or_goes_on(text, candidate.end) =>
        {
            Some((Confidence::Medium, NameReason::Label))
        }
        // `Kimia (sister)`, `Ada Okafor, 34F, fell`
        _ if around.authors == 0
            && (speech::is_called_relative(text, candidate.end)
                || (!candidate.is_lone && lines::is_before_age_and_sex(text, candidate.end))) =>
        {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `1) Okafor, Ada - W447120093`
        _ if candidate.is_pair
            && around.authors == 0
            && lines::begins_entry(text, from)
            && lines::is_before_member_number(text, candidate.end) =>
        {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `Attending Ada Okafor`, `RN Ada Okafor`; of `charge nurse Grace Young` both words are words, too.
        _ if !candidate.is_lone
            && matches!(left, Left::Role | Left::Called)
            && around.authors == 0
            && surroundings::is_behind_clinician(text, from)
            && (candidate.is_clear
                || (surroundings::is_behind_kind_of_clinician(text, from)
                    && (candidate.is_pair || around.care > 0))) =>
        {
            Some((Confidence::Medium, NameReason::Label))
        }
        // `Ada Okafor (617) 555-0188`
        _ if candidate.is_pair && around.credits == 0 && lines::is_before_phone(text, candidate.end) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `Ada is a 9-year-old girl`
        Right::Person if candidate.is_lone && around.authors == 0 && says_age(text, candidate.end) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `CRANE, ROSA 03/04/1961 F`
        Right::Person if !candidate.is_lone && surroundings::is_row_of_patient(&text[candidate.end..]) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `Ada Okafor's chart`
        _ if around.credits == 0 && candidate.is_pair && speech::has_belonging(text, candidate.end) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `The nurse was kind. - Ada Okafor, Boise`
        _ if candidate.is_pair && around.is_of_care() && speech::is_signed(text, from) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `Attendees: Okafor, Lindqvist`
        _ if left == Left::Among && around.credits == 0 && from > 0 => Some((Confidence::Medium, NameReason::Label)),
        // `My name is Siiri.`
        _ if left == Left::Called && around.credits == 0 && announced::says_own_name(text, from) => {
            Some((Confidence::Medium, NameReason::Label))
        }
        // `Wife Siiri Pyysalo at bedside`: neither word is listed.
        _ if left == Left::Beside
            && !candidate.is_lone
            && (around.care > 0 || text[from..candidate.end].contains(&b','))
            && around.authors == 0 =>
        {
            let confidence = if candidate.is_pair { Confidence::High } else { Confidence::Medium };
            Some((confidence, NameReason::Label))
        }
        _ if !candidate.is_lone && around.credits == 0 && speech::has_own_mail(text, from, candidate.end) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        // `the chart of Siiri Pyysalo`, `called Siiri Pyysalo about the lab results`
        _ if !candidate.is_lone
            && around.care > 0
            && around.authors == 0
            && (surroundings::is_about(text, from) || (left == Left::Introduced && speech::is_told(text, from))) =>
        {
            Some((Confidence::Medium, NameReason::Label))
        }
        _ if is_weak || is_doubtful => Some((Confidence::Low, NameReason::Lists)),
        Right::Person => Some((Confidence::High, NameReason::Sequel)),
        // `Ada Okafor met us yesterday`
        _ if around.authors == 0 && speech::acts(text, candidate.end) => Some((Confidence::Medium, NameReason::Sequel)),
        _ if left == Left::Called && around.authors == 0 => Some((Confidence::Medium, NameReason::Label)),
        _ if left == Left::Beside => Some((Confidence::High, NameReason::Label)),
        _ if left == Left::Introduced && (candidate.is_clear || around.authors == 0) && speech::is_told(text, from) => {
            Some((Confidence::Medium, NameReason::Label))
        }
        _ if lines::is_in_dated_row(text, candidate.end) || lines::is_in_schedule(text, from, candidate.end) => {
            Some((Confidence::Medium, NameReason::Sequel))
        }
        _ if candidate.is_clear && around.requests > 0 && around.custom > 0 && around.credits == 0 => {
            Some((Confidence::Medium, NameReason::Neighbourhood))
        }
        _ if around.care < 2 || surroundings::is_listed(text, from, candidate.end) => {
            Some((Confidence::Low, NameReason::Lists))
        }
        _ if around.care > 3 && candidate.is_clear => Some((Confidence::High, NameReason::Neighbourhood)),
        _ => Some((Confidence::Medium, NameReason::Neighbourhood)),
    }
}

/// `is a 9-year-old`, `, a 9 y.o.`
fn says_age(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    let rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    let rest = rest.strip_prefix(b"is ").unwrap_or(rest);
    let rest = rest.strip_prefix(b"a ").or_else(|| rest.strip_prefix(b"an ")).unwrap_or(rest);
    rest.first().is_some_and(u8::is_ascii_digit) && surroundings::says_age_or_birth(rest)
}
