//! RDS of a test: an AWS API server whose database servers are at localhost, where the real ones of the test are.
//!
//! The API server makes up addresses, and gives all instances the same resource id. What stands between it and the
//! program says localhost instead, and makes the resource ids of the times at which the instances were created.

use super::moto::MotoServer;
use aws_sdk_rds::Client;
use aws_sdk_rds::config::{BehaviorVersion, Credentials, Region};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

pub struct Rds {
    moto: MotoServer,
    endpoint: String,
}

impl Rds {
    pub fn start() -> Self {
        let moto = MotoServer::start();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = moto.endpoint.trim_start_matches("http://").to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || pass_on(client, &server));
            }
        });
        Self { moto, endpoint }
    }

    /// The environment in which the program finds it.
    pub fn environment(&self, command: &mut Command) {
        command.env("AWS_ENDPOINT_URL", &self.endpoint).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    }

    /// A client that makes and changes servers.
    pub fn client(&self, region: &'static str) -> Client {
        let config = aws_sdk_rds::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.moto.endpoint)
            .region(Region::new(region))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .build();
        Client::from_conf(config)
    }

    /// A client of the secrets.
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.moto.endpoint)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .build();
        aws_sdk_secretsmanager::Client::from_conf(config)
    }
}

/// One request and its answer.
fn pass_on(mut client: TcpStream, server: &str) {
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut request = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        if !lower.starts_with("connection:") {
            request.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut upstream = TcpStream::connect(server).unwrap();
    upstream.write_all(format!("{request}Connection: close\r\n\r\n").as_bytes()).unwrap();
    upstream.write_all(&body).unwrap();
    let mut answer = String::new();
    upstream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = rewritten(body);
    let is_kept = |line: &&str| !line.to_ascii_lowercase().starts_with("content-length:");
    let head: Vec<&str> = head.split("\r\n").filter(is_kept).collect();
    let answer = format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.join("\r\n"), body.len());
    client.write_all(answer.as_bytes()).unwrap();
}

fn rewritten(body: &str) -> String {
    let end_of_one = "</DBInstance>";
    let blocks = body.split_inclusive(end_of_one).map(|block| {
        let created = between(block, "<InstanceCreateTime>", "</InstanceCreateTime>").unwrap_or_default();
        let digits: String = created.chars().filter(char::is_ascii_digit).collect();
        match between(block, "<DbiResourceId>", "</DbiResourceId>") {
            Some(id) => block.replace(id, &format!("db-{digits}")),
            None => block.to_owned(),
        }
    });
    let mut body: String = blocks.collect();
    for (start, end) in
        [("<Address>", "</Address>"), ("<Endpoint>", "</Endpoint>"), ("<ReaderEndpoint>", "</ReaderEndpoint>")]
    {
        let mut hosts = Vec::new();
        for part in body.split(start).skip(1) {
            hosts.extend(
                part.split_once(end).map(|(host, _)| host).filter(|host| !host.contains('<')).map(str::to_owned),
            );
        }
        for host in hosts {
            body = body.replace(&host, "localhost");
        }
    }
    body
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}
