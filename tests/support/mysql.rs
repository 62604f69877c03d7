//! A MySQL server of one test: a folder, a free port, TLS only. MySQL of Oracle, not MariaDB.

use super::certificates::{Certificates, free_port, is_root};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "a-password-of-a-test";

pub struct MysqlServer {
    process: Child,
    folder: tempfile::TempDir,
    certificates: Certificates,
    pub port: u16,
}

impl MysqlServer {
    /// Waits until it answers. The user `scanner` signs in by `caching_sha2_password`, and may read what is granted to it.
    /// `None` where there is no server: `./test` says why.
    pub fn start() -> Option<Self> {
        let program = PathBuf::from(std::env::var_os("PHINDER_MYSQL_SERVER")?);
        let folder = tempfile::tempdir().unwrap();
        let certificates = Certificates::make(folder.path());
        let start = |arguments: &[&str]| {
            let mut command = Command::new(&program);
            command.args(["--secure-file-priv=NULL", "--mysqlx=OFF", "--innodb-redo-log-capacity=8M"]);
            // It refuses to be root unless it is told to.
            command.args(is_root().then_some("--user=root"));
            command.arg(format!("--datadir={}", folder.path().join("cluster").display())).args(arguments);
            command.stdout(Stdio::null()).stderr(std::fs::File::create(folder.path().join("errors")).unwrap());
            command
        };
        let made = start(&["--initialize-insecure"]).status().unwrap();
        let errors = || std::fs::read_to_string(folder.path().join("errors")).unwrap();
        assert!(made.success(), "mysqld --initialize-insecure: {}", errors());
        let port = free_port();
        let process = start(&["--require-secure-transport=ON", "--bind-address=127.0.0.1", "--general-log=1"])
            .arg(format!("--port={port}"))
            .arg(format!("--socket={}", folder.path().join("socket").display()))
            .arg(format!("--pid-file={}", folder.path().join("pid").display()))
            .arg(format!("--general-log-file={}", folder.path().join("log").display()))
            .arg(format!("--ssl-ca={}", certificates.ca.display()))
            .arg(format!("--ssl-cert={}", certificates.certificate.display()))
            .arg(format!("--ssl-key={}", certificates.key.display()))
            .spawn()
            .unwrap();
        let mut server = Self { process, folder, certificates, port };
        let deadline = Instant::now() + Duration::from_secs(120);
        while !server.client().args(["-e", "SELECT 1"]).output().unwrap().status.success() {
            let errors = || std::fs::read_to_string(server.folder.path().join("errors")).unwrap();
            assert!(server.process.try_wait().unwrap().is_none(), "mysqld ended: {}", errors());
            assert!(Instant::now() < deadline, "mysqld does not answer: {}", errors());
            std::thread::sleep(Duration::from_millis(50));
        }
        server
            .run(&format!("CREATE USER scanner@'%' IDENTIFIED WITH caching_sha2_password BY '{PASSWORD}' REQUIRE SSL"));
        Some(server)
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
}

impl Drop for MysqlServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
