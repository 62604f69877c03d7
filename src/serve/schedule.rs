//! When a job is due: a cron expression in a time zone, a delay that spreads workers, and the hours in which it may run.
//!
//! In the hour that daylight saving skips, a job of a fixed time runs right after the gap; in the hour that it repeats, once.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Points in time that come again.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
    jitter: Duration,
}

impl Schedule {
    /// `cron` has five fields (minute, hour, day, month, weekday) or is a word such as `@daily`; `zone` is a name of the
    /// IANA database.
    pub fn new(cron: &str, zone: Option<&str>, jitter: Duration) -> Result<Self, String> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let parsed = parser.parse(cron).map_err(|error| {
            format!("cannot read the schedule {cron:?}: {error}; write minute hour day month weekday, such as \"30 1 * * *\"")
        })?;
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|error| {
                format!("cannot use the time zone {name:?}: {error}; write one such as Europe/Berlin")
            })?,
        };
        let schedule = Self { cron: parsed, zone, jitter };
        match schedule.next_after(Timestamp::now()) {
            Some(_) => Ok(schedule),
            None => Err(format!("the schedule {cron:?} is never due")),
        }
    }

    /// The time zone that days and hours are counted in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The first point after `moment`, without the delay.
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let next = self.cron.find_next_occurrence(&moment.to_zoned(self.zone.clone()), false).ok()?;
        Some(next.timestamp())
    }

    /// The delay of one point: the same for the same seed and name, spread evenly over the jitter.
    pub fn delay(&self, seed: &str, name: &str, point: Timestamp) -> SignedDuration {
        let seconds = self.jitter.as_secs();
        if seconds == 0 {
            return SignedDuration::ZERO;
        }
        let digest = Sha256::digest(format!("{seed} {name} {}", point.as_second()));
        let number = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        SignedDuration::from_secs(i64::try_from(number % seconds).unwrap_or_default())
    }
}

/// The hours of each day in which a job may run: `22:00-06:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    opens: Time,
    closes: Time,
}

impl Window {
    /// From its text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("cannot read the window {text:?}; write two times such as 22:00-06:00");
        let time = |text: &str| Time::strptime("%H:%M", text.trim()).map_err(|_| wrong());
        let (opens, closes) = text.split_once('-').ok_or_else(wrong)?;
        let window = Self { opens: time(opens)?, closes: time(closes)? };
        if window.opens == window.closes { Err(wrong()) } else { Ok(window) }
    }

    /// The first moment at or after `moment` in which the window is open.
    pub fn open_at(&self, moment: Timestamp, zone: &TimeZone) -> Timestamp {
        let now = moment.to_zoned(zone.clone()).time();
        let is_open = match self.opens < self.closes {
            true => self.opens <= now && now < self.closes,
            false => self.opens <= now || now < self.closes,
        };
        if is_open { moment } else { next(self.opens, moment, zone) }
    }

    /// When the window that is open at `moment` closes.
    pub fn closes_after(&self, moment: Timestamp, zone: &TimeZone) -> Timestamp {
        next(self.closes, moment, zone)
    }
}

/// The first moment after `moment` at which clocks show `time`; where they skip it, the moment after the gap.
fn next(time: Time, moment: Timestamp, zone: &TimeZone) -> Timestamp {
    let today = moment.to_zoned(zone.clone()).date();
    let on = |days: i64| {
        let date = today.checked_add(days.days()).unwrap_or(today);
        zone.to_ambiguous_zoned(date.to_datetime(time)).compatible().map(|zoned| zoned.timestamp())
    };
    (0..3).filter_map(|days| on(days).ok()).find(|found| *found > moment).unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(cron: &str, zone: &str) -> Schedule {
        Schedule::new(cron, Some(zone), Duration::ZERO).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn points(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
        let mut moment = at(from);
        let mut found = Vec::new();
        for _ in 0..count {
            moment = schedule.next_after(moment).unwrap();
            found.push(moment.to_string());
        }
        found
    }

    #[test]
    fn a_time_of_the_hour_that_is_skipped_runs_after_it() {
        // On 8 March 2026 clocks in New York go from 02:00 to 03:00 at 07:00 UTC.
        let nightly = schedule("30 2 * * *", "America/New_York");
        let expected = ["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"];
        assert_eq!(points(&nightly, "2026-03-07T00:00:00Z", 3), expected);
    }

    #[test]
    fn a_time_of_the_hour_that_is_repeated_runs_once() {
        // On 1 November 2026 clocks in New York go from 02:00 to 01:00 at 06:00 UTC.
        let nightly = schedule("30 1 * * *", "America/New_York");
        let expected = ["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"];
        assert_eq!(points(&nightly, "2026-10-31T00:00:00Z", 3), expected);
    }

    #[test]
    fn a_job_of_every_hour_runs_every_hour_whatever_clocks_do() {
        let hourly = schedule("0 * * * *", "Europe/Berlin");
        for from in ["2026-03-28T22:00:00Z", "2026-10-24T22:00:00Z"] {
            let mut moment = at(from);
            for _ in 0..8 {
                let next = hourly.next_after(moment).unwrap();
                assert_eq!(next.duration_since(moment), SignedDuration::from_hours(1), "after {moment}");
                moment = next;
            }
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for wrong in ["", "* * * *", "61 * * * *", "0 0 30 2 *", "0 0 1 * * *", "nightly"] {
            assert!(Schedule::new(wrong, None, Duration::ZERO).is_err(), "{wrong}");
        }
        assert!(Schedule::new("@daily", Some("Mars/Olympus"), Duration::ZERO).is_err());
        assert!(Schedule::new("@daily", None, Duration::ZERO).is_ok());
    }

    #[test]
    fn the_delay_depends_on_seed_name_and_point_alone() {
        let jitter = Duration::from_secs(600);
        let schedule = Schedule::new("@daily", None, jitter).unwrap();
        let delays: Vec<_> = (0..200)
            .map(|seed| schedule.delay(&seed.to_string(), "nightly", at("2026-11-01T00:00:00Z")).as_secs())
            .collect();
        assert!(delays.iter().all(|delay| (0..600).contains(delay)));
        let mean = delays.iter().sum::<i64>() / 200;
        assert!((240..360).contains(&mean), "spread evenly: {mean}");
        assert_eq!(schedule.delay("7", "nightly", at("2026-11-01T00:00:00Z")).as_secs(), delays[7]);
    }

    #[test]
    fn a_window_may_lie_over_midnight() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let night = Window::parse("22:00-06:00").unwrap();
        let open_at = |text| night.open_at(at(text), &zone).to_string();
        assert_eq!(open_at("2026-11-10T04:00:00Z"), "2026-11-10T04:00:00Z", "23:00 there");
        assert_eq!(open_at("2026-11-10T10:59:00Z"), "2026-11-10T10:59:00Z", "05:59 there");
        assert_eq!(open_at("2026-11-10T11:00:00Z"), "2026-11-11T03:00:00Z", "06:00 there");
        assert_eq!(night.closes_after(at("2026-11-10T04:00:00Z"), &zone).to_string(), "2026-11-10T11:00:00Z");
        // 02:30 does not exist on 8 March.
        let early = Window::parse("02:30-05:00").unwrap();
        assert_eq!(early.open_at(at("2026-03-08T06:00:00Z"), &zone).to_string(), "2026-03-08T07:30:00Z");
        for wrong in ["22:00", "22:00-22:00", "25:00-06:00", "late-early"] {
            assert!(Window::parse(wrong).is_err(), "{wrong}");
        }
    }
}
