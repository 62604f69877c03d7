//! What the catalogue says of tables, asked of those that are read next, several at once.
//!
//! A server takes longer to prepare such a question than to answer it, and it answers for many tables as for one. What it said
//! is used soon or not at all, and only few answers are kept, however many tables there are.

use crate::model::ReadError;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Tables that are asked about at once, at most.
const MOST_AT_ONCE: usize = 64;
/// How long an answer is used. What changes within that time shows when rows are asked for, as it does within a moment.
const LASTING: Duration = Duration::from_secs(2);

/// A table of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TableName {
    pub(super) database: String,
    /// Empty where databases have no schemas.
    pub(super) schema: String,
    pub(super) name: String,
}

/// What is known of a table, or why it cannot be read.
pub(super) type Answer<T> = Result<T, ReadError>;

/// Tables in the order in which they are read, and what is known of the next ones.
pub(super) struct Catalogue<T> {
    upcoming: VecDeque<TableName>,
    answers: HashMap<TableName, Answer<T>>,
    asked: Option<Instant>,
    at_once: usize,
    /// Tables that are asked about one by one, because all of them together could not be.
    alone: usize,
}

impl<T> Default for Catalogue<T> {
    fn default() -> Self {
        Self { upcoming: VecDeque::new(), answers: HashMap::new(), asked: None, at_once: 1, alone: 0 }
    }
}

impl<T> Catalogue<T> {
    /// Tables that were listed and are read in this order, or left out.
    pub(super) fn expect(&mut self, tables: impl Iterator<Item = TableName>) {
        self.upcoming.extend(tables);
    }

    /// What is known of the table that is read now. The ones before it are read no more.
    pub(super) fn take(&mut self, table: &TableName) -> Option<Answer<T>> {
        if let Some(place) = self.upcoming.iter().position(|upcoming| upcoming == table) {
            self.upcoming.drain(..=place);
        }
        let answer = self.answers.remove(table);
        answer.filter(|_| self.asked.is_some_and(|asked| asked.elapsed() < LASTING))
    }

    /// This table and those of its database that are read next: twice as many as the last time where all that was said was used,
    /// else as many as were used; and never more than one of a server that looks through all tables to answer for some.
    pub(super) fn next(&mut self, table: &TableName, answers_for_many: bool) -> Vec<TableName> {
        let unused = self.answers.len();
        self.answers.clear();
        self.at_once = match (answers_for_many, self.alone) {
            (true, 0) if unused == 0 => (2 * self.at_once).min(MOST_AT_ONCE),
            (true, 0) => self.at_once.saturating_sub(unused).max(1),
            _ => 1,
        };
        self.alone = self.alone.saturating_sub(1);
        let others = self.upcoming.iter().take_while(|other| other.database == table.database);
        std::iter::once(table).chain(others).take(self.at_once).cloned().collect()
    }

    /// The table alone, where all of these could not be asked about: one of them may be locked, and the others need not wait.
    pub(super) fn alone(&mut self, mut asked: Vec<TableName>) -> Vec<TableName> {
        self.alone = asked.len() - 1;
        asked.truncate(1);
        asked
    }

    /// Keeps what was said of the others, and gives what was said of the first.
    pub(super) fn keep(&mut self, asked: Vec<TableName>, answers: Vec<Answer<T>>) -> Option<Answer<T>> {
        self.asked = Some(Instant::now());
        let mut answers = asked.into_iter().zip(answers);
        let first = answers.next();
        self.answers = answers.collect();
        first.map(|(_, answer)| answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(number: usize) -> TableName {
        let database = if number < 150 { "one" } else { "two" };
        TableName { database: database.into(), schema: "public".into(), name: format!("t{number}") }
    }

    fn catalogue() -> Catalogue<usize> {
        let mut catalogue = Catalogue::default();
        catalogue.expect((0..200).map(table));
        catalogue
    }

    /// Reads a table, and says about how many was asked for it.
    fn read(catalogue: &mut Catalogue<usize>, number: usize) -> usize {
        if let Some(answer) = catalogue.take(&table(number)) {
            assert_eq!(answer.unwrap(), number);
            return 0;
        }
        let asked = catalogue.next(&table(number), true);
        let count = asked.len();
        let answers = asked.iter().map(|table| Ok(table.name[1..].parse().unwrap())).collect();
        assert_eq!(catalogue.keep(asked, answers).unwrap().unwrap(), number);
        count
    }

    #[test]
    fn many_are_asked_about_where_all_of_them_are_read() {
        let mut catalogue = catalogue();
        let asked: Vec<usize> =
            (0..200).map(|number| read(&mut catalogue, number)).filter(|asked| *asked > 0).collect();
        assert_eq!(asked, [2, 4, 8, 16, 32, 64, 24, 50], "each database for itself");
    }

    #[test]
    fn few_are_asked_about_where_few_of_them_are_read() {
        let mut catalogue = catalogue();
        let asked: Vec<usize> = (0..200).step_by(20).map(|number| read(&mut catalogue, number)).collect();
        assert!(asked.iter().all(|asked| *asked <= 2), "{asked:?}");
    }

    #[test]
    fn where_many_cannot_be_asked_about_each_is_asked_about_alone() {
        let mut catalogue = catalogue();
        assert_eq!([read(&mut catalogue, 0), read(&mut catalogue, 1)], [2, 0]);
        let asked = catalogue.next(&table(2), true);
        assert_eq!(asked.len(), 4);
        let alone = catalogue.alone(asked);
        assert_eq!(alone, [table(2)]);
        catalogue.keep(alone, vec![Ok(2)]);
        let asked: Vec<usize> = (3..9).map(|number| read(&mut catalogue, number)).collect();
        assert_eq!(asked, [1, 1, 1, 2, 0, 4], "the others of them, too");
    }

    #[test]
    fn what_was_said_long_ago_is_asked_again() {
        let mut catalogue = catalogue();
        assert_eq!(read(&mut catalogue, 0), 2);
        catalogue.asked = Instant::now().checked_sub(LASTING);
        assert_eq!(read(&mut catalogue, 1), 4);
    }
}
