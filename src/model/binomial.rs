//! Exact limits of a share, from how many of the things drawn by lot match.

/// Doubt on each side of an interval of 95 % confidence.
const DOUBT_OF_A_SIDE: f64 = 0.025;

/// The limits of Clopper and Pearson, which hold in 95 of 100 cases at least, however rare what is looked for is: the lower
/// one where `at_least` of `drawn` match, the upper one where `at_most` do.
pub(super) fn limits((at_least, at_most): (u64, u64), drawn: u64) -> (f64, f64) {
    let n = drawn as f64;
    // The chance of `count` matches or more grows with the share.
    let chance = |count: u64, share: f64| beta_share(count as f64, n - count as f64 + 1.0, share);
    let low = match at_least.min(drawn) {
        0 => 0.0,
        count => share_where(|share| chance(count, share) < DOUBT_OF_A_SIDE),
    };
    let high = match at_most {
        count if count >= drawn => 1.0,
        count => share_where(|share| chance(count + 1, share) < 1.0 - DOUBT_OF_A_SIDE),
    };
    (low, high)
}

/// The share at which something that holds of the smaller ones ceases to.
fn share_where(holds: impl Fn(f64) -> bool) -> f64 {
    const STEPS: u32 = 60;
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = (low + high) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The regularised incomplete beta function.
fn beta_share(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges quickly on this side of the middle.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const MOST_TERMS: u32 = 100_000;
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for term in 1..MOST_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / kept(1.0 + even * d);
        c = kept(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / kept(1.0 + odd * d);
        c = kept(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-12 {
            break;
        }
    }
    value
}

/// The logarithm of the gamma function of numbers from 1 on: Stirling's series, of numbers that are large enough for it.
fn ln_gamma(x: f64) -> f64 {
    const LARGE: f64 = 10.0;
    let (mut x, mut below) = (x, 0.0);
    while x < LARGE {
        below += x.ln();
        x += 1.0;
    }
    let square = x * x;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - below
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where one half lies between 0 and all of them the limits are known in closed form; the others are of tables.
    #[test]
    fn limits_are_those_of_the_tables() {
        let near = |(low, high): (f64, f64), (least, most): (f64, f64)| {
            assert!((low - least).abs() < 1e-5 && (high - most).abs() < 1e-5, "{low} {high}");
        };
        near(limits((0, 0), 10), (0.0, 1.0 - 0.025_f64.powf(0.1)));
        near(limits((10, 10), 10), (0.025_f64.powf(0.1), 1.0));
        near(limits((1, 1), 10), (0.002_529, 0.445_016));
        near(limits((5, 5), 10), (0.187_086, 0.812_914));
        near(limits((3, 3), 3_000), (0.000_206, 0.002_920));
        near(limits((30, 30), 3_000), (0.006_756, 0.014_246));
    }

    /// The binomial chances, added up one by one, are as far from the limits as they should be.
    #[test]
    fn limits_leave_the_doubt_they_say() {
        for (count, drawn) in [(1_u64, 40_u64), (7, 200), (150, 200), (90, 1_000), (400, 1_000)] {
            let (low, high) = limits((count, count), drawn);
            let up_to = |last: u64, share: f64| {
                let mut chance = (drawn as f64 * (1.0 - share).ln()).exp();
                let mut sum = chance;
                for k in 1..=last {
                    chance *= (drawn - k + 1) as f64 / k as f64 * share / (1.0 - share);
                    sum += chance;
                }
                sum
            };
            assert!((1.0 - up_to(count - 1, low) - 0.025).abs() < 1e-6, "{count} of {drawn}: {low}");
            assert!((up_to(count, high) - 0.025).abs() < 1e-6, "{count} of {drawn}: {high}");
        }
    }
}
