//! Remembers which short values a detector has accepted or refused: columns of names, codes and places repeat a few
//! values, and a look here is far cheaper than an automaton and a validator.

use super::spans::{MAX_PACKED, packed};

const SLOTS: usize = 2048;
/// A column whose first values are rarely known is not asked further.
const TRIAL_VALUES: u32 = 256;

/// What is remembered; nothing in it influences a result.
#[derive(Debug)]
pub(super) struct Memo {
    slots: Vec<(u128, u16, bool)>,
}

impl Default for Memo {
    fn default() -> Self {
        // No value packs to zero: its length is part of the key.
        Self { slots: vec![(0, 0, false); SLOTS] }
    }
}

/// How often one column's values were known.
#[derive(Debug, Default)]
pub(super) struct Trial {
    asked: u32,
    known: u32,
}

impl Memo {
    /// Whether `detector` accepts `value`; asks `decide` where that is not known.
    #[inline]
    pub(super) fn accepts(
        &mut self,
        trial: &mut Trial,
        detector: u16,
        value: &[u8],
        decide: impl FnOnce() -> bool,
    ) -> bool {
        let is_worth_it = trial.asked < TRIAL_VALUES || trial.known * 2 >= trial.asked;
        if value.len() > MAX_PACKED || value.is_empty() || !is_worth_it {
            return decide();
        }
        let key = packed(value);
        let mixed = (key as u64 ^ ((key >> 64) as u64).rotate_left(23) ^ u64::from(detector))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let slot = &mut self.slots[(mixed >> 53) as usize];
        trial.asked += 1;
        if slot.0 == key && slot.1 == detector {
            trial.known += 1;
            return slot.2;
        }
        *slot = (key, detector, decide());
        slot.2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_value_is_not_decided_twice_and_no_other_is_taken_for_it() {
        let (mut memo, mut trial) = (Memo::default(), Trial::default());
        assert!(memo.accepts(&mut trial, 1, b"Smith", || true));
        assert!(memo.accepts(&mut trial, 1, b"Smith", || unreachable!("it is known")));
        assert!(!memo.accepts(&mut trial, 2, b"Smith", || false));
        assert!(!memo.accepts(&mut trial, 1, b"Smith\0", || false));
        for number in 0..100_000u32 {
            let text = number.to_string();
            assert_eq!(memo.accepts(&mut Trial::default(), 3, text.as_bytes(), || number % 3 == 0), number % 3 == 0);
        }
    }
}
