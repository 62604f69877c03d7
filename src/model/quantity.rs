//! Lengths of time and numbers of bytes, as people write them.

use serde::Deserialize;
use std::str::FromStr;
use std::time::Duration;

/// A length of time: `90s`, `30m`, `12h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Period(pub Duration);

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("cannot read the time {text:?}; write 90s, 30m, 12h or 7d");
        let unit = text.chars().last().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
        Ok(Self(Duration::from_secs(u64::from(number) * seconds)))
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// A number of bytes with an optional unit; decimal (`MB`) and binary (`MiB`) ones are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("cannot read the size `{text}`; write bytes, or a number with KB, MB, GB, KiB, MiB or GiB");
        let trimmed = text.trim();
        let digits = trimmed.len() - trimmed.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let factor = match trimmed[digits..].trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" => 1_000,
            "m" | "mb" => 1_000_000,
            "g" | "gb" => 1_000_000_000,
            "t" | "tb" => 1_000_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            "tib" => 1 << 40,
            _ => return Err(wrong()),
        };
        let number: u64 = trimmed[..digits].parse().map_err(|_| wrong())?;
        number.checked_mul(factor).map(Self).ok_or_else(wrong)
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        let read = |text: &str| text.parse::<Size>().unwrap().0;
        assert_eq!(read("512"), 512);
        assert_eq!(read("10 MB"), 10_000_000);
        assert_eq!(read("10MiB"), 10 << 20);
        assert!("ten".parse::<Size>().is_err());
        assert!("10 parsecs".parse::<Size>().is_err());
        assert!("99999999999 TB".parse::<Size>().is_err());
    }

    #[test]
    fn periods_have_one_unit() {
        assert_eq!("90m".parse::<Period>().unwrap().0, Duration::from_secs(5400));
        for wrong in ["", "m", "90", "1h30m", "-1h", "1ü"] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
    }
}
