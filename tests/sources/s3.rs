//! S3: listings, reasons, requests made and not made, and what happens when the service fails.

use super::*;
use crate::support::s3_server::PutOptions;
use std::time::{Instant, SystemTime};

#[test]
fn listings_have_all_pages() {
    let server = S3Server::start();
    for number in 0..2_500 {
        server.put("bucket", &format!("key {number:05}+%"), "x");
    }
    let opened = s3(&server, "s3://bucket/key");
    let names: Vec<_> = opened.objects().iter().map(name).collect();
    assert_eq!(names.len(), 2_500);
    assert!(names.is_sorted());
    assert_eq!(names[1_234], "s3://bucket/key 01234+%");
    // No folders, no dividing.
    assert_eq!(server.count("ListObjectsV2"), 3);
}

#[test]
fn a_listing_asks_for_a_bounded_number_of_pages_ahead() {
    let server = S3Server::start();
    for number in 0..400 {
        server.put("bucket", &format!("{}/{number:03}", number / 4), "x");
    }
    server.faults().page_size = Some(4);
    let opened = s3(&server, "s3://bucket");
    let taken = opened.runtime.block_on(opened.source.list().take(1).collect::<Vec<_>>());
    assert_eq!(taken.len(), 1);
    assert!(server.count("ListObjectsV2") <= 18, "{}", server.count("ListObjectsV2"));
}

/// Whatever lies where, a divided listing has every key once and in order, and does not ask for much more than its pages.
#[test]
fn divided_listings_have_every_key_in_order() {
    let shuffled = |seed: u64| {
        (0..700).map(move |number: u64| {
            let random = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed).rotate_left(23);
            let random = random.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20;
            ["", "a", "a/", "a-/", "a0/", "b/c/", "b/", "b c+/é/", "z/"][(random % 9) as usize].to_owned()
                + ["", "1/", "2/", "2/x/"][(random / 9 % 4) as usize]
                + &format!("{}", random / 36 % 5000)
        })
    };
    let layouts: Vec<(&str, Vec<String>)> = vec![
        ("days", (0..900).map(|n| format!("logs/2026/{:03}/{n}", n / 30)).collect()),
        ("deep", (0..500).map(|n| format!("a/b/c/d/e/{:02}/f/{n:04}", n / 50)).collect()),
        ("flat", (0..300).map(|n| format!("key {n:04}")).collect()),
        ("one big folder", (0..500).map(|n| format!("{}/{n:04}", if n < 450 { "big" } else { "small" })).collect()),
        ("a folder for each", (0..600).map(|n| format!("{n:04}/object")).collect()),
        ("markers", (0..300).flat_map(|n| [format!("{:03}/", n / 10), format!("{:03}/{n}", n / 10)]).collect()),
        ("anything", shuffled(1).collect()),
        ("anything else", shuffled(99).collect()),
    ];
    for (name, mut keys) in layouts {
        for page_size in [7, 40, 1000] {
            let server = S3Server::start();
            keys.sort();
            keys.dedup();
            keys.iter().for_each(|key| drop(server.put("bucket", key, "x")));
            server.faults().page_size = Some(page_size);
            let opened = s3(&server, "s3://bucket");
            let listed: Vec<_> = opened.overview().into_iter().map(|(name, _)| name).collect();
            let expected: Vec<_> = keys.iter().map(|key| format!("s3://bucket/{key}")).collect();
            assert_eq!(listed, expected, "{name}, pages of {page_size}");
            let pages = keys.len().div_ceil(page_size);
            let asked = server.count("ListObjectsV2");
            assert!(asked <= 3 * pages + 10, "{name}, pages of {page_size}: {asked} requests for {pages} pages");
        }
    }
}

#[test]
fn prefixes_and_globs_choose_keys() {
    let server = S3Server::start();
    for key in ["data.csv", "data/a.csv", "data/b/c.csv", "data/b/d.txt", "other"] {
        server.put("bucket", key, "x");
    }
    let names = |target: &str| -> Vec<String> {
        s3(&server, target).objects().iter().map(|object| object.location.as_str()[12..].to_owned()).collect()
    };
    assert_eq!(names("s3://bucket/data"), ["data.csv", "data/a.csv", "data/b/c.csv", "data/b/d.txt"]);
    assert_eq!(names("s3://bucket/data/"), ["data/a.csv", "data/b/c.csv", "data/b/d.txt"]);
    assert_eq!(names("s3://bucket/data/*.csv"), ["data/a.csv"]);
    assert_eq!(names("s3://bucket/data/**/*.csv"), ["data/a.csv", "data/b/c.csv"]);
    assert_eq!(names("s3://bucket/nothing"), Vec::<String>::new());
    assert_eq!(s3(&server, "S3://bucket/data/").source.scope(), "s3://bucket/data/");
}

#[test]
fn what_needs_no_get_gets_none() {
    let server = S3Server::start();
    let class = |storage_class| PutOptions { storage_class, ..PutOptions::default() };
    let soon = Some(SystemTime::now() + Duration::from_secs(3_600));
    server.put_with("bucket", "archive/deep", "x", class("DEEP_ARCHIVE"));
    server.put_with("bucket", "archive/glacier", "x", class("GLACIER"));
    server.put_with("bucket", "archive/instant", "x", class("GLACIER_IR"));
    let restored = PutOptions { restored_until: soon, ..class("GLACIER") };
    server.put_with("bucket", "archive/restored", "restored", restored);
    server.put("bucket", "folder/", "");
    server.put("bucket", "nothing", "");
    server.put("bucket", "too large", vec![0; 100]);
    server.put("bucket", "x.log", "x");
    let options = SourceOptions { max_size_bytes: Some(99), exclude: vec!["*.log".into()], ..s3_options(&server) };
    let opened = Opened::new("s3://bucket", &options);
    let expected = [
        ("s3://bucket/archive/deep", "skipped archived"),
        ("s3://bucket/archive/glacier", "skipped archived"),
        ("s3://bucket/archive/instant", "object"),
        ("s3://bucket/archive/restored", "object"),
        ("s3://bucket/folder/", "skipped empty"),
        ("s3://bucket/nothing", "object"),
        ("s3://bucket/too large", "skipped over_size_limit"),
        ("s3://bucket/x.log", "skipped excluded"),
    ];
    assert_eq!(pairs(&opened.overview()), expected);
    let objects = opened.objects();
    let contents: Vec<_> = objects.iter().map(|object| opened.read(object).unwrap()).collect();
    assert_eq!(contents, [&b"x"[..], b"restored", b""]);
    assert_eq!(server.count("GetObject"), 2, "an empty object is not asked for");
    assert!(server.requests().iter().all(|request| request.method == "GET"), "no HEAD anywhere");
}

#[test]
fn every_bucket_is_listed_and_a_denied_one_is_a_gap() {
    let server = S3Server::start();
    for bucket in ["alpha", "beta", "dotted.name", "gamma"] {
        server.put(bucket, "key", "x");
    }
    server.create_bucket("void");
    server.faults().denied_buckets.insert("beta".into());
    server.faults().page_size = Some(2);
    let opened = s3(&server, "s3://");
    let expected = [
        ("s3://alpha/key", "object"),
        ("s3://beta/", "failed access_denied"),
        ("s3://dotted.name/key", "object"),
        ("s3://gamma/key", "object"),
    ];
    assert_eq!(pairs(&opened.overview()), expected);
    assert_eq!(opened.read(&opened.objects()[1]).unwrap(), b"x");
    assert_eq!(pairs(&s3(&server, "s3://missing/p").overview()), [("s3://missing/p", "failed not_found")]);
    server.faults().denied_buckets.insert(String::new());
    assert_eq!(pairs(&s3(&server, "s3://").overview()), [("s3://", "failed access_denied")]);
}

#[test]
fn a_page_that_fails_is_a_gap() {
    let server = S3Server::start();
    for number in 0..5 {
        server.put("bucket", &format!("p/{number}"), "x");
    }
    server.faults().page_size = Some(2);
    server.faults().failing_after_pages = Some(2);
    let overview = s3(&server, "s3://bucket/p/").overview();
    assert_eq!(overview.len(), 5);
    assert_eq!(pairs(&overview)[3..], [("s3://bucket/p/3", "object"), ("s3://bucket/p/", "failed access_denied")]);
}

#[test]
fn versions_are_listed_and_read() {
    let server = S3Server::start();
    let first = server.put("bucket", "a +", "one");
    let second = server.put("bucket", "a +", "two!");
    server.put("bucket", "b", "gone");
    server.delete("bucket", "b");
    server.faults().page_size = Some(1);
    let options = SourceOptions { versions: true, ..s3_options(&server) };
    let opened = Opened::new("s3://bucket", &options);
    let objects = opened.objects();
    let names: Vec<_> = objects.iter().map(name).collect();
    assert_eq!(
        names,
        [format!("s3://bucket/a +@{second}"), format!("s3://bucket/a +@{first}"), "s3://bucket/b@v2".into()]
    );
    let contents: Vec<_> = objects.iter().map(|object| opened.read(object).unwrap()).collect();
    assert_eq!(contents, [&b"two!"[..], b"one", b"gone"]);
    assert_eq!(s3(&server, "s3://bucket").objects().len(), 1, "without versions, the current ones");
}

#[test]
fn failures_of_one_object_have_their_reason() {
    let server = S3Server::start();
    for key in ["archived", "changed", "customer", "denied", "gone", "kms"] {
        server.put("bucket", key, key.to_owned());
    }
    {
        let mut faults = server.faults();
        faults.archived_keys.insert("bucket/archived".into());
        faults.customer_keys.insert("bucket/customer".into());
        faults.denied_keys.insert("bucket/denied".into());
        faults.kms_denied_keys.insert("bucket/kms".into());
    }
    let opened = s3(&server, "s3://bucket");
    let objects = opened.objects();
    server.put("bucket", "changed", "since the listing");
    server.delete("bucket", "gone");
    let reasons: Vec<_> = objects.iter().map(|object| opened.open(object).err().unwrap().reason).collect();
    let expected = [
        Reason::Archived,
        Reason::Changed,
        Reason::CustomerKey,
        Reason::AccessDenied,
        Reason::NotFound,
        Reason::KmsDenied,
    ];
    assert_eq!(reasons, expected);
    assert_eq!(server.count("GetObject"), 6, "what cannot succeed is not tried again");
    let error = opened.open(&objects[3]).err().unwrap().to_string();
    assert_eq!(error, "access_denied: GetObject: status 403, code AccessDenied, request -", "no key, no message");
}

#[test]
fn a_small_object_is_one_request_and_large_ones_are_read_ahead() {
    let server = S3Server::start();
    let large = pattern(9 * RANGE_BYTES as usize + 5);
    server.put("bucket", "large", large.clone());
    server.put("bucket", "small", pattern(RANGE_BYTES as usize));
    let opened = s3(&server, "s3://bucket");
    let objects = opened.objects();
    let small = opened.open(&objects[1]).unwrap();
    assert_eq!(small.random_access.as_ref().unwrap().read(5..10).unwrap(), pattern(10)[5..]);
    assert_same_bytes(&drain(small).0, &pattern(RANGE_BYTES as usize));
    assert_eq!(server.count("GetObject"), 1);
    server.clear_requests();

    server.faults().slow_bodies.insert("bucket/large".into(), (1 << 20, Duration::from_millis(5)));
    let mut content = opened.open(&objects[0]).unwrap();
    assert_eq!(server.count("GetObject"), 1, "opening fetches the first range only");
    let first = content.stream.next_chunk().unwrap().unwrap();
    let (rest, end) = drain(content);
    end.unwrap();
    assert_same_bytes(&[&first[..], &rest].concat(), &large);
    assert_eq!(server.count("GetObject"), 10);
    let most = server.most_concurrent_reads();
    assert!((2..=4).contains(&most), "{most} ranges in flight");
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.if_match.is_some() && request.range.is_some()));
    assert!(requests.iter().all(|request| request.method == "GET"), "no HEAD anywhere");
}

#[test]
fn dropping_a_stream_stops_its_requests() {
    let server = S3Server::start();
    server.put("bucket", "large", pattern(12 * RANGE_BYTES as usize));
    server.faults().slow_bodies.insert("bucket/large".into(), (2 << 20, Duration::from_millis(5)));
    let opened = s3(&server, "s3://bucket");
    let mut content = opened.open(&opened.objects()[0]).unwrap();
    content.stream.next_chunk().unwrap().unwrap();
    drop(content);
    std::thread::sleep(Duration::from_millis(300));
    let asked = server.count("GetObject");
    assert!(asked <= 5, "{asked} requests");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.count("GetObject"), asked);
}

#[test]
fn an_object_replaced_between_two_ranges_has_changed() {
    let server = S3Server::start();
    let old = pattern(2 * RANGE_BYTES as usize);
    server.put("bucket", "large", old.clone());
    let opened = s3(&server, "s3://bucket");
    let object = opened.objects().remove(0);
    server.faults().replaced_after_read.insert("bucket/large".into(), vec![7; old.len()].into());
    let content = opened.open(&object).unwrap();
    let access = content.random_access.clone().unwrap();
    let (bytes, end) = drain(content);
    assert_eq!(end.unwrap_err().reason, Reason::Changed);
    assert_same_bytes(&bytes, &old[..RANGE_BYTES as usize]);
    assert_eq!(access.read(0..5).unwrap_err().reason, Reason::Changed);
}

#[test]
fn a_body_that_breaks_off_is_resumed_a_bounded_number_of_times() {
    let server = S3Server::start();
    let small = pattern(3 << 20);
    let large = pattern(RANGE_BYTES as usize + (3 << 20));
    server.put("bucket", "large", large.clone());
    server.put("bucket", "small", small.clone());
    let opened = s3(&server, "s3://bucket");
    let objects = opened.objects();
    for times in [1, 3] {
        server.faults().cut_bodies.insert("bucket/small".into(), (600_000, times));
        server.faults().cut_bodies.insert("bucket/large".into(), (2_000_000, times));
        server.clear_requests();
        assert_same_bytes(&opened.read(&objects[0]).unwrap(), &large);
        assert_same_bytes(&opened.read(&objects[1]).unwrap(), &small);
        assert_eq!(server.count("GetObject"), 3 + 2 * times);
    }
    let resumed = server.requests().into_iter().rfind(|request| request.path == "/bucket/small").unwrap();
    assert!(resumed.range.unwrap().ends_with("-3145727"), "it goes on where it stopped");
    server.faults().cut_bodies.insert("bucket/small".into(), (300_000, usize::MAX));
    let error = opened.open(&objects[1]).err().unwrap();
    assert_eq!(error.reason, Reason::Unreadable);
}

#[test]
fn a_service_that_stops_answering_times_out_and_is_resumed() {
    let server = S3Server::start();
    server.put("bucket", "key", pattern(1 << 20));
    let mut options = s3_options(&server);
    options.aws.timeout = Some(Duration::from_secs(1));
    let opened = Opened::new("s3://bucket", &options);
    let object = opened.objects().remove(0);
    server.faults().stalled_bodies.insert("bucket/key".into(), (100_000, 1));
    assert_same_bytes(&opened.read(&object).unwrap(), &pattern(1 << 20));
    server.faults().stalled_bodies.insert("bucket/key".into(), (0, usize::MAX));
    let start = Instant::now();
    assert_eq!(opened.open(&object).err().unwrap().reason, Reason::TimedOut);
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn throttling_is_waited_out() {
    let server = S3Server::start();
    server.put("bucket", "key", "content");
    server.faults().slow_down_requests = 1;
    let opened = s3(&server, "s3://bucket");
    let object = opened.objects().remove(0);
    server.faults().slow_down_requests = 1;
    assert_eq!(opened.read(&object).unwrap(), b"content");
    assert_eq!((server.count("ListObjectsV2"), server.count("GetObject")), (2, 2));
}

#[test]
fn a_service_that_ignores_ranges_gives_an_error_and_no_wrong_bytes() {
    let server = S3Server::start();
    server.put("bucket", "large", pattern(2 * RANGE_BYTES as usize));
    server.faults().ignores_ranges = true;
    let opened = s3(&server, "s3://bucket");
    assert!(opened.open(&opened.objects()[0]).is_err());
}

#[test]
fn the_rate_limit_and_the_requester_pays_header_hold_for_every_request() {
    let server = S3Server::start();
    for number in 0..10 {
        server.put("bucket", &format!("{number}"), "x");
    }
    let options = SourceOptions { requester_pays: true, max_requests_per_second: Some(20), ..s3_options(&server) };
    let opened = Opened::new("s3://bucket", &options);
    let start = Instant::now();
    let objects = opened.objects();
    let opening = objects.iter().map(|object| opened.source.open(object));
    let contents = opened.runtime.block_on(futures::future::join_all(opening));
    assert!(contents.iter().all(Result::is_ok));
    assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());
    assert!(server.requests().iter().all(|request| request.request_payer.as_deref() == Some("requester")));
}
