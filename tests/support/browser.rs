//! Chromium without a window, driven through chromedriver by the WebDriver protocol.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The name under which WebDriver hands elements out.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser with one page, until it is dropped.
pub struct Browser {
    driver: Child,
    session: String,
    client: reqwest::Client,
    runtime: Runtime,
    _profile: tempfile::TempDir,
}

/// A client for this machine alone, which needs no certificates.
fn client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}

impl Browser {
    pub fn start() -> Self {
        let program = |name: &str| {
            std::env::var_os(name).unwrap_or_else(|| panic!("{name} names no program: run ./test, which installs it"))
        };
        let mut driver = Command::new(program("PHINDER_CHROMEDRIVER"))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(driver.stdout.take().unwrap());
        let mut line = String::new();
        let port: u16 = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "chromedriver says no port");
            if let Some((_, port)) = line.trim_end().split_once("started successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        // It must not be stopped by a pipe that nobody reads.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--force-device-scale-factor=1".to_owned(),
            "--lang=en".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let mut browser = Self {
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
            client: client(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            _profile: profile,
        };
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": program("PHINDER_CHROMIUM").to_str().unwrap(), "args": arguments,
                "perfLoggingPrefs": { "enableNetwork": true, "enablePage": true },
            },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let session = browser.ask("POST", "", &capabilities)["sessionId"].as_str().unwrap().to_owned();
        browser.session = format!("{}/{session}", browser.session);
        browser
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let address = format!("{}{path}", self.session);
        let method: reqwest::Method = method.parse().unwrap();
        let mut request = self.client.request(method.clone(), address).header("content-type", "application/json");
        if method == reqwest::Method::POST {
            request = request.body(body.to_string());
        }
        let (status, text) = self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            (answer.status(), answer.text().await.unwrap())
        });
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        assert!(status.is_success(), "{path}: {answer}");
        answer["value"].take()
    }

    /// Opens a file, perhaps at a fragment (`#...`).
    pub fn open(&self, page: &Path, fragment: &str) {
        // A fragment alone would not load the page again.
        self.ask("POST", "/url", &json!({ "url": "about:blank" }));
        self.ask("POST", "/url", &json!({ "url": format!("file://{}{fragment}", page.display()) }));
    }

    /// What the body of a function returns.
    pub fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression is true.
    pub fn wait_for(&self, expression: &str) {
        for _ in 0..600 {
            if self.run(&format!("return Boolean({expression});")) == true {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("it never becomes true: {expression}");
    }

    fn element(&self, selector: &str) -> String {
        let found = self.ask("POST", "/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub fn click(&self, selector: &str) {
        self.ask("POST", &format!("/element/{}/click", self.element(selector)), &json!({}));
    }

    /// Role and name, as a screen reader is told them.
    pub fn told(&self, selector: &str) -> (String, String) {
        let element = self.element(selector);
        let text = |what: &str| {
            self.ask("GET", &format!("/element/{element}/{what}"), &Value::Null).as_str().unwrap().to_owned()
        };
        (text("computedrole"), text("computedlabel"))
    }

    /// Presses keys one after another, wherever the focus is. Special ones are those of WebDriver.
    pub fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() })))
            .collect();
        self.ask("POST", "/actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    /// A command of the protocol of developer tools.
    pub fn command(&self, name: &str, parameters: Value) -> Value {
        self.ask("POST", "/goog/cdp/execute", &json!({ "cmd": name, "params": parameters }))
    }

    /// Emulates a colour scheme and a medium.
    pub fn emulate(&self, scheme: &str, medium: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.command("Emulation.setEmulatedMedia", json!({ "media": medium, "features": features }));
    }

    /// What the console says: errors, warnings, and violations of the content security policy.
    pub fn console(&self) -> Vec<String> {
        self.log("browser").iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Addresses of everything that pages from disk requested since the last call, themselves included.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.log("performance");
        let message = |entry: &Value| serde_json::from_str::<Value>(entry["message"].as_str().unwrap()).unwrap();
        entries
            .iter()
            .map(message)
            .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
            // The browser's own first page asks for a lot.
            .filter(|event| {
                event["message"]["params"]["documentURL"].as_str().is_some_and(|url| url.starts_with("file://"))
            })
            .map(|event| event["message"]["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.ask("POST", "/se/log", &json!({ "type": kind })).as_array().unwrap().clone()
    }

    /// Takes a picture of a page of so many pixels, as PNG.
    pub fn picture(&self, width: u32, height: u32) -> Vec<u8> {
        use base64::Engine as _;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", size);
        let taken = self.command("Page.captureScreenshot", json!({ "format": "png" }));
        base64::engine::general_purpose::STANDARD.decode(taken["data"].as_str().unwrap()).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its session; the driver alone would leave it behind.
        let address = self.session.clone();
        let _ = self.runtime.block_on(self.client.delete(address).send());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
