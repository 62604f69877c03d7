//! Compression is undone whatever its layers, members and chunks; damage costs only what lies behind it.

use super::*;
use crate::model::ByteStream;
use bytes::Bytes;
use std::io::Write;

struct Pieces(Bytes, usize);

impl ByteStream for Pieces {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let size = self.0.len().min(self.1);
        Ok((size > 0).then(|| self.0.split_to(size)))
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new().filename("a.txt").write(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    ::zstd::stream::encode_all(bytes, 1).unwrap()
}

fn text(lines: usize) -> Vec<u8> {
    (0..lines as u64)
        .flat_map(|i| format!("line {i} {}\n", i.wrapping_mul(0x9E37_79B9_7F4A_7C15)).into_bytes())
        .collect()
}

fn unpack(bytes: &[u8], chunk: usize, limits: &Limits) -> (Vec<u8>, Option<Reason>, Vec<&'static str>) {
    let content = Content { stream: Box::new(Pieces(Bytes::copy_from_slice(bytes), chunk)), random_access: None };
    let mut unpacked = match open(content, limits) {
        Ok(unpacked) => unpacked,
        Err(error) => return (Vec::new(), Some(error.reason), Vec::new()),
    };
    let mut all = Vec::new();
    loop {
        match unpacked.content.stream.next_chunk() {
            Ok(Some(chunk)) => all.extend_from_slice(&chunk),
            Ok(None) => return (all, None, unpacked.compressions),
            Err(error) => return (all, Some(error.reason), unpacked.compressions),
        }
    }
}

#[test]
fn layers_members_and_padding() {
    let plain = text(5000);
    let limits = Limits::default();
    let mut members = [gzip(&plain[..1000]), gzip(b""), gzip(&plain[1000..])].concat();
    let mut skippable = vec![0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
    skippable.extend([zstd_frame(&plain[..1000]), zstd_frame(&plain[1000..])].concat());
    for chunk in [1, 7, 1 << 20] {
        assert_eq!(unpack(&plain, chunk, &limits), (plain.clone(), None, vec![]));
        assert_eq!(unpack(&members, chunk, &limits), (plain.clone(), None, vec!["gzip"]));
        assert_eq!(unpack(&skippable, chunk, &limits), (plain.clone(), None, vec!["zstd"]));
        let nested = gzip(&zstd_frame(&gzip(&plain)));
        assert_eq!(unpack(&nested, chunk, &limits), (plain.clone(), None, vec!["gzip", "zstd", "gzip"]));
    }
    members.extend([0; 512]);
    assert_eq!(unpack(&members, 100, &limits).1, None);
    let five = (0..5).fold(plain, |inner, _| gzip(&inner));
    assert_eq!(unpack(&five, 1000, &limits).1, Some(Reason::NestingLimit));
}

#[test]
fn what_stands_before_damage_comes_out() {
    let plain = text(100_000);
    let limits = Limits::default();
    for packed in [gzip(&plain), zstd_frame(&plain)] {
        let (out, reason, _) = unpack(&packed[..packed.len() / 2], 4096, &limits);
        assert_eq!(reason, Some(Reason::Truncated));
        assert!(plain.starts_with(&out) && out.len() > plain.len() / 3, "{} of {}", out.len(), plain.len());
        let mut damaged = packed.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0xFF);
        let (out, reason, _) = unpack(&damaged, 1 << 20, &limits);
        assert_eq!(reason, Some(Reason::Corrupt));
        assert!(out.len() > plain.len() / 4 && out[..plain.len() / 4] == plain[..plain.len() / 4]);
    }
}

#[test]
fn bombs_end_at_the_limits() {
    let zeros = vec![0; 96 << 20];
    for bomb in [gzip(&zstd_frame(&zeros)), zstd_frame(&zeros)] {
        let (out, reason, _) = unpack(&bomb, 1 << 20, &Limits::default());
        assert_eq!(reason, Some(Reason::ExpansionLimit));
        assert!(out.len() <= 65 << 20);
    }
    let small = Limits { max_expanded_bytes: 1000, ..Limits::default() };
    assert_eq!(unpack(&gzip(&text(1000)), 100, &small).1, Some(Reason::ExpansionLimit));
}

#[test]
fn bytes_behind_the_last_member_are_damage_and_a_member_behind_padding_is_read() {
    let plain = text(5000);
    let limits = Limits::default();
    for pack in [gzip, zstd_frame] {
        for chunk in [1, 100, 1 << 20] {
            let padded = [pack(&plain[..1000]), vec![0; 700], pack(&plain[1000..]), vec![0; 3]].concat();
            let (out, reason, _) = unpack(&padded, chunk, &limits);
            assert_eq!((out, reason), (plain.clone(), None));
            let behind = [pack(&plain), vec![0; 9], b"mrn 4471920".to_vec()].concat();
            let (out, reason, _) = unpack(&behind, chunk, &limits);
            assert_eq!((out, reason), (plain.clone(), Some(Reason::Corrupt)));
        }
    }
}
