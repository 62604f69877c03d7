//! Values -> tags: normalises, leaves out what identifies nobody, and keeps nothing but 64-bit tags.
//!
//! Memory is eight bytes for each distinct value and a quarter more while tags wait to be sorted in. What occurs far too
//! often to identify anybody is found from counts that are taken batch by batch of tags.

use super::normalise::{MAX_SIGNIFICANT, SEPARATORS, identifier, normalise, separator_bit};
use super::tags::Tags;
use super::{ExactColumn, ExactIndex, ExactKey, ExactKind, LeftOut, Refusal, Shape};
use std::collections::{HashMap, HashSet};

/// Tags that wait before they are sorted in, at least.
const MIN_FRESH: usize = 4 << 20;
/// What occurs less often within a batch of tags is not counted: far below every limit of frequency.
const COUNTED_FROM: u64 = 16;
/// What occurs no more often than this is never left out.
const MIN_FREQUENT: u64 = 50;

/// Makes an index from values, column by column.
pub struct ExactBuilder {
    key: ExactKey,
    columns: Vec<ColumnBuilder>,
    normal: Vec<u8>,
}

struct ColumnBuilder {
    column: ExactColumn,
    fresh_limit: usize,
    tags: Vec<u64>,
    /// So many first tags are sorted and distinct.
    sorted: usize,
    /// Occurrences of tags that are frequent within a batch.
    counts: HashMap<u64, u64>,
}

impl ExactBuilder {
    /// For columns by name and kind. `separators` may stand between the digits of an identifier besides those that its
    /// column itself is written with.
    pub fn new(key: ExactKey, columns: Vec<(String, ExactKind)>, separators: &str) -> Self {
        let extra = separators.bytes().fold(0, |set, byte| set | separator_bit(byte));
        let columns = columns.into_iter().map(|(name, kind)| {
            let shape = Shape { separators: if kind == ExactKind::Id { extra } else { 0 }, ..Shape::default() };
            let column = ExactColumn { name, kind, entries: 0, values: 0, left_out: LeftOut::default(), shape };
            ColumnBuilder { column, fresh_limit: MIN_FRESH, tags: Vec::new(), sorted: 0, counts: HashMap::new() }
        });
        Self { key, columns: columns.collect(), normal: Vec::new() }
    }

    /// Whether every character is one that identifiers may be written with.
    pub fn are_separators(text: &str) -> bool {
        text.bytes().all(|byte| SEPARATORS.contains(&byte))
    }

    /// Adds a value of the column at `index`, which occurs so many times.
    pub fn add(&mut self, index: usize, value: &[u8], occurrences: u64) {
        let Some(builder) = self.columns.get_mut(index) else { return };
        let column = &mut builder.column;
        column.values += occurrences;
        match normalise(column.kind, value, &mut self.normal) {
            Ok(()) => {
                if column.kind == ExactKind::Id {
                    column.shape.see(value, &self.normal, occurrences);
                }
                builder.push(self.key.tag(builder.column.kind, &self.normal), occurrences);
            }
            Err(refusal) => *column.left_out.of(refusal) += occurrences,
        }
    }

    /// The index. Columns of which nothing is left are kept, with no entry.
    pub fn finish(self) -> ExactIndex {
        let (mut columns, mut tags) = (Vec::new(), Vec::new());
        for builder in self.columns {
            let (column, of_column) = builder.finish();
            columns.push(column);
            // They were sorted and are distinct.
            tags.extend(Tags::new(of_column));
        }
        ExactIndex { key: self.key, columns, tags }
    }
}

impl ColumnBuilder {
    fn push(&mut self, tag: u64, occurrences: u64) {
        if occurrences >= COUNTED_FROM {
            *self.counts.entry(tag).or_default() += occurrences;
            self.tags.push(tag);
        } else {
            self.tags.extend(std::iter::repeat_n(tag, occurrences as usize));
        }
        if self.tags.len() - self.sorted >= self.fresh_limit.max(self.sorted / 4) {
            self.sort_in();
        }
    }

    /// Counts what is frequent among the tags that wait, and sorts them in.
    fn sort_in(&mut self) {
        let fresh = &mut self.tags[self.sorted..];
        fresh.sort_unstable();
        for run in fresh.chunk_by(|a, b| a == b) {
            if run.len() as u64 >= COUNTED_FROM {
                *self.counts.entry(run[0]).or_default() += run.len() as u64;
            }
        }
        self.tags.sort_unstable();
        self.tags.dedup();
        self.sorted = self.tags.len();
    }

    fn finish(mut self) -> (ExactColumn, Vec<u64>) {
        self.sort_in();
        let Self { mut column, mut tags, counts, .. } = self;
        let refused = column.left_out.total();
        let accepted = column.values - refused;
        // Smith is a name all the same; an identifier or a birth date that so many share is a default of the system.
        if column.kind != ExactKind::Name && !tags.is_empty() {
            let usual = accepted / tags.len() as u64;
            let limit = MIN_FREQUENT.max(column.values / 1000).max(usual * 20);
            let frequent: HashSet<u64> =
                counts.iter().filter(|(_, count)| **count > limit).map(|(tag, _)| *tag).collect();
            column.left_out.frequent = frequent.iter().filter_map(|tag| counts.get(tag)).sum();
            tags.retain(|tag| !frequent.contains(tag));
        }
        tags.shrink_to_fit();
        column.entries = tags.len() as u64;
        column.shape.count_distinct(column.entries, accepted);
        (column, tags)
    }
}

impl Shape {
    /// Takes the shape of an accepted identifier into account.
    fn see(&mut self, written: &[u8], normal: &[u8], occurrences: u64) {
        let leading = normal.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let written = written.trim_ascii();
        let first = written.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if normal.iter().any(u8::is_ascii_alphabetic) {
            self.letter_lengths |= 1 << normal.len();
            self.letter_openings |= 1 << normal.len().min(63) | 1 << first.min(63) | 1 << leading.min(63);
            return;
        }
        self.digit_lengths.resize(MAX_SIGNIFICANT + 1, 0);
        self.digit_lengths[normal.len()] += occurrences;
        // A fraction of zeros is no separator.
        if written.len() != first && !written.ends_with(b".0") {
            self.separators |= written.iter().fold(0, |set, byte| set | separator_bit(*byte));
        }
    }

    /// Turns counts of values into counts of distinct ones, as far as that is known: in proportion.
    fn count_distinct(&mut self, entries: u64, accepted: u64) {
        for count in &mut self.digit_lengths {
            let distinct = u128::from(*count) * u128::from(entries) / u128::from(accepted.max(1));
            *count = (distinct as u64).max(u64::from(*count > 0));
        }
    }
}

impl LeftOut {
    fn of(&mut self, refusal: Refusal) -> &mut u64 {
        match refusal {
            Refusal::Empty => &mut self.empty,
            Refusal::Short => &mut self.short,
            Refusal::Long => &mut self.long,
            Refusal::Form => &mut self.form,
            Refusal::Placeholder => &mut self.placeholder,
        }
    }
}

/// What kind of identifier a column holds, from its name and from values of its beginning.
pub fn infer_kind<'a>(name: &str, values: impl Iterator<Item = &'a [u8]>) -> ExactKind {
    let name = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let says = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if says(&["id", "mrn", "number", "no", "num", "ssn", "uuid", "identifier", "account", "acct"]) {
        return ExactKind::Id;
    }
    if says(&["dob", "birth", "birthdate", "dateofbirth", "birthday", "date"]) {
        return ExactKind::Date;
    }
    if says(&["name", "lastname", "firstname", "surname", "family", "given", "first", "last", "fullname"]) {
        return ExactKind::Name;
    }
    let (mut seen, mut dates, mut names) = (0, 0, 0);
    for value in values.filter(|value| !value.trim_ascii().is_empty()).take(1000) {
        seen += 1;
        let separated = value.iter().any(|byte| !byte.is_ascii_digit());
        dates += u32::from(separated && super::normalise::date(value.trim_ascii()).is_some());
        names += u32::from(identifier(value) == Err(Refusal::Form) && !value.iter().any(u8::is_ascii_digit));
    }
    match () {
        () if seen > 0 && dates * 10 >= seen * 9 => ExactKind::Date,
        () if seen > 0 && names * 10 >= seen * 9 => ExactKind::Name,
        () => ExactKind::Id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(kind: ExactKind) -> ExactBuilder {
        let mut builder = ExactBuilder::new(ExactKey::from_secret(b"key"), vec![("c".to_owned(), kind)], "");
        builder.columns[0].fresh_limit = 1100;
        builder
    }

    #[test]
    fn duplicates_are_one_entry_and_a_default_of_the_system_none() {
        let mut small = builder(ExactKind::Id);
        for index in 0..2000 {
            small.add(0, format!("{}", 4_000_123 + index % 1000).as_bytes(), 1);
            if index % 10 == 0 {
                small.add(0, b"5551234", 1);
            }
        }
        small.add(0, b"5557777", 300);
        small.add(0, b"5558888", 20);
        let index = small.finish();
        let column = &index.columns[0];
        assert_eq!((column.entries, column.left_out.frequent), (1001, 500));
        assert_eq!(column.values, 2520);
        assert!(index.tags[0].contains(index.key.tag(ExactKind::Id, b"5558888")));
        assert!(!index.tags[0].contains(index.key.tag(ExactKind::Id, b"5551234")));
    }

    #[test]
    fn a_table_of_events_keeps_its_patients() {
        let mut events = builder(ExactKind::Id);
        for index in 0..6000 {
            events.add(0, format!("{}", 4_000_123 + index % 30).as_bytes(), 1);
        }
        let column = events.finish().columns.remove(0);
        assert_eq!((column.entries, column.left_out.frequent), (30, 0));
    }

    #[test]
    fn frequent_names_stay() {
        let mut names = builder(ExactKind::Name);
        (0..500).for_each(|_| names.add(0, b"Smith", 1));
        assert_eq!(names.finish().columns[0].entries, 1);
    }

    #[test]
    fn kinds_are_inferred_from_names_and_values() {
        let kind = |name: &str, values: &[&str]| infer_kind(name, values.iter().map(|value| value.as_bytes()));
        assert_eq!(kind("mrn", &["Smith"]), ExactKind::Id);
        assert_eq!(kind("patient.birth_date", &[]), ExactKind::Date);
        assert_eq!(kind("last_name", &[]), ExactKind::Name);
        assert_eq!(kind("#3", &["1980-02-03", "", "2/3/1980"]), ExactKind::Date);
        assert_eq!(kind("#3", &["Smith", "O'Brien"]), ExactKind::Name);
        assert_eq!(kind("#3", &["19800203", "4471920"]), ExactKind::Id);
    }
}
