//! What the objects of a sample say of those that were not read.
//!
//! Objects are drawn so that each stands for as many others, from groups of equal size that are alike. So the bound for
//! "none found", 1 - 0.05^(1/n), holds whatever the groups hold: n draws from unlike groups find no less than n from all.

use super::sample::{grouped, interval, said_bound, said_interval, upper_share};
use super::{Coverage, Lot, Object, ObjectResult};

/// How a source chose objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// The seed of the choice.
    pub seed: u64,
    /// Objects that could have been chosen.
    pub total: u64,
    /// Strata that they lie in.
    pub strata: u64,
}

/// Objects of a sample, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    read: u64,
    matching: u64,
}

/// The sample of the objects of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectSample {
    /// What it is a sample of, as a URI.
    pub scope: String,
    /// The seed of the choice.
    pub seed: u64,
    /// Objects of the scope.
    pub total: u64,
    /// Strata that they lie in.
    pub strata: u64,
    /// Chosen objects that were not examined completely. They count for nothing.
    pub unread: u64,
    drawn: Count,
    besides: Count,
}

impl ObjectSample {
    /// Takes in one object, if it is of the sample.
    pub fn add(&mut self, object: &Object, result: &ObjectResult) {
        let Some(lot) = object.lot else { return };
        let is_read = matches!(result.coverage, Coverage::Complete) || is_empty(&result.coverage);
        if !is_read && result.findings.is_empty() {
            self.unread += 1;
            return;
        }
        let count = match lot {
            Lot::Drawn => &mut self.drawn,
            Lot::Besides => &mut self.besides,
        };
        count.read += 1;
        count.matching += u64::from(!result.findings.is_empty());
    }

    /// The same, of a scope whose objects were chosen so.
    pub fn of(self, scope: String, sampling: Sampling) -> Self {
        let Sampling { seed, total, strata } = sampling;
        Self { scope, seed, total, strata, ..self }
    }

    /// Objects that were drawn by lot and examined.
    pub fn drawn(&self) -> u64 {
        self.drawn.read
    }

    /// Objects that were examined besides, of strata of which none was drawn.
    pub fn besides(&self) -> u64 {
        self.besides.read
    }

    /// Examined objects in which something was found.
    pub fn matching(&self) -> u64 {
        self.drawn.matching + self.besides.matching
    }

    /// Whether no object was left unread.
    pub fn is_exact(&self) -> bool {
        self.drawn.read + self.besides.read >= self.total
    }

    /// The shares of all objects between which that of the matching ones lies, with 95 % confidence; `None` where nothing
    /// follows.
    pub fn share(&self) -> Option<(f64, f64)> {
        if self.is_exact() {
            let share = self.matching() as f64 / self.total.max(1) as f64;
            return Some((share, share));
        }
        let share = match self.drawn.matching {
            0 => upper_share(self.drawn.read).map(|share| (0.0, share)),
            matching => interval((matching, matching), self.drawn.read, self.drawn.read),
        };
        // What was seen is there, whatever the lots say.
        let seen = self.matching() as f64 / self.total.max(1) as f64;
        share.map(|(low, high)| (low.max(seen), high.max(seen)))
    }

    /// What the sample says, for a person.
    pub fn statement(&self) -> String {
        let read = self.drawn.read + self.besides.read;
        let (matching, sampled, total) = (grouped(self.matching()), grouped(read), grouped(self.total));
        if self.is_exact() {
            return format!("{matching} of {total} objects hold something: every object was read");
        }
        let mut said = format!("{matching} of {sampled} sampled objects of {total}");
        match self.share() {
            None => said.push_str(": nothing follows for the other objects"),
            Some((_, high)) if self.drawn.matching == 0 && self.besides.matching == 0 => {
                said.push_str(&format!(": {}", said_bound(high, "objects")));
            }
            Some(share) => said.push_str(&said_interval(share, ("objects", self.matching()), Some(self.total))),
        }
        if self.unread > 0 {
            let were = if self.unread == 1 { "was" } else { "were" };
            said.push_str(&format!("; {} more of the sample {were} not examined completely", grouped(self.unread)));
        }
        said
    }
}

/// There was nothing to read.
fn is_empty(coverage: &Coverage) -> bool {
    coverage.reason() == Some(super::Reason::Empty) && !coverage.is_gap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(drawn: [u64; 2], besides: [u64; 2], total: u64) -> ObjectSample {
        let count = |[read, matching]: [u64; 2]| Count { read, matching };
        let sampling = Sampling { seed: 1, total, strata: 7 };
        let counted = ObjectSample { drawn: count(drawn), besides: count(besides), ..ObjectSample::default() };
        counted.of("s3://b/".to_owned(), sampling)
    }

    #[test]
    fn objects_that_were_read_speak_for_the_others() {
        assert_eq!(
            sample([3_000, 0], [12, 0], 41_200_000).statement(),
            "0 of 3,012 sampled objects of 41,200,000: with 95 % confidence fewer than 0.1 % of its objects hold what \
             these detectors can see"
        );
        let found = sample([3_000, 30], [12, 1], 1_000_000);
        let (low, high) = found.share().unwrap();
        assert!(low > 0.006 && low < 0.01 && high > 0.01 && high < 0.015, "{low} {high}");
        assert!(
            found
                .statement()
                .starts_with("31 of 3,012 sampled objects of 1,000,000 hold what was found: with 95 % confidence 0.")
        );
        let rare = sample([3_000, 0], [12, 1], 1_000_000);
        assert!(rare.statement().contains("0.0001 % to 0.1 % of all objects do, about 1 to"), "{}", rare.statement());
        assert_eq!(sample([9, 2], [0, 0], 9).statement(), "2 of 9 objects hold something: every object was read");
        assert!(sample([0, 0], [0, 0], 9).statement().ends_with("nothing follows for the other objects"));
    }

    #[test]
    fn what_was_not_examined_counts_for_nothing() {
        let unread = ObjectSample { unread: 2, ..sample([100, 0], [0, 0], 1_000) };
        assert!(unread.statement().ends_with("; 2 more of the sample were not examined completely"));
    }
}
