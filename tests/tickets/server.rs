//! An HTTP server on a free port of this machine that answers as it is told, remembers what it was asked, and fails where a
//! test wants it to.

use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// By names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// How a request goes wrong: the first one whose method and path fit.
#[derive(Debug, Clone)]
pub struct Fault {
    pub method: &'static str,
    pub path_end: &'static str,
    /// Whether the request is worked off all the same.
    pub is_done: bool,
    /// The answer; the connection is dropped where there is none, and stays silent where its status is 0.
    pub answer: Option<Answer>,
}

type Handle = dyn Fn(&Request) -> Answer + Send + Sync;

/// The server; its threads end with the process.
pub struct Server {
    pub url: String,
    pub asked: Arc<Mutex<Vec<Request>>>,
    pub faults: Arc<Mutex<VecDeque<Fault>>>,
}

impl Server {
    pub fn start(handle: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, asked: Arc::default(), faults: Arc::default() };
        let (asked, faults): (_, _) = (server.asked.clone(), server.faults.clone());
        let handle: Arc<Handle> = Arc::new(handle);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handle, asked, faults) = (handle.clone(), asked.clone(), faults.clone());
                std::thread::spawn(move || serve(&stream, &*handle, &asked, &faults));
            }
        });
        server
    }

    pub fn fail(&self, method: &'static str, path_end: &'static str, is_done: bool, answer: Option<Answer>) {
        self.faults.lock().unwrap().push_back(Fault { method, path_end, is_done, answer });
    }

    pub fn count(&self, method: &str, path_end: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|request| request.method == method && request.path.ends_with(path_end)).count()
    }
}

fn serve(stream: &TcpStream, handle: &Handle, asked: &Mutex<Vec<Request>>, faults: &Mutex<VecDeque<Fault>>) {
    let Some(request) = read(stream) else { return };
    asked.lock().unwrap().push(request.clone());
    let fault = {
        let mut faults = faults.lock().unwrap();
        let fits = |fault: &Fault| fault.method == request.method && request.path.ends_with(fault.path_end);
        faults.iter().position(fits).and_then(|place| faults.remove(place))
    };
    let answer = match fault {
        None => Some(handle(&request)),
        Some(fault) => {
            if fault.is_done {
                handle(&request);
            }
            fault.answer
        }
    };
    let Some(answer) = answer else { return };
    if answer.status == 0 {
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let mut text =
        format!("HTTP/1.1 {} X\r\nconnection: close\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(&answer.body);
    let mut stream = stream;
    let _ = stream.write_all(text.as_bytes());
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Some(Request { method, path: path.to_owned(), query, headers, body: String::from_utf8(body).ok()? })
}
