//! The findings of a report, and what is told of the worst of them in detail.

use crate::ledger::{Change, FindingRow, State};
use crate::model::{EvidenceFlags, Individuals, Severity};
use std::collections::HashMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Findings of which more is told than a line: objects, people, what spoke for them, their history.
pub(super) const MAX_DETAILS: usize = 10_000;
/// Objects and fields that are listed of one finding, the worst ones.
const MAX_OBJECTS: usize = 3;
/// Changes that are listed of one finding, the last ones.
const MAX_CHANGES: usize = 20;

/// One finding.
pub(super) struct Told {
    /// As the ledger has it, with names that are withheld where they name somebody.
    pub(super) row: FindingRow,
    /// What one owner answers for.
    pub(super) group: String,
}

impl Told {
    pub(super) fn is_active(&self) -> bool {
        State::from_word(&self.row.state).is_some_and(State::is_active)
    }

    pub(super) fn is_phi(&self) -> bool {
        self.row.class.as_deref() == Some("phi")
    }

    pub(super) fn records(&self) -> u64 {
        u64::try_from(self.row.records).unwrap_or_default()
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        (0..=4).filter_map(Severity::from_number).find(|severity| severity.as_str() == self.row.severity)
    }

    /// When it was first observed, seconds since 1970.
    pub(super) fn first(&self) -> i64 {
        seconds(&self.row.first_observed_at)
    }
}

/// Seconds since 1970 of a moment as the ledger writes it.
pub(super) fn seconds(moment: &str) -> i64 {
    OffsetDateTime::parse(moment, &Rfc3339).map_or(0, OffsetDateTime::unix_timestamp)
}

/// An object and field that holds a finding.
pub(super) struct Held {
    pub(super) rank: (i64, u64),
    pub(super) severity: &'static str,
    pub(super) location: String,
    pub(super) field: String,
    pub(super) coverage: String,
}

/// One change of a finding.
pub(super) struct Changed {
    /// Seconds since 1970.
    pub(super) at: i64,
    pub(super) from: Option<State>,
    pub(super) to: State,
    pub(super) who: Option<String>,
    pub(super) why: Option<String>,
}

/// What is told of a finding besides its line.
#[derive(Default)]
pub(super) struct Detail {
    /// The people of the PHI records of its objects.
    pub(super) people: Option<Individuals>,
    pub(super) evidence: EvidenceFlags,
    /// The worst first.
    pub(super) objects: Vec<Held>,
    pub(super) history: Vec<Changed>,
}

impl Detail {
    /// Keeps an object, if it is one of the worst.
    pub(super) fn keep(
        &mut self,
        ((number, severity), records): ((i64, &'static str), u64),
        location: &str,
        field: &str,
        coverage: &str,
    ) {
        let rank = (number, records);
        let at = self.objects.partition_point(|held| held.rank >= rank);
        if at < MAX_OBJECTS {
            let (location, field, coverage) = (location.to_owned(), field.to_owned(), coverage.to_owned());
            self.objects.insert(at, Held { rank, severity, location, field, coverage });
            self.objects.truncate(MAX_OBJECTS);
        }
    }

    pub(super) fn remember(&mut self, change: &Change<'_>) {
        if self.history.len() == MAX_CHANGES {
            // The first one says since when.
            self.history.remove(1);
        }
        self.history.push(Changed {
            at: change.at.div_euclid(1000),
            from: change.from,
            to: change.to,
            who: change.who.map(str::to_owned),
            why: change.why.map(str::to_owned),
        });
    }
}

/// All findings of a report: those that wait for somebody first, of them the worst.
#[derive(Default)]
pub(super) struct Findings {
    all: Vec<Told>,
    details: Vec<Detail>,
    by_row: HashMap<i64, usize>,
}

impl Findings {
    pub(super) fn push(&mut self, id: i64, row: FindingRow, group: String) {
        self.by_row.insert(id, self.all.len());
        self.all.push(Told { row, group });
        if self.details.len() < MAX_DETAILS {
            self.details.push(Detail::default());
        }
    }

    pub(super) fn all(&self) -> &[Told] {
        &self.all
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn active(&self) -> impl Iterator<Item = &Told> {
        self.all.iter().take_while(|told| told.is_active())
    }

    /// The place of the finding of a row.
    pub(super) fn place_of(&self, row: i64) -> Option<usize> {
        self.by_row.get(&row).copied()
    }

    pub(super) fn detail(&mut self, place: usize) -> Option<&mut Detail> {
        self.details.get_mut(place)
    }

    pub(super) fn details(&self) -> &[Detail] {
        &self.details
    }
}
