//! Counts of right and wrong finds, and what follows from them: precision, recall and F1 with 95% intervals.
//!
//! Pure arithmetic; knows nothing of texts or tables.

use crate::model::Confidence;
use serde::Serialize;

/// What was right, wrong and missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Labelled and found.
    #[serde(rename = "tp")]
    pub right: u64,
    /// Found and not labelled.
    #[serde(rename = "fp")]
    pub wrong: u64,
    /// Labelled and not found.
    #[serde(rename = "fn")]
    pub missed: u64,
}

/// The counts at each level: what is found counts at a level when it is at least that sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Levels {
    /// Everything found.
    pub low: Counts,
    /// Found with medium or high confidence.
    pub medium: Counts,
    /// Found with high confidence.
    pub high: Counts,
}

/// All levels, ascending.
pub const LEVELS: [Confidence; 3] = [Confidence::Low, Confidence::Medium, Confidence::High];

impl Levels {
    /// The counts at a level.
    pub fn at(&self, level: Confidence) -> &Counts {
        match level {
            Confidence::Low => &self.low,
            Confidence::Medium => &self.medium,
            Confidence::High => &self.high,
        }
    }

    /// The counts at a level, to add to.
    pub fn at_mut(&mut self, level: Confidence) -> &mut Counts {
        match level {
            Confidence::Low => &mut self.low,
            Confidence::Medium => &mut self.medium,
            Confidence::High => &mut self.high,
        }
    }

    /// Adds the counts of another detector.
    pub fn add(&mut self, other: &Self) {
        for level in LEVELS {
            let (sum, more) = (self.at_mut(level), other.at(level));
            sum.right += more.right;
            sum.wrong += more.wrong;
            sum.missed += more.missed;
        }
    }
}

/// A share with its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// The share that was measured.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Counts {
    /// Share of the finds that are right; `None` without finds.
    pub fn precision(&self) -> Option<Measure> {
        wilson(self.right, self.right + self.wrong)
    }

    /// Share of the labels that were found; `None` without labels.
    pub fn recall(&self) -> Option<Measure> {
        wilson(self.right, self.right + self.missed)
    }

    /// Harmonic mean of precision and recall; `None` without finds and labels. With J = tp / (tp + fp + fn), which is a
    /// share of independent outcomes, F1 = 2J / (1 + J) grows with J: the interval is Wilson's of J, carried over.
    pub fn f1(&self) -> Option<Measure> {
        let share = wilson(self.right, self.right + self.wrong + self.missed)?;
        let carried = |share: f64| 2.0 * share / (1.0 + share);
        Some(Measure { value: carried(share.value), low: carried(share.low), high: carried(share.high) })
    }
}

/// Wilson's score interval at 95% (E. B. Wilson 1927).
fn wilson(part: u64, whole: u64) -> Option<Measure> {
    const Z: f64 = 1.959_963_984_540_054;
    if whole == 0 {
        return None;
    }
    let (count, value) = (whole as f64, part as f64 / whole as f64);
    let spread = Z * Z / count;
    let centre = value + spread / 2.0;
    let width = Z * (value * (1.0 - value) / count + spread / (4.0 * count)).sqrt();
    let end = |numerator: f64| (numerator / (1.0 + spread)).clamp(0.0, 1.0);
    // Rounding must not move an end past what was measured.
    Some(Measure { value, low: end(centre - width).min(value), high: end(centre + width).max(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(measured: f64, expected: f64) -> bool {
        (measured - expected).abs() < 0.0005
    }

    #[test]
    fn wilson_gives_the_published_intervals() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (part, whole, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let interval = wilson(part, whole).unwrap();
            assert!(near(interval.low, low) && near(interval.high, high), "{part}/{whole}: {interval:?}");
        }
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(7, 7).unwrap().high, 1.0);
    }

    #[test]
    fn f1_is_the_harmonic_mean_and_lies_in_its_interval() {
        let counts = Counts { right: 8, wrong: 2, missed: 4 };
        let (precision, recall, f1) = (counts.precision().unwrap(), counts.recall().unwrap(), counts.f1().unwrap());
        assert!(near(f1.value, 2.0 * precision.value * recall.value / (precision.value + recall.value)));
        assert!(f1.low < f1.value && f1.value < f1.high);
        assert_eq!(Counts::default().f1(), None);
        assert_eq!(Counts { wrong: 3, ..Counts::default() }.f1().unwrap().value, 0.0);
    }
}
