//! The newest and the oldest rows of a table, which are read besides those that are drawn, and counted where they are not.

use crate::model::Sample;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// What tells such rows from others, and how many of each were not drawn besides.
pub(super) struct Ends<K> {
    /// Whether each is one of the oldest.
    are_oldest: HashMap<K, bool>,
    oldest: u64,
    newest: u64,
}

impl<K> Default for Ends<K> {
    fn default() -> Self {
        Self { are_oldest: HashMap::new(), oldest: 0, newest: 0 }
    }
}

impl<K: Eq + Hash> Ends<K> {
    /// Takes a row; `false` where it was taken before.
    pub(super) fn take(&mut self, row: K, is_oldest: bool) -> bool {
        let is_new = self.are_oldest.insert(row, is_oldest).is_none();
        if is_new {
            *self.stratum(is_oldest) += 1;
        }
        is_new
    }

    /// Whether it is one of them.
    pub(super) fn has<Q: Eq + Hash + ?Sized>(&self, row: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.are_oldest.contains_key(row)
    }

    /// Whether a row that was drawn is one of them: it counts with those that were drawn from now on.
    pub(super) fn is_drawn<Q: Eq + Hash + ?Sized>(&mut self, row: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        let Some(is_oldest) = self.are_oldest.get(row).copied() else { return false };
        let stratum = self.stratum(is_oldest);
        *stratum = stratum.saturating_sub(1);
        true
    }

    /// How many there are besides those that were drawn.
    pub(super) fn count(&self) -> u64 {
        self.oldest + self.newest
    }

    /// A sample with its numbers of newest and oldest rows.
    pub(super) fn beside(&self, sample: Sample) -> Sample {
        Sample { oldest_rows: self.oldest, newest_rows: self.newest, ..sample }
    }

    fn stratum(&mut self, is_oldest: bool) -> &mut u64 {
        if is_oldest { &mut self.oldest } else { &mut self.newest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_drawn_besides_counts_once() {
        let mut ends = Ends::default();
        assert!(ends.take("a".to_owned(), true) && ends.take("b".to_owned(), true) && ends.take("c".to_owned(), false));
        assert!(!ends.take("b".to_owned(), true));
        assert!(ends.is_drawn("b") && !ends.is_drawn("d") && ends.has("b"));
        let sample = ends.beside(Sample::all(1, 7));
        assert_eq!((sample.rows, sample.oldest_rows, sample.newest_rows, ends.count()), (7, 1, 1, 2));
    }
}
