//! The life of a finding: its states, and what a scan or a person does to them. Pure.

/// Where a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Seen by one scan.
    New,
    /// Seen again.
    Open,
    /// Was there when a scan was taken as the baseline, and is no worse since.
    Baseline,
    /// A complete scan does not find it any more, or a person says that it is dealt with.
    Resolved,
    /// Seen after it was resolved.
    Reopened,
    /// A person says that it is none, or to be left alone, perhaps until a day.
    Suppressed,
    /// A person accepts the risk, perhaps until a day.
    Accepted,
}

impl State {
    /// Every state.
    pub const ALL: &'static [Self] =
        &[Self::New, Self::Open, Self::Baseline, Self::Resolved, Self::Reopened, Self::Suppressed, Self::Accepted];

    /// The word that the ledger and its outputs use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Baseline => "baseline",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Suppressed => "suppressed",
            Self::Accepted => "accepted",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == word)
    }

    /// Whether it waits for somebody.
    pub fn is_active(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Reopened)
    }

    /// What becomes of it when a later scan sees it again. A decision stands until its day has passed.
    pub(super) fn seen_again(self, is_expired: bool) -> Self {
        match self {
            Self::Resolved => Self::Reopened,
            Self::Baseline => self,
            Self::Suppressed | Self::Accepted if !is_expired => self,
            _ => Self::Open,
        }
    }

    /// What becomes of it when it is proved to be gone. A decision stands, for the day it comes back.
    pub(super) fn gone(self) -> Self {
        if self.is_active() || self == Self::Baseline { Self::Resolved } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_stand_until_their_day() {
        assert_eq!(State::New.seen_again(false), State::Open);
        assert_eq!(State::Resolved.seen_again(false), State::Reopened);
        assert_eq!(State::Reopened.seen_again(false), State::Open);
        assert_eq!(State::Suppressed.seen_again(false), State::Suppressed);
        assert_eq!(State::Accepted.seen_again(true), State::Open);
        assert_eq!(State::Accepted.gone(), State::Accepted);
        assert_eq!(State::Reopened.gone(), State::Resolved);
        assert_eq!((State::Baseline.seen_again(false), State::Baseline.gone()), (State::Baseline, State::Resolved));
        assert!(!State::Baseline.is_active());
        for state in State::ALL {
            assert_eq!(State::from_word(state.as_str()), Some(*state));
        }
    }
}
