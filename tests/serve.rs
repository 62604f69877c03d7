//! Scans that run by themselves: the server with a clock of the test's own, and as a process that a service manager runs.

mod deploy;
#[cfg(unix)]
mod process;
mod story;

use phinder::config::Settings;
use phinder::serve::{Clock, Command, Program, Server, StateFolder};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// A clock that shows what the test sets.
struct SetClock(watch::Sender<jiff::Timestamp>);

impl Clock for SetClock {
    fn now(&self) -> jiff::Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, moment: jiff::Timestamp) -> futures::future::BoxFuture<'_, ()> {
        let mut shown = self.0.subscribe();
        Box::pin(async move {
            let _ = shown.wait_for(|now| *now >= moment).await;
        })
    }
}

/// What `GET path` is answered: status and body.
fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split_whitespace().nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Waits for something that takes as long as the machine needs.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A folder with a configuration, and the server in it.
struct Served {
    folder: tempfile::TempDir,
    clock: Arc<SetClock>,
    running: Option<(mpsc::Sender<Command>, JoinHandle<()>, SocketAddr)>,
}

impl Served {
    /// At a moment; the configuration is written, the server not started.
    fn new(now: &str, configuration: &str) -> Self {
        let clock = Arc::new(SetClock(watch::channel(now.parse().unwrap()).0));
        let served = Self { folder: tempfile::tempdir().unwrap(), clock, running: None };
        served.configure(configuration);
        served
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self, configuration: &str) {
        let listen = "[serve]\nlisten = \"127.0.0.1:0\"\nseed = \"7\"\n";
        fs::write(self.path("phinder.toml"), format!("{listen}{configuration}")).unwrap();
    }

    fn start(&mut self) {
        let config = self.path("phinder.toml");
        let read = move || Settings::read(Some(&config)).map(|settings| settings.serve).map_err(|e| e.to_string());
        let program = Program {
            path: env!("CARGO_BIN_EXE_phinder").into(),
            config: self.path("phinder.toml"),
            flags: vec!["--log".into(), "warn".into()],
        };
        let (clock, state) = (self.clock.clone(), StateFolder::open(self.folder.path()).unwrap());
        let (commands, heeded) = mpsc::channel(4);
        let (said, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let spec = read().unwrap();
                let start = Server::start((spec, "7".to_owned()), program, state, clock, Box::new(read));
                let server = start.await.unwrap();
                said.send(server.address().unwrap()).unwrap();
                server.run(heeded).await;
            });
        });
        self.running = Some((commands, thread, address.recv().unwrap()));
    }

    fn tell(&self, command: Command) {
        self.running.as_ref().unwrap().0.blocking_send(command).unwrap();
    }

    fn stop(&mut self) {
        self.tell(Command::Drain);
        let (_, thread, _) = self.running.take().unwrap();
        thread.join().unwrap();
    }

    fn set(&self, now: &str) {
        self.clock.0.send_replace(now.parse().unwrap());
    }

    fn get(&self, path: &str) -> (u16, String) {
        get(self.running.as_ref().unwrap().2, path)
    }

    /// The value of a metric, by its name and labels.
    fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.map(|value| value.parse().unwrap())
    }

    fn runs(&self, job: &str, outcome: &str) -> f64 {
        self.metric(&format!("phinder_job_runs_total{{job=\"{job}\",outcome=\"{outcome}\"}}")).unwrap_or_default()
    }

    /// Sets the clock, and waits until one more run of the job has ended so.
    fn until(&self, now: &str, job: &str, outcome: &str) {
        let before = self.runs(job, outcome);
        self.set(now);
        wait_until(&format!("at {now} the job {job} ends as {outcome}: {}", self.get("/metrics").1), || {
            self.runs(job, outcome) > before
        });
    }
}
