//! How the rows that were read were chosen, and what may be said of those that were not.
//!
//! The bound for "none found" is exact for independent rows, 1 - 0.05^(1/n). Rows of one block or of one range of keys may
//! be alike, so they count as one row: `independent_rows` is what remains of the rows read.

/// A share is stated with this confidence.
const DOUBT: f64 = 0.05;
/// Standard deviations of a two-sided interval of that confidence.
const Z: f64 = 1.959_963_985;

/// How rows were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleMethod {
    /// All of them.
    All,
    /// Each row by its own lot.
    Rows,
    /// Some rows of each of many blocks that were drawn by lot.
    Blocks,
    /// Keys drawn by lot, where almost every key has a row.
    Keys,
    /// Ranges of keys drawn by lot, where keys are sparse.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How they were chosen.
    pub method: SampleMethod,
    /// The seed of the choice.
    pub seed: u64,
    /// Rows chosen at random.
    pub rows: u64,
    /// Newest and oldest rows, read besides them.
    pub end_rows: u64,
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
            end_rows: 0,
            independent_rows: rows,
            total_rows: Some(rows),
            total_is_exact: true,
        }
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
            SampleMethod::First => None,
            _ => upper_share(self.independent_rows),
        }
    }

    /// Where `found` of the rows read match: the interval of the share of all rows, with 95 % confidence (Wilson's).
    pub fn share_interval(&self, found: u64) -> Option<(f64, f64)> {
        let read = (self.rows + self.end_rows) as f64;
        if read == 0.0 {
            return None;
        }
        let share = (found as f64 / read).min(1.0);
        match self.method {
            SampleMethod::All => Some((share, share)),
            SampleMethod::First => None,
            _ => interval(share, self.independent_rows),
        }
    }

    /// What the sample says, for a person: `matching` rows of those read hold something, and `anything` was found at all.
    pub fn statement(&self, matching: u64, anything: bool) -> String {
        let read = self.rows + self.end_rows;
        if self.is_exact() {
            return format!("every row was read: {}", grouped(read));
        }
        let total = match (self.total_rows, self.total_is_exact) {
            (Some(total), true) => format!(" of {}", grouped(total)),
            (Some(total), false) => format!(" of about {}", roughly(total)),
            (None, _) => " of an unknown number".to_owned(),
        };
        if !anything {
            let bound = match self.upper_share() {
                Some(share) => said_bound(share, "rows"),
                None => "nothing follows for the other rows, because these were not chosen at random".to_owned(),
            };
            return format!("0 of {} sampled rows{total}: {bound}", grouped(read));
        }
        let mut said = format!("{} of {} sampled rows{total}", grouped(matching), grouped(read));
        if let (Some((low, high)), true) = (self.share_interval(matching), matching > 0) {
            said.push_str(&said_interval((low, high), "rows", self.total_rows));
        }
        said
    }
}

/// Where none of `independent` things drawn by lot matches: the share below which that of all of them lies, with 95 %
/// confidence. `None` where nothing was drawn.
pub(super) fn upper_share(independent: u64) -> Option<f64> {
    (independent > 0).then(|| 1.0 - DOUBT.powf(1.0 / independent as f64))
}

/// The interval of the share of all things, with 95 % confidence (Wilson's), where `share` of `independent` ones match.
/// `None` where nothing was drawn.
pub(super) fn interval(share: f64, independent: u64) -> Option<(f64, f64)> {
    let n = independent as f64;
    let scale = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / scale;
    let reach = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    (independent > 0).then(|| ((middle - reach).max(0.0), (middle + reach).min(1.0)))
}

/// The bound where nothing was found.
pub(super) fn said_bound(share: f64, things: &str) -> String {
    format!("with 95 % confidence fewer than {} of its {things} hold what these detectors can see", percent_up(share))
}

/// An interval, and how many things it means out of `total`.
pub(super) fn said_interval((low, high): (f64, f64), things: &str, total: Option<u64>) -> String {
    let mut said = format!(
        " hold what was found: with 95 % confidence {} to {} of all {things} do",
        percent(low),
        percent_up(high)
    );
    if let Some(total) = total {
        let count = |share: f64| roughly((share * total as f64).round() as u64);
        said.push_str(&format!(", about {} to {} of them", count(low), count(high)));
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
    let units = [(1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million")];
    let magnitude = 10_u64.pow(number.max(1).ilog10().saturating_sub(1));
    let rounded = (number + magnitude / 2) / magnitude * magnitude;
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
            end_rows: 0,
            independent_rows,
            total_rows: Some(total_rows),
            total_is_exact: false,
        }
    }

    /// A generator whose numbers are the same everywhere.
    struct Dice(u64);

    impl Dice {
        fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    #[test]
    fn nothing_found_is_said_with_its_bound() {
        assert_eq!(
            sample(3_000, 3_000, 41_200_000).statement(0, false),
            "0 of 3,000 sampled rows of about 41 million: with 95 % confidence fewer than 0.1 % of its rows hold what \
             these detectors can see"
        );
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
        assert!(low > 0.000_3 && low < 0.001 && high > 0.001 && high < 0.003_1, "{low} {high}");
        let said = sample(3_000, 3_000, 1_000_000).statement(3, true);
        assert!(
            said.starts_with(
                "3 of 3,000 sampled rows of about 1 million hold what was found: with 95 % confidence 0.03"
            ),
            "{said}"
        );
    }

    /// Tables with a known share of matching rows, spread or packed into whole blocks, are sampled as the sources do it:
    /// blocks by lot, then each row of them by lot. Where nothing is found, the stated bound must hold: it may lie below
    /// the true share in at most one run of twenty.
    #[test]
    fn the_bound_holds_in_95_of_100_runs() {
        const RUNS: u32 = 2_000;
        const BLOCKS: u32 = 4_000;
        const ROWS_PER_BLOCK: u32 = 25;
        for (name, is_packed) in [("spread", false), ("packed", true)] {
            for share in [0.001, 0.003, 0.01, 0.03] {
                let matching_blocks = (f64::from(BLOCKS) * share) as u32;
                let mut broken = 0;
                for run in 0..RUNS {
                    let mut dice = Dice(u64::from(run) * 7_919 + 1);
                    let (mut rows, mut places, mut found) = (0_u64, 0_u64, 0_u64);
                    for block in 0..BLOCKS {
                        if dice.unit() >= 0.12 {
                            continue;
                        }
                        let mut read_here = 0;
                        for _ in 0..ROWS_PER_BLOCK {
                            let is_read = dice.unit() < 1.0 / f64::from(ROWS_PER_BLOCK);
                            let matches = if is_packed { block < matching_blocks } else { dice.unit() < share };
                            read_here += u64::from(is_read);
                            found += u64::from(is_read && matches);
                        }
                        rows += read_here;
                        places += u64::from(read_here > 0);
                    }
                    let stated = sample(rows, places, u64::from(BLOCKS * ROWS_PER_BLOCK));
                    broken += u32::from(found == 0 && stated.upper_share().unwrap() < share);
                }
                assert!(broken * 20 <= RUNS, "{name} {share}: {broken} of {RUNS} bounds did not hold");
            }
        }
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
