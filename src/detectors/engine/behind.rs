//! Values that stand behind a match of another detector, with nothing but the words of a place between: the ZIP code behind a
//! street where no state says what its digits are, `9883 Franklin Drive, Fort Jerrod, 45402`.

use super::labelled::List;
use super::{Engine, PathPlan};
use crate::detectors::tokens::is_word_byte;
use crate::model::{Column, Match};
use std::ops::Range;

/// How far behind a match the value may begin.
const MAX_BYTES_BETWEEN: usize = 48;

impl Engine {
    /// Adds what stands behind the matches from `first` on.
    pub(super) fn search_behind(&self, column: &Column, plan: &PathPlan, first: usize, matches: &mut Vec<Match>) {
        let last = matches.len();
        for &(leader, follower) in self.compiled.behind.iter().filter(|(_, follower)| plan.allows(*follower)) {
            for place in first..last {
                let found = matches[place];
                if found.detector != leader {
                    continue;
                }
                let limit = column.ends[found.value as usize] as usize;
                let Some(range) = value_behind(&column.bytes, found.end as usize, limit) else { continue };
                let range = (range.clone(), List::up_to(range.end), found.confidence);
                self.try_labelled(column, (usize::from(follower), found.value as usize), range, matches);
            }
        }
    }
}

/// The token with a digit behind a comma and up to one part of words with capitals: `, Fort Jerrod, 45402`, `', '45402'`. It ends
/// what is said.
fn value_behind(bytes: &[u8], end: usize, limit: usize) -> Option<Range<usize>> {
    let mut at = end;
    for _ in 0..2 {
        at = behind_comma(bytes, at, limit)?;
        if bytes.get(at)?.is_ascii_digit() {
            let length = bytes[at..limit].iter().take_while(|byte| is_word_byte(**byte) || **byte == b'-').count();
            let goes_on = matches!(bytes[at + length..limit], [b' ', b'a'..=b'z', ..]);
            return (at - end <= MAX_BYTES_BETWEEN && !goes_on).then_some(at..at + length);
        }
        let is_of_place = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80 || b" .'-".contains(byte);
        let length = bytes[at..limit].iter().take(MAX_BYTES_BETWEEN).take_while(|byte| is_of_place(byte)).count();
        if !bytes[at].is_ascii_uppercase() {
            return None;
        }
        at += length;
    }
    None
}

/// Where the next part begins behind a comma, with quotation marks or without.
fn behind_comma(bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
    let between = bytes[at..limit].iter().take_while(|byte| b", '\"".contains(byte)).count();
    bytes[at..at + between].contains(&b',').then_some(at + between).filter(|next| *next < limit)
}
