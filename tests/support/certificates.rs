//! A certificate authority for one test, and a server's certificate for localhost. Made by openssl.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub struct Certificates {
    pub ca: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Certificates {
    pub fn make(folder: &Path) -> Self {
        let place = |name: &str| folder.join(name);
        let extensions = place("server.ext");
        std::fs::write(&extensions, "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
        let openssl = |arguments: &[&str]| {
            let status = Command::new("openssl").args(arguments).current_dir(folder).stderr(Stdio::null()).status();
            assert!(status.unwrap().success(), "openssl {arguments:?}");
        };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let ca = ["-subj", "/CN=test CA", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"];
        openssl(&[&["req", "-x509"][..], &key, &ca].concat());
        let request = ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"];
        openssl(&[&["req"][..], &key, &request].concat());
        let sign = ["-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
        openssl(&[&["x509", "-req"][..], &sign, &["-extfile", "server.ext", "-out", "server.pem"]].concat());
        Self { ca: place("ca.pem"), certificate: place("server.pem"), key: place("server.key") }
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A command that runs as `user` where the tests run as root, because servers refuse to be root.
pub fn as_user(user: &str, folder: &Path, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let owned = Command::new("chown").arg("-R").arg(user).arg(folder).status().unwrap();
    assert!(owned.success(), "there is no user {user}");
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--clear-groups"]).arg(program);
    command
}

pub fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}
