//! A MariaDB server of one test: a folder, a free port, TLS only.

use super::certificates::{Certificates, as_user, free_port};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "a-password-of-a-test";

pub struct MariadbServer {
    process: Child,
    folder: tempfile::TempDir,
    pub certificates: Certificates,
    pub port: u16,
}

impl MariadbServer {
    /// Waits until it answers. The user `scanner` may read what is granted to it.
    pub fn start() -> Self {
        Self::begin(true)
    }

    /// The same without any TLS.
    pub fn start_without_tls() -> Self {
        Self::begin(false)
    }

    fn begin(has_tls: bool) -> Self {
        let program = std::env::var_os("PHINDER_MARIADB_SERVER")
            .expect("PHINDER_MARIADB_SERVER does not name the mariadbd program: run ./test, which installs it");
        let folder = tempfile::tempdir().unwrap();
        Command::new("chmod").arg("755").arg(folder.path()).status().unwrap();
        let certificates = Certificates::make(folder.path());
        let cluster = folder.path().join("cluster");
        // Several servers that begin at once may ask the kernel for more asynchronous requests than it has.
        let is_made = |attempt: u32| {
            if attempt > 0 {
                std::fs::remove_dir_all(&cluster).ok();
                std::thread::sleep(Duration::from_secs(1));
            }
            let made = as_user("mysql", folder.path(), Path::new("mariadb-install-db"))
                .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
                .arg(format!("--datadir={}", cluster.display()))
                .stdout(Stdio::null())
                .output()
                .unwrap();
            eprint!("{}", String::from_utf8_lossy(&made.stderr));
            made.status.success()
        };
        assert!((0..3).any(is_made), "mariadb-install-db");
        let port = free_port();
        let mut command = as_user("mysql", folder.path(), &PathBuf::from(program));
        command.args(["--no-defaults", "--bind-address=127.0.0.1", "--general-log=1"]);
        if has_tls {
            command
                .arg("--require-secure-transport=ON")
                .arg(format!("--ssl-cert={}", certificates.certificate.display()))
                .arg(format!("--ssl-key={}", certificates.key.display()));
        } else {
            command.arg("--skip-ssl");
        }
        let process = command
            .arg(format!("--datadir={}", cluster.display()))
            .arg(format!("--port={port}"))
            .arg(format!("--socket={}", folder.path().join("socket").display()))
            .arg(format!("--general-log-file={}", folder.path().join("log").display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, folder, certificates, port };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !server.client().args(["-e", "SELECT 1"]).output().unwrap().status.success() {
            assert!(Instant::now() < deadline, "mariadbd does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        let required = if has_tls { "SSL" } else { "NONE" };
        server.run(&format!("CREATE USER scanner@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE {required}"));
        server
    }

    fn client(&self) -> Command {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "-u", "root", "--default-character-set=utf8mb4"]);
        command.arg(format!("--socket={}", self.folder.path().join("socket").display()));
        command
    }

    /// Runs statements as the superuser.
    pub fn run(&self, sql: &str) {
        let output = self.client().args(["-e", sql]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What the superuser is answered, without headings.
    pub fn text(&self, sql: &str) -> String {
        let output = self.client().args(["-N", "-e", sql]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every statement that was sent so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.path().join("log")).unwrap()).into_owned()
    }

    pub fn url(&self, database: &str) -> String {
        format!("mysql://scanner@localhost:{}/{database}", self.port)
    }

    pub fn ca(&self) -> &Path {
        &self.certificates.ca
    }

    /// Ends it at once, connections included.
    pub fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for MariadbServer {
    fn drop(&mut self) {
        self.stop();
    }
}
