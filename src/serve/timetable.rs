//! Which job is due, as a function of the jobs, of what came of them before, and of the time. No clock, no process, no file.

use super::spec::JobSpec;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How the last run of a job ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It runs, or the server died while it ran.
    Running,
    /// The scan went through.
    Complete,
    /// Its budget was used up or its window closed; the next run goes on.
    Paused,
    /// The server was stopped while it ran; it goes on as soon as there is a server.
    Stopped,
    /// The scan could not be made or completed.
    Failed,
}

impl Outcome {
    /// All that a run can end with.
    pub const ENDS: [Self; 4] = [Self::Complete, Self::Paused, Self::Stopped, Self::Failed];

    /// Its word in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// What is remembered of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Everything that was due until then has been run, or was found to be for nothing.
    pub handled: Timestamp,
    /// The last run, if there was one.
    pub outcome: Option<Outcome>,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// When a run last went through.
    pub completed: Option<Timestamp>,
}

impl Past {
    /// A job that is new: nothing was due before.
    pub fn known_since(now: Timestamp) -> Self {
        Self { handled: now, outcome: None, began: None, ended: None, completed: None }
    }

    fn is_unfinished(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Running | Outcome::Stopped))
    }
}

struct Entry {
    job: Arc<JobSpec>,
    is_running: bool,
    due: Option<Timestamp>,
}

/// The jobs and what is known of them. A job is in no two runs at once; what became due while it ran is not run later, and of
/// what became due while there was no server, one run is made.
pub struct Timetable {
    seed: String,
    entries: BTreeMap<String, Entry>,
    past: BTreeMap<String, Past>,
}

impl Timetable {
    /// With what was remembered of earlier starts.
    pub fn new(seed: String, jobs: &[Arc<JobSpec>], past: BTreeMap<String, Past>, now: Timestamp) -> Self {
        let mut timetable = Self { seed, entries: BTreeMap::new(), past };
        timetable.replace(jobs, now);
        timetable
    }

    /// Takes other jobs in. Those that run go on as they were begun; what is remembered of a name is kept.
    pub fn replace(&mut self, jobs: &[Arc<JobSpec>], now: Timestamp) {
        let before = std::mem::take(&mut self.entries);
        for job in jobs {
            let past = *self.past.entry(job.name.clone()).or_insert_with(|| Past::known_since(now));
            let is_running = before.get(&job.name).is_some_and(|entry| entry.is_running);
            let entry = Entry { job: job.clone(), is_running, due: due(&self.seed, job, &past, now) };
            self.entries.insert(job.name.clone(), entry);
        }
        // A job that is gone from the configuration is known until its run ends, so that it is not begun a second time.
        let gone = before.into_iter().filter(|(name, entry)| entry.is_running && !self.entries.contains_key(name));
        let gone: Vec<_> = gone.collect();
        self.entries.extend(gone.into_iter().map(|(name, entry)| (name, Entry { due: None, ..entry })));
        self.past.retain(|name, _| self.entries.contains_key(name));
    }

    /// The job that has been due for longest and can be begun now.
    pub fn ready(&self, now: Timestamp) -> Option<Arc<JobSpec>> {
        let ready = self.waiting(now).filter(|(_, at)| *at <= now);
        ready.min_by_key(|(entry, _)| entry.due).map(|(entry, _)| entry.job.clone())
    }

    /// When the next job can be begun.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.waiting(now).map(|(_, at)| at).min()
    }

    /// When each job can be begun next, and what is remembered of it.
    pub fn overview(&self, now: Timestamp) -> impl Iterator<Item = (&str, Option<Timestamp>, &Past)> {
        self.entries.iter().filter_map(move |(name, entry)| {
            let past = self.past.get(name)?;
            Some((name.as_str(), if entry.is_running { None } else { entry.opens(now) }, past))
        })
    }

    /// What is to be remembered.
    pub fn past(&self) -> &BTreeMap<String, Past> {
        &self.past
    }

    /// A run begins.
    pub fn begin(&mut self, name: &str, now: Timestamp) {
        if let (Some(entry), Some(past)) = (self.entries.get_mut(name), self.past.get_mut(name)) {
            entry.is_running = true;
            *past = Past { handled: now, outcome: Some(Outcome::Running), began: Some(now), ended: None, ..*past };
        }
    }

    /// A run ended.
    pub fn end(&mut self, name: &str, outcome: Outcome, now: Timestamp) {
        let (Some(entry), Some(past)) = (self.entries.get_mut(name), self.past.get_mut(name)) else { return };
        let completed = if outcome == Outcome::Complete { Some(now) } else { past.completed };
        *past = Past { handled: now, outcome: Some(outcome), ended: Some(now), completed, ..*past };
        entry.is_running = false;
        match entry.due {
            // It was taken out of the configuration while it ran.
            None => {
                self.entries.remove(name);
                self.past.remove(name);
            }
            Some(_) => entry.due = due(&self.seed, &entry.job, past, now),
        }
    }

    fn waiting(&self, now: Timestamp) -> impl Iterator<Item = (&Entry, Timestamp)> {
        let waiting = self.entries.values().filter(|entry| !entry.is_running);
        waiting.filter_map(move |entry| Some((entry, entry.opens(now)?)))
    }
}

impl Entry {
    /// The first moment from now on at which it is due and its window is open.
    fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        let at = self.due?.max(now);
        Some(self.job.window.map_or(at, |window| window.open_at(at, self.job.schedule.zone())))
    }
}

/// The first point that nothing was done about, with its delay; a run that was torn off is due at once.
fn due(seed: &str, job: &JobSpec, past: &Past, now: Timestamp) -> Option<Timestamp> {
    if past.is_unfinished() {
        return Some(now);
    }
    let point = job.schedule.next_after(past.handled)?;
    Some(point + job.schedule.delay(seed, &job.name, point))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    fn jobs(text: &str) -> Vec<Arc<JobSpec>> {
        let spec: super::super::ServeSpec = toml::from_str(text).unwrap();
        spec.jobs.0
    }

    fn nightly() -> Vec<Arc<JobSpec>> {
        jobs("[[job]]\nname = \"a\"\ntargets = [\"s3://\"]\nschedule = \"0 2 * * *\"")
    }

    fn ready(timetable: &Timetable, now: &str) -> Option<String> {
        timetable.ready(at(now)).map(|job| job.name.clone())
    }

    #[test]
    fn a_new_job_waits_for_its_time_and_a_run_is_made_once() {
        let mut timetable = Timetable::new(String::new(), &nightly(), BTreeMap::new(), at("10T12:00"));
        assert_eq!(ready(&timetable, "11T01:59"), None);
        assert_eq!(timetable.next(at("10T12:00")), Some(at("11T02:00")));
        assert_eq!(ready(&timetable, "11T02:00").unwrap(), "a");
        timetable.begin("a", at("11T02:00"));
        assert_eq!(ready(&timetable, "11T02:01"), None, "it runs");
        timetable.end("a", Outcome::Complete, at("11T02:30"));
        assert_eq!(timetable.next(at("11T02:30")), Some(at("12T02:00")));
    }

    #[test]
    fn of_several_missed_runs_one_is_made() {
        let mut timetable = Timetable::new(String::new(), &nightly(), BTreeMap::new(), at("10T12:00"));
        timetable.begin("a", at("11T02:00"));
        timetable.end("a", Outcome::Complete, at("11T03:00"));
        let mut timetable = Timetable::new(String::new(), &nightly(), timetable.past().clone(), at("15T09:00"));
        assert_eq!(ready(&timetable, "15T09:00").unwrap(), "a", "four nights were missed");
        timetable.begin("a", at("15T09:00"));
        timetable.end("a", Outcome::Failed, at("15T09:10"));
        assert_eq!(timetable.next(at("15T09:10")), Some(at("16T02:00")));
    }

    #[test]
    fn what_becomes_due_while_it_runs_is_not_run_later() {
        let mut timetable = Timetable::new(String::new(), &nightly(), BTreeMap::new(), at("10T12:00"));
        timetable.begin("a", at("11T02:00"));
        timetable.end("a", Outcome::Paused, at("13T08:00"));
        assert_eq!(timetable.next(at("13T08:00")), Some(at("14T02:00")));
    }

    #[test]
    fn a_run_that_was_torn_off_goes_on_at_once() {
        for outcome in [None, Some(Outcome::Stopped)] {
            let mut timetable = Timetable::new(String::new(), &nightly(), BTreeMap::new(), at("10T12:00"));
            timetable.begin("a", at("11T02:00"));
            if let Some(outcome) = outcome {
                timetable.end("a", outcome, at("11T02:10"));
            }
            let timetable = Timetable::new(String::new(), &nightly(), timetable.past().clone(), at("11T04:00"));
            assert_eq!(ready(&timetable, "11T04:00").unwrap(), "a");
        }
    }

    #[test]
    fn a_missed_run_waits_for_its_window() {
        let text = "[[job]]\nname = \"a\"\ntargets = [\"s3://\"]\nschedule = \"0 2 * * *\"\nwindow = \"01:00-05:00\"";
        let past = BTreeMap::from([("a".to_owned(), Past::known_since(at("10T00:00")))]);
        let timetable = Timetable::new(String::new(), &jobs(text), past, at("10T09:00"));
        assert_eq!(ready(&timetable, "10T09:00"), None);
        assert_eq!(timetable.next(at("10T09:00")), Some(at("11T01:00")));
        assert_eq!(ready(&timetable, "11T01:00").unwrap(), "a");
    }

    #[test]
    fn who_waits_longest_is_first_and_delays_spread_workers() {
        let text = "[[job]]\nname = \"a\"\ntargets = [\"x\"]\nschedule = \"0 3 * * *\"\n\
                    [[job]]\nname = \"b\"\ntargets = [\"x\"]\nschedule = \"0 2 * * *\"\njitter = \"30m\"";
        let delays: Vec<_> = (0..20)
            .map(|seed| {
                let timetable = Timetable::new(format!("{seed}"), &jobs(text), BTreeMap::new(), at("10T12:00"));
                assert_eq!(ready(&timetable, "11T04:00").unwrap(), "b");
                timetable.next(at("10T12:00")).unwrap()
            })
            .collect();
        assert!(delays.iter().all(|due| (at("11T02:00")..at("11T02:30")).contains(due)));
        assert!(delays.iter().any(|due| *due != delays[0]));
    }

    #[test]
    fn other_jobs_are_taken_in_while_one_runs() {
        let mut timetable = Timetable::new(String::new(), &nightly(), BTreeMap::new(), at("10T12:00"));
        timetable.begin("a", at("11T02:00"));
        let other = jobs("[[job]]\nname = \"b\"\ntargets = [\"x\"]\nschedule = \"0 4 * * *\"");
        timetable.replace(&other, at("11T02:05"));
        assert_eq!(timetable.past().len(), 2);
        timetable.end("a", Outcome::Complete, at("11T02:10"));
        assert_eq!(timetable.past().keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(timetable.next(at("11T02:10")), Some(at("11T04:00")));
        // The same job with another time keeps its past.
        let later = jobs("[[job]]\nname = \"b\"\ntargets = [\"x\"]\nschedule = \"0 5 * * *\"");
        timetable.begin("b", at("11T04:00"));
        timetable.replace(&later, at("11T04:01"));
        assert_eq!(timetable.next(at("11T04:01")), None, "it runs");
        timetable.end("b", Outcome::Complete, at("11T04:30"));
        assert_eq!(timetable.next(at("11T04:30")), Some(at("11T05:00")));
    }
}
