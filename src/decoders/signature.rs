//! What the first bytes say that is not text: containers by their signature, and binary content by its bytes.
//!
//! A container that is known and not decoded is reported as such; what nobody knows is binary. Printable runs inside
//! binary content are not looked at.

use crate::model::Reason;
use Reason::{Binary, Encrypted, UnsupportedFormat};

/// Least that must be text for a NUL byte among it to be damage.
const LEAST_TEXT_BYTES: usize = 32;
/// How much is looked at to tell binary content from text.
const BINARY_SAMPLE_BYTES: usize = 8 << 10;

/// Bytes at an offset, what the format is called in the log, and why it is not decoded.
type Signature = (usize, &'static [u8], &'static str, Reason);

const SIGNATURES: &[Signature] = &[
    (0, b"PK\x03\x04", "zip archive or office document", UnsupportedFormat),
    (0, b"PK\x05\x06", "empty zip archive", UnsupportedFormat),
    (0, b"PK\x07\x08", "split zip archive", UnsupportedFormat),
    (0, b"7z\xBC\xAF\x27\x1C", "7z archive", UnsupportedFormat),
    (0, b"Rar!\x1A\x07", "rar archive", UnsupportedFormat),
    (0, b"Obj\x01", "avro", UnsupportedFormat),
    (0, b"ORC", "orc", UnsupportedFormat),
    (0, b"ARROW1\0\0", "arrow file", UnsupportedFormat),
    (0, b"SQLite format 3\0", "sqlite database", UnsupportedFormat),
    (0, b"\x37\x7F\x06\x82", "write-ahead log of sqlite", UnsupportedFormat),
    (0, b"\x37\x7F\x06\x83", "write-ahead log of sqlite", UnsupportedFormat),
    (0, b"\xD9\xD5\x05\xF9\x20\xA1\x63\xD7", "rollback journal of sqlite", UnsupportedFormat),
    (0, b"BZh", "bzip2", UnsupportedFormat),
    (0, b"\xFD7zXZ\0", "xz", UnsupportedFormat),
    (0, b"\x04\x22\x4D\x18", "lz4", UnsupportedFormat),
    (0, b"\xFF\x06\0\0sNaPpY", "framed snappy", UnsupportedFormat),
    (0, b"LZIP\x01", "lzip", UnsupportedFormat),
    (0, b"\x1F\x9D", "compress", UnsupportedFormat),
    (0, b"\x89HDF\r\n\x1A\n", "hdf5", UnsupportedFormat),
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "office 97 document", UnsupportedFormat),
    (0, b"PGDMP", "postgresql dump", UnsupportedFormat),
    (257, b"ustar", "tar archive", UnsupportedFormat),
    (128, b"DICM", "dicom", UnsupportedFormat),
    (0, b"PARE", "parquet with an encrypted footer", Encrypted),
    (0, b"-----BEGIN PGP MESSAGE-----", "pgp message", Encrypted),
    (0, b"age-encryption.org/v1", "age", Encrypted),
    (0, b"Salted__", "openssl enc", Encrypted),
    (0, b"$ANSIBLE_VAULT;", "ansible vault", Encrypted),
    (0, b"LUKS\xBA\xBE", "luks volume", Encrypted),
    (0, b"\x89PNG\r\n\x1A\n", "png", Binary),
    (0, b"\xFF\xD8\xFF", "jpeg", Binary),
    (0, b"GIF87a", "gif", Binary),
    (0, b"GIF89a", "gif", Binary),
    (0, b"II*\0", "tiff", Binary),
    (0, b"MM\0*", "tiff", Binary),
    (0, b"\x7FELF", "elf", Binary),
    (0, b"\0asm", "webassembly", Binary),
    (0, b"\xCA\xFE\xBA\xBE", "java class", Binary),
    (0, b"OggS", "ogg", Binary),
    (0, b"ID3\x03", "mp3", Binary),
    (0, b"ID3\x04", "mp3", Binary),
    (4, b"ftyp", "mp4", Binary),
    (8, b"WAVEfmt ", "wav", Binary),
    (8, b"WEBPVP8", "webp", Binary),
];

/// A known format that is not decoded: its name for the log, and the reason.
pub fn known(head: &[u8]) -> Option<(&'static str, Reason)> {
    for (offset, bytes, name, reason) in SIGNATURES {
        if head.get(*offset..).is_some_and(|rest| rest.starts_with(bytes)) && !is_word(head, bytes) {
            return Some((name, *reason));
        }
    }
    pgp_packet(head).then_some(("pgp message", Encrypted))
}

/// A short signature of letters alone may be the beginning of a text: it needs something unprintable behind it.
fn is_word(head: &[u8], signature: &[u8]) -> bool {
    signature.len() < 6 && signature.iter().all(|byte| (0x20..0x7F).contains(byte)) && !looks_binary(head)
}

/// A binary PGP message: a session key packet (tag 1 or 3) of a plausible length and version.
fn pgp_packet(head: &[u8]) -> bool {
    matches!(
        head,
        [0x84, 0x5E..=0x8C, 0x03, ..]
            | [0x85, 0x01..=0x04, _, 0x03, ..]
            | [0xC1, 0x5E..=0xC3, _, 0x03, ..]
            | [0xC1, 0x5E..=0x8C, 0x03, ..]
            | [0x8C, 0x04 | 0x0D, 0x04, 1..=13, ..]
            | [0xC3, 0x04 | 0x0D, 0x04, 1..=13, ..]
    ) && looks_binary(head)
}

/// Whether content is binary: NUL bytes in more than few places, or more than one control byte in ten, in its first
/// 8 KiB (behind a run of NULs that a truncated log begins with). Text in UTF-16 has NUL bytes too and must have been
/// told apart before.
pub fn looks_binary(head: &[u8]) -> bool {
    let zeros = head.iter().take_while(|byte| **byte == 0).count();
    // What a log was cut by is many bytes long; a few zeros are the beginning of a number.
    let head = if zeros >= 64 { &head[zeros..] } else { head };
    let sample = &head[..head.len().min(BINARY_SAMPLE_BYTES)];
    // The separators of Hive, unit and record separators, escape sequences of terminals and form feeds belong to text.
    let is_control =
        |byte: u8| byte < 0x20 && !matches!(byte, 1..=3 | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0x1B..=0x1F);
    if sample.is_empty() {
        return true;
    }
    if sample.contains(&0) {
        return !is_text_with_few_zeros(sample);
    }
    let controls = sample.iter().filter(|byte| is_control(**byte) || **byte == 0x7F).count();
    controls * 10 > sample.len()
        || (controls > 0
            && controls * 100 > sample.len()
            && std::str::from_utf8(sample).is_err_and(|error| error.error_len().is_some()))
}

/// Whether NUL bytes stand in so few places that they are damage, and everything else is printable UTF-8.
fn is_text_with_few_zeros(sample: &[u8]) -> bool {
    let places = sample.chunk_by(|left, right| (*left == 0) == (*right == 0)).filter(|run| run[0] == 0).count();
    let printable =
        |byte: &u8| *byte >= 0x20 && *byte != 0x7F || matches!(byte, 0 | b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    let filled = sample.iter().filter(|byte| **byte != 0).count();
    filled >= LEAST_TEXT_BYTES
        && places <= 2 + sample.len() / 100
        && sample.iter().all(printable)
        && (std::str::from_utf8(sample).is_ok() || cut_character(sample))
}

/// Whether UTF-8 is damaged only where the sample cuts a character.
fn cut_character(sample: &[u8]) -> bool {
    std::str::from_utf8(sample).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_and_pictures_are_known() {
        assert_eq!(known(b"PK\x03\x04rest").map(|found| found.1), Some(UnsupportedFormat));
        assert_eq!(known(b"\x89PNG\r\n\x1A\n\0\0").map(|found| found.1), Some(Binary));
        assert_eq!(known(b"-----BEGIN PGP MESSAGE-----\n").map(|found| found.1), Some(Encrypted));
        assert_eq!(known(b"\x85\x02\x0C\x03\0\x01").map(|found| found.1), Some(Encrypted));
    }

    #[test]
    fn words_are_no_signatures() {
        assert_eq!(known(b"ORCHARD STREET 5, a list of addresses"), None);
        assert_eq!(known(b"BZh is how the names begin"), None);
        assert_eq!(known(b"PGDMP is a word"), None);
        assert_eq!(known(b"ORC\x08\0\x01\x02").map(|found| found.1), Some(UnsupportedFormat));
    }

    #[test]
    fn binary_is_told_from_text() {
        assert!(looks_binary(b"abc\0def"));
        assert!(!looks_binary(b"a\tb\r\nc\x1B[31mred"));
        assert!(!looks_binary("gr\u{fc}n \u{4f60}\u{597d}".as_bytes()));
        assert!(looks_binary(&(1..=255).cycle().take(4000).collect::<Vec<u8>>()));
    }

    #[test]
    fn few_zeros_do_not_make_text_binary() {
        assert!(!looks_binary(b"mrn,name\n4471920,Ann\0 Roe\n4471921,Bob Doe\n4471922,Eve Poe\n"));
        let cut = [vec![0; 5000], b"2024-01-02T03:04:05Z patient 4471920 admitted to ward\n".to_vec()].concat();
        assert!(!looks_binary(&cut));
        assert!(!looks_binary(b"1\x01Ann\x01E11\n2\x01Bob\x01E12\n"));
        assert!(!looks_binary(b"SSN: 412-55-7731\0\0MRN: 4471920\0\n and more"));
        assert!(!looks_binary(&b"a line of a log, which has some sixty letters and a zero byte in\0it, and then it goes on a while until there are more\n".repeat(80)));
        assert!(looks_binary(&[0; 9000]));
        assert!(looks_binary(&b"name\0value\0other\0".repeat(9)));
        assert!(looks_binary(b"some text of a record that is long enough\0\x04\x05\x06"));
    }
}
