//! The server as a process: what it tells a service manager, how signals steer it, what it takes while it waits.

use super::{get, wait_until};
use crate::support::scan::{phinder, run};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The issue's own limit for a server that waits.
const IDLE_MEMORY_MIB: u64 = 30;

fn configuration(folder: &Path) -> String {
    format!(
        "[serve]\nlisten = \"127.0.0.1:0\"\n[[serve.job]]\nname = \"nightly\"\ntargets = [{folder:?}]\nschedule = \"@yearly\"\n"
    )
}

struct Process {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
    socket: UnixDatagram,
}

impl Process {
    fn start(environment: &[(&str, &str)], more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("phinder.toml"), format!("{}{more}", configuration(folder.path()))).unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut command = phinder();
        command.arg("serve").current_dir(folder.path()).env("NOTIFY_SOCKET", folder.path().join("notify"));
        command.envs(environment.iter().copied()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.find_map(|line| Some(line.unwrap().split_once("address=")?.1.to_owned())).expect("it serves");
        std::thread::spawn(move || lines.for_each(drop));
        let address = line.split_whitespace().next().unwrap().parse().unwrap();
        Self { child, address, folder, socket }
    }

    /// Waits until the service manager is told a line.
    fn hears(&self, wanted: &str) {
        let mut message = [0; 4096];
        loop {
            let length = self.socket.recv(&mut message).unwrap_or_else(|error| panic!("{wanted} is not said: {error}"));
            if String::from_utf8_lossy(&message[..length]).lines().any(|line| line == wanted) {
                return;
            }
        }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_service_manager_is_told_and_signals_steer() {
    let mut process = Process::start(&[("WATCHDOG_USEC", "200000")], "");
    process.hears("READY=1");
    process.hears("WATCHDOG=1");
    process.hears("WATCHDOG=1");
    assert_eq!(get(process.address, "/readyz").0, 200);
    process.signal("HUP");
    process.hears("RELOADING=1");
    process.hears("READY=1");
    assert!(get(process.address, "/metrics").1.contains("phinder_config_reloads_total{result=\"done\"} 1"));
    process.signal("TERM");
    process.hears("STOPPING=1");
    assert_eq!(process.child.wait().unwrap().code(), Some(0));
}

#[test]
fn it_waits_in_little_memory_without_work() {
    let process = Process::start(&[], "");
    process.hears("READY=1");
    let read = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", process.child.id())).unwrap();
    let memory = read("status").lines().find_map(|line| Some(line.strip_prefix("VmRSS:")?.trim().to_owned())).unwrap();
    let kib: u64 = memory.split_whitespace().next().unwrap().parse().unwrap();
    assert!(kib < IDLE_MEMORY_MIB * 1024, "{memory}");
    // Fields 14 and 15: ticks of user and system time. Nothing is to be done, and nothing is.
    let ticks = || {
        read("stat")
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|n| n.parse::<u64>().unwrap())
            .sum::<u64>()
    };
    let before = ticks();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(ticks(), before);
}

#[test]
fn metrics_are_what_a_client_library_reads() {
    let process = Process::start(&[], "");
    let server = std::env::var_os("PHINDER_MOTO_SERVER").expect("run ./test, which installs what is needed");
    let python = Path::new(&server).with_file_name("python");
    let parse = "import sys\nfrom prometheus_client.parser import text_string_to_metric_families as families\n\
                 found = {family.name: family for family in families(sys.stdin.read())}\n\
                 for name in sorted(found):\n    print(name, found[name].type, len(found[name].samples))\n";
    let text = get(process.address, "/metrics").1;
    fs::write(process.folder.path().join("metrics"), text).unwrap();
    let mut command = Command::new(python);
    command.args(["-c", parse]).stdin(fs::File::open(process.folder.path().join("metrics")).unwrap());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for line in
        ["phinder_build_info gauge 1", "phinder_job_runs counter 4", "phinder_job_next_run_timestamp_seconds gauge 1"]
    {
        assert!(said.lines().any(|found| found == line), "{line} in {said}");
    }
    assert_eq!(get(process.address, "/other").0, 404);
}

#[test]
fn a_notice_of_interruption_ends_it() {
    let service = crate::tickets::server::Server::start(|request| match request.method.as_str() {
        "PUT" => crate::tickets::server::Answer {
            status: 200,
            headers: vec![("x-aws-ec2-metadata-token-ttl-seconds".to_owned(), "21600".to_owned())],
            body: "token".to_owned(),
        },
        _ => crate::tickets::server::Answer {
            status: 200,
            headers: Vec::new(),
            body: r#"{"action":"terminate"}"#.to_owned(),
        },
    });
    let folder = tempfile::tempdir().unwrap();
    let text = configuration(folder.path()).replace("[serve]\n", "[serve]\nwatch_spot = true\n");
    fs::write(folder.path().join("phinder.toml"), text).unwrap();
    let mut command = phinder();
    command.arg("serve").current_dir(folder.path()).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &service.url);
    let (code, _, errors) = run(&mut command);
    assert!(code == 0 && errors.contains("about to be interrupted"), "{code} {errors}");
}

#[test]
fn mistakes_are_said_and_two_servers_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |text: &str| {
        fs::write(folder.path().join("phinder.toml"), text).unwrap();
        run(phinder().current_dir(folder.path()).arg("serve"))
    };
    let job = "[[serve.job]]\nname = \"a\"\ntargets = [\"x\"]\nschedule = \"@daily\"\n";
    let mistakes = [
        (String::new(), "no job is set"),
        (job.replace("@daily", "61 * * * *"), "phinder.toml:1"),
        (format!("{job}time_zone = \"Mars/Olympus\"\n"), "Mars/Olympus"),
        (format!("{job}window = \"22-06\"\n"), "22:00-06:00"),
        (format!("{job}options = [\"--no-such-flag\"]\n"), "--no-such-flag"),
        (format!("{job}options = [\"--ledger=other\"]\n"), "--ledger"),
        (format!("{job}{job}"), "two jobs"),
        (format!("[serve]\nlisten = \"0.0.0.0:9464\"\n{job}"), "can be reached from elsewhere"),
        (format!("{job}budget = {{ time = \"long\" }}\n"), "long"),
        (format!("{job}budget = {{ dollars = -1.0 }}\n"), "above 0"),
        (format!("{job}budget = {{ dollars_per_hour = 0.2 }}\n"), "no `dollars`"),
    ];
    for (text, said) in mistakes {
        let (code, _, errors) = serve(&text);
        assert!(code == 2 && errors.contains(said), "{said}: {errors}");
    }
    let process = Process::start(&[], "");
    process.hears("READY=1");
    let (code, _, errors) = run(phinder().current_dir(process.folder.path()).arg("serve"));
    assert!(code == 2 && errors.contains("another phinder serve"), "{errors}");
    wait_until("the first one goes on", || get(process.address, "/healthz").0 == 200);
}
