//! What a person sees on standard error while a scan runs: bars on a terminal, a log line now and then elsewhere.

use crate::outputs::harmless;
use crate::scan::{Progress, ProgressReading};
use indicatif::{HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The bars on the terminal, if there are any: log lines must not tear them apart.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

const REDRAW_EVERY: Duration = Duration::from_millis(125);
const LOG_EVERY: Duration = Duration::from_secs(30);

/// A running display; it ends when it is finished.
pub(super) struct Display {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Display {
    /// Starts to show `progress`: bars if standard error is a terminal and they are wanted, log lines otherwise.
    pub(super) fn start(progress: Arc<Progress>, bars_wanted: bool) -> io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let stop = ended.clone();
        let on_terminal = bars_wanted && io::stderr().is_terminal();
        let thread = std::thread::Builder::new().name("phinder-progress".to_owned()).spawn(move || {
            if on_terminal {
                draw(&progress, &stop);
            } else {
                log(&progress, &stop);
            }
        })?;
        Ok(Self { ended, thread: Some(thread) })
    }

    /// Takes the bars off the terminal.
    pub(super) fn finish(mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A display that panicked has nothing left to clean up.
            let _ = thread.join();
        }
    }
}

fn draw(progress: &Progress, ended: &AtomicBool) {
    let bars = BARS.get_or_init(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));
    let bar = bars.add(ProgressBar::no_length());
    let flight = bars.add(ProgressBar::no_length());
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        flight.set_style(style);
    }
    let listing =
        ProgressStyle::with_template("{spinner:.cyan} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    let reading = ProgressStyle::with_template("{spinner:.cyan} [{bar:24.cyan/dim}] {percent:>3}% {msg}")
        .map_or_else(|_| ProgressStyle::default_bar(), |style| style.progress_chars("━╸─"));
    bar.set_style(listing);
    let started = Instant::now();
    let mut total_is_known = false;
    while !ended.load(Ordering::Relaxed) {
        let now = progress.read();
        if now.listing_ended && now.listed_bytes > 0 && !total_is_known {
            total_is_known = true;
            bar.set_style(reading.clone());
            bar.set_length(now.listed_bytes);
        }
        if total_is_known {
            bar.set_position(now.settled_bytes().min(now.listed_bytes));
        }
        bar.set_message(status(&now, started.elapsed()));
        flight.set_message(in_flight(&now));
        bar.tick();
        flight.tick();
        std::thread::park_timeout(REDRAW_EVERY);
    }
    flight.finish_and_clear();
    bar.finish_and_clear();
}

fn log(progress: &Progress, ended: &AtomicBool) {
    let started = Instant::now();
    let mut next = LOG_EVERY;
    while !ended.load(Ordering::Relaxed) {
        std::thread::park_timeout(next.saturating_sub(started.elapsed()).max(Duration::from_millis(50)));
        if started.elapsed() >= next && !ended.load(Ordering::Relaxed) {
            next += LOG_EVERY;
            let now = progress.read();
            tracing::info!(
                objects = now.done_objects,
                listed = now.listed_objects,
                bytes = now.settled_bytes(),
                findings = now.findings,
                unexpected = now.unexpected,
                "scanning"
            );
        }
    }
}

/// `12 of 40 objects  1.2 GiB  310 MiB/s  7 findings, 3 unexpected  ~2m left`
fn status(now: &ProgressReading, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = now.settled_bytes() as f64 / seconds;
    let more = if now.listing_ended { "" } else { "+" };
    let mut text = format!(
        "{} of {}{more} objects  {}  {}/s  {} findings, {} unexpected",
        HumanCount(now.done_objects),
        HumanCount(now.listed_objects),
        HumanBytes(now.settled_bytes()),
        HumanBytes(rate as u64),
        HumanCount(now.findings),
        HumanCount(now.unexpected),
    );
    // Compressed objects expand while they are read, so the time left is known only as long as the sum is not passed.
    let left = now.listed_bytes.saturating_sub(now.settled_bytes());
    if now.listing_ended && left > 0 && rate > 0.0 && elapsed > Duration::from_secs(2) {
        let seconds_left = (left as f64 / rate).round() as u64;
        text.push_str(&format!("  ~{} left", indicatif::HumanDuration(Duration::from_secs(seconds_left))));
    }
    text
}

fn in_flight(now: &ProgressReading) -> String {
    let names: Vec<String> = now.in_flight.iter().map(|location| harmless(location.name()).to_string()).collect();
    if names.is_empty() { String::new() } else { format!("  reading {}", names.join(", ")) }
}

/// Where log lines go: standard error, above the bars if there are any.
pub(super) fn log_writer() -> impl Write {
    LogWriter
}

struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match BARS.get() {
            Some(bars) => bars.suspend(|| io::stderr().write_all(line))?,
            None => io::stderr().write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
