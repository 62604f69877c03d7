//! An AWS API server that is not ours, as a process on a free port.

use std::time::{Duration, Instant};

/// The server, until it is dropped.
pub struct MotoServer {
    process: std::process::Child,
    pub endpoint: String,
}

impl MotoServer {
    /// Waits until it answers.
    pub fn start() -> Self {
        let program = std::env::var_os("PHINDER_MOTO_SERVER")
            .expect("PHINDER_MOTO_SERVER does not name the moto_server program: run ./test, which installs it");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = std::process::Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, endpoint: format!("http://127.0.0.1:{port}") };
        let deadline = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "moto_server does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        server
    }
}

impl Drop for MotoServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
