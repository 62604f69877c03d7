//! A Spot instance that is about to be interrupted: the notice comes from a metadata service that wants a token (IMDSv2).

use super::{slow_place, without_times};
use crate::support::scan::{phinder, run};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::Duration;

const TOKEN: &str = "a-token-of-the-test";
const NOTICE: &str = r#"{"action":"terminate","time":"2026-11-29T12:02:00Z"}"#;

/// Answers as the service does: a token to PUT, to GET only with the token. The notice comes after a while.
fn answer(stream: TcpStream, delay: Duration) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request).ok()? == 0 {
            return None;
        }
        let mut headers = String::new();
        while !headers.ends_with("\r\n\r\n") && headers != "\r\n" {
            reader.read_line(&mut headers).ok()?;
        }
        let headers = headers.to_lowercase();
        let (status, extra, body) = if request.starts_with("PUT /latest/api/token ") {
            assert!(headers.contains("x-aws-ec2-metadata-token-ttl-seconds: "), "{headers}");
            ("200 OK", "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n", TOKEN)
        } else if !headers.contains(&format!("x-aws-ec2-metadata-token: {TOKEN}")) {
            ("401 Unauthorized", "", "")
        } else if request.starts_with("GET /latest/meta-data/spot/instance-action ") {
            std::thread::sleep(delay);
            ("200 OK", "", NOTICE)
        } else {
            ("404 Not Found", "", "")
        };
        write!(stream, "HTTP/1.1 {status}\r\n{extra}content-length: {}\r\n\r\n{body}", body.len()).ok()?;
    }
}

#[test]
fn a_notice_of_interruption_ends_the_scan_in_good_order() {
    let undisturbed = slow_place();
    undisturbed.scan(&[]);
    let place = slow_place();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(stream, Duration::from_millis(600)));
        }
    });
    let mut command = phinder();
    command.arg("scan").arg(place.lake()).arg("--ledger").arg(place.ledger()).args(["--workers", "1", "--watch-spot"]);
    command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &endpoint);
    let (code, _, errors) = run(&mut command);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("about to be interrupted") && errors.contains("2026-11-29T12:02:00Z"), "{errors}");
    let (code, said, _) = run(phinder().args(["ledger", "check"]).arg(place.ledger()));
    assert_eq!(code, 0, "{said}");
    assert!(run(phinder().args(["audit", "list", "--ledger"]).arg(place.ledger())).1.contains("interrupted"));
    place.scan(&["--resume"]);
    assert_eq!(without_times(&place), without_times(&undisturbed));
    assert_eq!(run(phinder().args(["audit", "verify", "--ledger"]).arg(place.ledger())).0, 0);
}

#[test]
fn where_no_metadata_service_answers_the_scan_goes_on() {
    let place = super::Place::new(&[("a/1.csv", super::RECORD)]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut command = phinder();
    // The scan waits for its input until the watch has given up.
    command.args(["scan", "-", "--watch-spot", "--ledger"]).arg(place.ledger());
    command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &nobody);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(errors.any(|line| line.unwrap().contains("no notice of an interruption will be seen")));
    child.stdin.take().unwrap().write_all(super::RECORD.as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
