//! Patterns that are searched in every byte: those that no word, digit or anchor begins. One automaton tells of all of them which
//! have a match in a stretch of values; only those are then searched there, one by one.

use super::{Engine, PathPlan, found_at, shape_evidence};
use crate::detectors::compile::{Anywhere, Search};
use crate::model::{Column, Match};
use std::ops::Range;

/// Bytes of values, from which a stretch ends.
const STRETCH: usize = 16 << 10;

impl Engine {
    pub(super) fn search_everywhere(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) {
        let everywhere = &self.compiled.everywhere;
        for &index in &everywhere.alone {
            self.search_values(column, plan, (index, 0..column.len()), matches);
        }
        let Some((detectors, set)) = &everywhere.together else { return };
        let mut first = 0;
        while first < column.len() {
            let start = column.range(first).start;
            let within = column.ends[first..].partition_point(|end| (*end as usize) < start + STRETCH);
            let end = (first + within.max(1)).min(column.len());
            for found in set.found_in(&column.bytes[start..column.ends[end - 1] as usize]) {
                self.search_values(column, plan, (detectors[found], first..end), matches);
            }
            first = end;
        }
    }

    fn search_values(
        &self,
        column: &Column,
        plan: &PathPlan,
        (index, values): (u16, Range<usize>),
        matches: &mut Vec<Match>,
    ) {
        let Some(anywhere) = self.compiled.detectors[usize::from(index)].anywhere.as_ref() else { return };
        let Anywhere { search: Search::Everywhere(pattern), validator, confidence } = anywhere else { return };
        if !plan.allows(index) {
            return;
        }
        for value in values {
            for (start, end) in pattern.find_in(&column.bytes, column.range(value)) {
                if validator.is_none_or(|passes| passes(&column.bytes[start..end])) {
                    let place = (usize::from(index), value);
                    matches.push(found_at(place, (start, end), *confidence, shape_evidence(validator.is_some())));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Profile, Scratch};
    use super::*;
    use crate::detectors::Catalogue;
    use crate::model::{Batch, ColumnKind, Confidence};

    /// Places and texts that detectors of these patterns find in the values.
    fn found(patterns: &[&str], values: &[String]) -> Vec<(u32, String)> {
        let mut catalogue = Catalogue::built_in().unwrap();
        for (index, pattern) in patterns.iter().enumerate() {
            let detector = format!(
                "id = \"own_{index}\"\nname = \"Own\"\nclass = \"identifier\"\nsource = \"test\"\nmask = \"full\"\n\
                 [match]\npattern = '{pattern}'\nconfidence = \"medium\"\n[examples]\npositive = []\nnegative = []\n"
            );
            catalogue.add(&format!("own_{index}.toml"), &detector).unwrap();
        }
        let engine = Engine::new(&catalogue, Confidence::Medium).unwrap();
        let mut column = Column::new("note", ColumnKind::Text, 1);
        values.iter().for_each(|value| column.push(value.as_bytes()));
        let batch = Batch { record_count: values.len() as u32, columns: vec![column], ..Batch::default() };
        let mut lists = Vec::new();
        engine.scan(&batch, &Profile::default(), &mut Scratch::default(), &mut lists);
        let own =
            lists[0].iter().filter(|found| engine.detectors()[usize::from(found.detector)].id.starts_with("own_"));
        let text = |found: &Match| &batch.columns[0].bytes[found.start as usize..found.end as usize];
        own.map(|found| (found.value, String::from_utf8_lossy(text(found)).into_owned())).collect()
    }

    #[test]
    fn patterns_that_are_searched_together_find_what_each_finds_alone() {
        let patterns = ["[#%]{2}[a-z]+N", "[ =][a-f]{3}[0-9]{2}3", "[%][A-Z]{2}7Q", "^[@]zq[0-9]{4}$"];
        let mut values: Vec<String> = (0..4000).map(|row| format!("row {row} of nothing at all")).collect();
        for (place, text) in
            [(0, "=abc123"), (777, "x %%leftN y"), (778, "and %ZZ7Q"), (2500, "@zq1234"), (3999, "##endN")]
        {
            values[place] = text.to_owned();
        }
        let together = found(&patterns, &values);
        let mut alone: Vec<_> = patterns.iter().flat_map(|pattern| found(&[pattern], &values)).collect();
        alone.sort();
        assert_eq!(together, alone);
        assert_eq!(together.iter().map(|(value, _)| *value).collect::<Vec<_>>(), [0, 777, 778, 2500, 3999]);
    }
}
