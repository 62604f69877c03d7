//! A PostgreSQL server of one test: a folder, a free port, TLS only.

use super::certificates::{Certificates, as_user, free_port};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "a-password-of-a-test";

pub struct PostgresServer {
    process: Child,
    programs: PathBuf,
    folder: tempfile::TempDir,
    pub certificates: Certificates,
    pub port: u16,
}

impl PostgresServer {
    /// Waits until it answers. The user `scanner` may read what is granted to it.
    pub fn start() -> Self {
        let programs = std::env::var_os("PHINDER_POSTGRES_PROGRAMS")
            .expect("PHINDER_POSTGRES_PROGRAMS does not name the folder of initdb and postgres: run ./test, which installs them");
        let programs = PathBuf::from(programs);
        let folder = tempfile::tempdir().unwrap();
        Command::new("chmod").arg("755").arg(folder.path()).status().unwrap();
        let certificates = Certificates::make(folder.path());
        let cluster = folder.path().join("cluster");
        let made = as_user("postgres", folder.path(), &programs.join("initdb"))
            .args(["--no-sync", "-U", "postgres", "-E", "UTF8", "--locale", "C", "-A", "trust", "-D"])
            .arg(&cluster)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb");
        let access = "local all,replication all trust\nhostssl all token_user 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(cluster.join("pg_hba.conf"), access).unwrap();
        let server = Self::begin(programs, folder, certificates);
        // The password stands in the log only where a scan sends it.
        let user = format!("CREATE USER scanner PASSWORD '{PASSWORD}'");
        let made = server.psql("postgres").args(["-c", &user]).env("PGOPTIONS", "-c log_statement=none").status();
        assert!(made.unwrap().success());
        server
    }

    /// A standby of it, which takes over at once whatever its primary does, and ends statements that this disturbs.
    pub fn standby(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Command::new("chmod").arg("755").arg(folder.path()).status().unwrap();
        let certificates = Certificates::make(folder.path());
        let copied = as_user("postgres", folder.path(), &self.programs.join("pg_basebackup"))
            .args([
                "--no-sync",
                "-U",
                "postgres",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "-p",
                &self.port.to_string(),
                "-h",
            ])
            .arg(self.folder.path())
            .arg("-D")
            .arg(folder.path().join("cluster"))
            .status();
        assert!(copied.unwrap().success(), "pg_basebackup");
        Self::begin(self.programs.clone(), folder, certificates)
    }

    /// Starts the cluster of the folder, and waits until it answers.
    fn begin(programs: PathBuf, folder: tempfile::TempDir, certificates: Certificates) -> Self {
        let cluster = folder.path().join("cluster");
        let port = free_port();
        let settings = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nssl = on\nfsync = off\n\
             ssl_cert_file = '{}'\nssl_key_file = '{}'\nautovacuum = off\nlog_statement = all\nlog_line_prefix = '%u '\n\
             max_standby_streaming_delay = 0\n",
            folder.path().display(),
            certificates.certificate.display(),
            certificates.key.display()
        );
        std::fs::write(cluster.join("postgresql.conf"), settings).unwrap();
        let process = as_user("postgres", folder.path(), &programs.join("postgres"))
            .arg("-D")
            .arg(&cluster)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let server = Self { process, programs, folder, certificates, port };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !server.psql("postgres").args(["-c", "SELECT 1"]).output().unwrap().status.success() {
            assert!(Instant::now() < deadline, "postgres does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command.args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-d",
            database,
            "-p",
            &self.port.to_string(),
        ]);
        command.arg("-h").arg(self.folder.path());
        command
    }

    /// Runs statements as the superuser.
    pub fn run(&self, database: &str, sql: &str) {
        let output = self.psql(database).args(["-c", sql]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Every statement that was sent so far, behind the name of its user.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.path().join("log")).unwrap()).into_owned()
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://scanner@localhost:{}/{database}", self.port)
    }

    pub fn ca(&self) -> &Path {
        &self.certificates.ca
    }

    /// From now on nobody has to encrypt.
    pub fn allow_without_tls(&self) {
        let access = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(self.folder.path().join("cluster/pg_hba.conf"), access).unwrap();
        self.run("postgres", "SELECT pg_reload_conf()");
    }

    /// Ends it at once, connections included.
    pub fn stop(&mut self) {
        let _ = Command::new("kill").args(["-QUIT", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.stop();
    }
}
