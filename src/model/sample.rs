//! How the rows that were read were chosen, and what may be said of those that were not.
//!
//! The bound for "none found" is exact for independent rows, 1 - 0.05^(1/n). Rows of one block may be alike, so they count
//! for less: `independent_rows` is what remains of the rows read. Where nothing is known of the rows that were not read,
//! nothing is said of them.

use super::binomial;
use serde::{Deserialize, Serialize};

/// A share is stated with this confidence.
const DOUBT: f64 = 0.05;

/// How rows were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SampleMethod {
    /// All of them.
    All,
    /// Each row by its own lot.
    Rows,
    /// Some rows of each of many blocks that were drawn by lot.
    Blocks,
    /// Keys drawn by lot, where many keys have a row.
    Keys,
    /// The rows behind keys that were drawn by lot, where keys are sparse: nothing follows for the others, because rows may
    /// crowd behind keys that were not drawn.
    KeyRanges,
    /// The first ones that came: nothing follows for the others.
    First,
}

impl SampleMethod {
    /// The word of the outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Rows => "rows",
            Self::Blocks => "blocks",
            Self::Keys => "keys",
            Self::KeyRanges => "key_ranges",
            Self::First => "first",
        }
    }
}

/// Which rows of a table were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// How they were chosen.
    pub method: SampleMethod,
    /// The seed of the choice.
    pub seed: u64,
    /// Rows chosen at random.
    pub rows: u64,
    /// Newest rows, read besides them.
    pub newest_rows: u64,
    /// Oldest rows, read besides them.
    pub oldest_rows: u64,
    /// As how many independent rows those chosen at random count.
    pub independent_rows: u64,
    /// Rows of the table.
    pub total_rows: Option<u64>,
    /// Whether that number was counted, and is no estimate.
    pub total_is_exact: bool,
}

impl Sample {
    /// Every row was read.
    pub fn all(seed: u64, rows: u64) -> Self {
        Self {
            method: SampleMethod::All,
            seed,
            rows,
            newest_rows: 0,
            oldest_rows: 0,
            independent_rows: rows,
            total_rows: Some(rows),
            total_is_exact: true,
        }
    }

    /// Newest and oldest rows, read besides those chosen at random.
    pub fn end_rows(&self) -> u64 {
        self.newest_rows + self.oldest_rows
    }

    /// The rows that were read, by how they were chosen: each stratum with its number. Those chosen by lot come first.
    pub fn strata(&self) -> [(&'static str, u64); 3] {
        let drawn = match self.method {
            SampleMethod::All => "all",
            SampleMethod::Rows | SampleMethod::Blocks | SampleMethod::Keys => "random",
            SampleMethod::KeyRanges => "runs",
            SampleMethod::First => "first",
        };
        [(drawn, self.rows), ("newest", self.newest_rows), ("oldest", self.oldest_rows)]
    }

    /// Whether nothing is left to guess.
    pub fn is_exact(&self) -> bool {
        self.method == SampleMethod::All
    }

    /// Where nothing was found: the share of rows below which the true share lies, with 95 % confidence. `None` where
    /// nothing follows from the rows that were read.
    pub fn upper_share(&self) -> Option<f64> {
        match self.method {
            SampleMethod::All => Some(0.0),
            SampleMethod::First | SampleMethod::KeyRanges => None,
            _ => upper_share(self.independent_rows),
        }
    }

    /// Where `found` of the rows read match: the interval of the share of all rows, with 95 % confidence. Which of them are
    /// newest or oldest rows, and no lots, is not known: the lower limit takes as many for such as there may be, the upper
    /// one takes none.
    pub fn share_interval(&self, found: u64) -> Option<(f64, f64)> {
        let read = self.rows + self.end_rows();
        match self.method {
            _ if read == 0 => None,
            SampleMethod::All => {
                let share = (found as f64 / read as f64).min(1.0);
                Some((share, share))
            }
            SampleMethod::First | SampleMethod::KeyRanges => None,
            _ => {
                let drawn = (found.saturating_sub(self.end_rows()), found.min(self.rows));
                let (low, high) = interval(drawn, self.rows, self.independent_rows)?;
                // What was seen is there, whatever the lots say.
                let total = self.total_rows.filter(|_| self.total_is_exact);
                let seen = total.map_or(0.0, |total| (found as f64 / total.max(1) as f64).min(1.0));
                Some((low.max(seen), high.max(seen)))
            }
        }
    }

    /// ` (3,000 at random, 50 newest, 50 oldest)`, where there are several strata.
    fn in_strata(&self) -> String {
        if self.end_rows() == 0 {
            return String::new();
        }
        let words = |(stratum, rows): (&str, u64)| match stratum {
            "random" => format!("{} at random", grouped(rows)),
            "runs" => format!("{} in runs", grouped(rows)),
            _ => format!("{} {stratum}", grouped(rows)),
        };
        let strata: Vec<String> = self.strata().into_iter().filter(|(_, rows)| *rows > 0).map(words).collect();
        format!(" ({})", strata.join(", "))
    }

    /// What the sample says, for a person: `matching` rows of those read hold something, and `anything` was found at all.
    pub fn statement(&self, matching: u64, anything: bool) -> String {
        let read = self.rows + self.end_rows();
        if self.is_exact() {
            return format!("every row was read: {}", grouped(read));
        }
        let total = match (self.total_rows, self.total_is_exact) {
            (Some(total), true) => format!(" of {}", grouped(total)),
            (Some(total), false) => format!(" of about {}", roughly(total)),
            (None, _) => " of an unknown number".to_owned(),
        };
        let total = format!("{}{total}", self.in_strata());
        let nothing_follows = match self.method {
            SampleMethod::First | SampleMethod::KeyRanges => {
                "nothing follows for the other rows, because these were not chosen at random"
            }
            _ => "nothing follows for the other rows, because too few were drawn",
        };
        if !anything {
            let bound = self.upper_share().map(|share| said_bound(share, "rows"));
            let bound = bound.unwrap_or_else(|| nothing_follows.to_owned());
            return format!("0 of {} sampled rows{total}: {bound}", grouped(read));
        }
        let mut said = format!("{} of {} sampled rows{total}", grouped(matching), grouped(read));
        match self.share_interval(matching) {
            Some(share) if matching > 0 => {
                said.push_str(&said_interval(share, ("rows", matching), self.total_rows));
            }
            Some(_) => {}
            None => said.push_str(&format!(" hold what was found: {nothing_follows}")),
        }
        said
    }
}

/// Where none of `independent` things drawn by lot matches: the share below which that of all of them lies, with 95 %
/// confidence. `None` where nothing was drawn.
pub(super) fn upper_share(independent: u64) -> Option<f64> {
    (independent > 0).then(|| 1.0 - DOUBT.powf(1.0 / independent as f64))
}

/// The interval of the share of all things, with 95 % confidence, where at least and at most so many of `drawn` ones match,
/// which count as `independent`. `None` where nothing was drawn.
pub(super) fn interval((at_least, at_most): (u64, u64), drawn: u64, independent: u64) -> Option<(f64, f64)> {
    let independent = independent.min(drawn);
    let scaled = |count: u64| u128::from(count) * u128::from(independent);
    let drawn = u128::from(drawn);
    let limits = || {
        // Parts of a match count for none at the lower end, and for a whole one at the upper.
        let (low, high) = (scaled(at_least) / drawn, scaled(at_most).div_ceil(drawn));
        binomial::limits((low as u64, high as u64), independent)
    };
    (independent > 0).then(limits)
}

/// The bound where nothing was found.
pub(super) fn said_bound(share: f64, things: &str) -> String {
    format!("with 95 % confidence fewer than {} of its {things} hold what these detectors can see", percent_up(share))
}

/// An interval, and how many things it means out of `total`, of which `seen` are known.
pub(super) fn said_interval((low, high): (f64, f64), (things, seen): (&str, u64), total: Option<u64>) -> String {
    let mut said = format!(
        " hold what was found: with 95 % confidence {} to {} of all {things} do",
        percent(low),
        percent_up(high)
    );
    if let Some(total) = total {
        let least = ((low * total as f64).floor() as u64).max(seen);
        let most = ((high * total as f64).ceil() as u64).max(seen);
        let most = if high < 1.0 { two_digits(most, u64::div_ceil) } else { two_digits(most, nearest) };
        said.push_str(&format!(
            ", about {} to {} of them",
            in_words(two_digits(least, std::ops::Div::div)),
            in_words(most)
        ));
    }
    said
}

/// `41,234`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Two significant digits: `41 million`, `4.1 million`, `120,000`.
pub(super) fn roughly(number: u64) -> String {
    in_words(two_digits(number, nearest))
}

/// A number with all but two digits rounded away, by the division that is given.
fn two_digits(number: u64, divide: fn(u64, u64) -> u64) -> u64 {
    let magnitude = 10_u64.pow(number.max(1).ilog10().saturating_sub(1));
    divide(number, magnitude).saturating_mul(magnitude)
}

fn nearest(number: u64, magnitude: u64) -> u64 {
    (number + magnitude / 2) / magnitude
}

/// A number of two significant digits.
fn in_words(rounded: u64) -> String {
    let units = [(1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million")];
    for (unit, word) in units {
        if rounded >= unit {
            let tenths = rounded / (unit / 10);
            return match tenths % 10 {
                0 => format!("{} {word}", grouped(tenths / 10)),
                _ if tenths >= 1000 => format!("{} {word}", grouped(tenths / 10)),
                rest => format!("{}.{rest} {word}", tenths / 10),
            };
        }
    }
    grouped(rounded)
}

fn percent(share: f64) -> String {
    with_digits(share * 100.0, f64::floor)
}

/// Rounded up, so that what is said stays true.
fn percent_up(share: f64) -> String {
    with_digits(share * 100.0, f64::ceil)
}

/// Two significant digits below ten.
fn with_digits(percent: f64, round: fn(f64) -> f64) -> String {
    if percent <= 0.0 {
        return "0 %".to_owned();
    }
    let decimals = (1 - percent.log10().floor() as i32).clamp(0, 6);
    let scale = 10_f64.powi(decimals);
    // A hair less than the next step is that step: floating point must not push 0.1 up to 0.11.
    let nudge = if round(0.5) > 0.5 { -1e-9 } else { 1e-9 };
    let text = format!("{:.*}", decimals as usize, round(percent * scale + nudge) / scale);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: u64, independent_rows: u64, total_rows: u64) -> Sample {
        Sample {
            method: SampleMethod::Blocks,
            seed: 1,
            rows,
            newest_rows: 0,
            oldest_rows: 0,
            independent_rows,
            total_rows: Some(total_rows),
            total_is_exact: false,
        }
    }

    #[test]
    fn nothing_found_is_said_with_its_bound() {
        assert_eq!(
            sample(3_000, 3_000, 41_200_000).statement(0, false),
            "0 of 3,000 sampled rows of about 41 million: with 95 % confidence fewer than 0.1 % of its rows hold what \
             these detectors can see"
        );
        let with_ends = Sample { newest_rows: 50, oldest_rows: 47, ..sample(3_000, 3_000, 41_200_000) };
        let said = with_ends.statement(0, false);
        let strata = "0 of 3,097 sampled rows (3,000 at random, 50 newest, 47 oldest) of about 41 million: with";
        assert!(said.starts_with(strata), "{said}");
        let first = Sample { method: SampleMethod::First, ..sample(3_000, 3_000, 9) };
        assert!(first.statement(0, false).ends_with("because these were not chosen at random"));
        assert_eq!(Sample::all(1, 4_000).statement(0, false), "every row was read: 4,000");
    }

    #[test]
    fn rows_that_may_be_alike_count_as_one() {
        let clustered = sample(3_000, 300, 1_000_000);
        assert!((clustered.upper_share().unwrap() - 0.009_936).abs() < 1e-5);
        assert!(clustered.statement(0, false).contains("fewer than 1 %"));
    }

    #[test]
    fn what_was_found_has_an_interval() {
        let (low, high) = sample(3_000, 3_000, 1_000_000).share_interval(3).unwrap();
        assert!(low > 0.000_2 && low < 0.001 && high > 0.001 && high < 0.003, "{low} {high}");
        let said = sample(3_000, 3_000, 1_000_000).statement(3, true);
        assert!(
            said.starts_with(
                "3 of 3,000 sampled rows of about 1 million hold what was found: with 95 % confidence 0.02"
            ),
            "{said}"
        );
    }

    /// Rows that were not drawn by lot say nothing of the others, whatever number stands beside them.
    #[test]
    fn rows_that_are_no_lots_have_no_bound() {
        for method in [SampleMethod::First, SampleMethod::KeyRanges] {
            let read = Sample { method, ..sample(3_000, 3_000, 1_000_000) };
            assert_eq!((read.upper_share(), read.share_interval(7)), (None, None));
            let said = read.statement(7, true);
            assert!(said.contains("about 1 million hold what was found: nothing follows for the other rows"), "{said}");
            assert!(said.ends_with("because these were not chosen at random"), "{said}");
        }
        assert!(sample(0, 0, 9).statement(0, false).ends_with("because too few were drawn"));
        assert_eq!(sample(40, 0, 9_000).share_interval(3), None);
    }

    /// Matches may all be newest rows, which are no lots.
    #[test]
    fn newest_and_oldest_rows_widen_the_interval() {
        let read = Sample { newest_rows: 60, oldest_rows: 40, total_is_exact: true, ..sample(3_000, 3_000, 50_000) };
        let (low, high) = read.share_interval(50).unwrap();
        assert_eq!(low, 0.001, "fifty rows are seen, and more may not be there");
        assert!((high - 0.021_92).abs() < 1e-4, "{high}");
        let said = read.statement(50, true);
        assert!(said.ends_with("0.1 % to 2.2 % of all rows do, about 50 to 1,100 of them"), "{said}");
        let (low, _) = read.share_interval(400).unwrap();
        assert!((low - 0.089_6).abs() < 1e-3, "three hundred at least were drawn: {low}");
    }

    #[test]
    fn numbers_read_as_people_say_them() {
        assert_eq!(roughly(41_234_567), "41 million");
        assert_eq!(roughly(4_123_456), "4.1 million");
        assert_eq!(roughly(123_456), "120,000");
        assert_eq!(roughly(7), "7");
        assert_eq!(percent_up(0.000_998), "0.1 %");
        assert_eq!(percent_up(0.001_27), "0.13 %");
        assert_eq!(percent(0.5), "50 %");
    }
}
