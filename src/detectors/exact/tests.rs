//! Exact match as a scan uses it, and files that are not to be trusted.

use super::*;
use sha2::Digest as _;

fn indexes(ids: &[&str]) -> ExactIndexes {
    let key = ExactKey::from_secret(b"a secret");
    let columns = [("mrn", ExactKind::Id), ("dob", ExactKind::Date), ("last_name", ExactKind::Name)];
    let columns = columns.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
    let mut builder = ExactBuilder::new(key.clone(), columns, "");
    ids.iter().for_each(|id| builder.add(0, id.as_bytes(), 1));
    builder.add(1, b"02/03/1980", 1);
    builder.add(2, "Müller".as_bytes(), 1);
    ExactIndexes::new(key, vec![builder.finish()])
}

/// The identifiers that are found in `text`, as a scan goes over its tokens.
fn found<'a>(indexes: &ExactIndexes, text: &'a str) -> Vec<&'a str> {
    let bytes = text.as_bytes();
    let (mut all, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80).count();
        let has_letter = bytes[at..at + length].iter().any(|byte| !byte.is_ascii_digit());
        let id = if indexes.may_begin(length, has_letter) { indexes.id_at(bytes, at, bytes.len()) } else { None };
        let end = id.map_or(at + length.max(1), |id| id.end);
        if id.is_some() {
            all.push(&text[at..end]);
        }
        at = end;
    }
    all
}

#[test]
fn bare_digits_are_found_and_their_neighbours_are_not() {
    let indexes = indexes(&["4471920", "00883301"]);
    for (text, expected) in [
        ("seen today: 4471920.", &["4471920"][..]),
        ("4471921 4471919 447192 44719200", &[]),
        ("0004471920,883301", &["0004471920", "883301"]),
        ("mrn=4471920&x", &["4471920"]),
        ("order-4471920", &["4471920"]),
        ("x4471920 4471920x é4471920 4471920é", &[]),
        ("0.4471920 12.4471920 4471920.55", &[]),
        ("4471920.0 and 4471920.0", &["4471920", "4471920"]),
        ("44-71920 44 71920", &[]),
        ("", &[]),
    ] {
        assert_eq!(found(&indexes, text), expected, "{text}");
    }
}

#[test]
fn separators_of_the_column_itself_part_its_digits() {
    let indexes = indexes(&["44-71-920", "55-10-222"]);
    for (text, expected) in [
        ("MRN 44-71-920, 4471920", &["44-71-920", "4471920"][..]),
        ("4-471-920", &["4-471-920"]),
        ("44.71.920 44 71 920", &[]),
        ("44-71-920-1", &["44-71-920"]),
    ] {
        assert_eq!(found(&indexes, text), expected, "{text}");
    }
}

#[test]
fn identifiers_with_letters_are_found_as_they_are_written() {
    let indexes = indexes(&["MR4471920", "6f9619ff-8b86-d011-b42d-00c04fc964ff"]);
    for (text, expected) in [
        ("(MR-44-71920)", &["MR-44-71920"][..]),
        ("mr 4471920 and MR#4471920;mr4471920", &["mr 4471920", "MR#4471920", "mr4471920"]),
        ("4471920 MR447192 MRX4471920", &[]),
        ("/Patient/6F9619FF-8B86-D011-B42D-00C04FC964FF/x", &["6F9619FF-8B86-D011-B42D-00C04FC964FF"]),
        ("6f9619ff8b86d011b42d00c04fc964ff", &["6f9619ff8b86d011b42d00c04fc964ff"]),
        ("6f9619ff-8b86-d011-b42d-00c04fc964fe", &[]),
    ] {
        assert_eq!(found(&indexes, text), expected, "{text}");
    }
}

#[test]
fn an_identifier_ends_within_its_value() {
    let indexes = indexes(&["4471920"]);
    let bytes = b"4471920\n1";
    assert!(indexes.id_at(bytes, 0, 7).is_some());
    assert!(indexes.id_at(bytes, 0, 6).is_none(), "cut");
    assert!(indexes.id_at(bytes, 9, 9).is_none());
    assert!(indexes.id_at(bytes, 20, 30).is_none());
}

#[test]
fn only_tokens_that_may_begin_one_are_looked_at() {
    let indexes = indexes(&["MR4471920", "4471920"]);
    let may = |has_letter| (1..=50).filter(|length| indexes.may_begin(*length, has_letter)).collect::<Vec<_>>();
    assert_eq!(may(true), [2, 9]);
    assert_eq!(may(false), [&[2][..], &(7..=40).collect::<Vec<_>>()].concat());
}

#[test]
fn a_dense_index_trusts_bare_digits_less() {
    let confidence = |ids: &[String]| {
        let all: Vec<&str> = ids.iter().map(String::as_str).collect();
        let found = indexes(&all).id_at(ids[0].as_bytes(), 0, 40).unwrap();
        (found.confidence, found.chance)
    };
    let numbers = |count: u64, step: u64| (0..count).map(|at| (1_000_010 + at * step).to_string()).collect::<Vec<_>>();
    assert_eq!(confidence(&numbers(9, 7)), (Confidence::High, 1e-6));
    assert_eq!(confidence(&numbers(9_000, 7)), (Confidence::Medium, 1e-3));
    let (few, chance) = confidence(&(0..9_000).map(|at| (10_012 + at).to_string()).collect::<Vec<_>>());
    assert_eq!(few, Confidence::Low);
    assert!((0.09..=0.1).contains(&chance), "{chance}");
}

#[test]
fn names_and_dates_confirm_and_are_no_findings() {
    let indexes = indexes(&["4471920"]);
    assert!(indexes.confirms(ExactKind::Date, b"1980-02-03"));
    assert!(!indexes.confirms(ExactKind::Date, b"1980-03-02"));
    assert!(indexes.confirms(ExactKind::Name, b"MULLER"));
    assert!(indexes.confirms(ExactKind::Name, "Anna Müller".as_bytes()));
    assert!(indexes.confirms(ExactKind::Name, b"Muller, Anna"));
    assert!(!indexes.confirms(ExactKind::Name, b"Muller Anna"));
    assert!(indexes.confirms(ExactKind::Id, b"447-1920"));
    assert_eq!(found(&indexes, "19800203 Müller 1980-02-03"), Vec::<&str>::new());
    assert_eq!(indexes.columns().iter().map(|column| column.entries).collect::<Vec<_>>(), [1, 1, 1]);
}

/// A file of an index, and its path.
fn written(ids: &[&str], secret: &[u8]) -> (tempfile::NamedTempFile, ExactKey) {
    let key = ExactKey::from_secret(secret);
    let mut builder = ExactBuilder::new(key.clone(), vec![("mrn".to_owned(), ExactKind::Id)], "");
    ids.iter().for_each(|id| builder.add(0, id.as_bytes(), 1));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    builder.finish().write(&mut file).unwrap();
    (file, key)
}

#[test]
fn a_damaged_or_hostile_file_is_an_error() {
    let ids: Vec<String> = (0..100).map(|at| (7_000_013 + at * 31).to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (file, key) = written(&ids, b"a secret");
    assert!(ExactIndex::read(file.path(), &key).is_ok());
    let other = ExactIndex::read(file.path(), &ExactKey::from_secret(b"another")).err().unwrap();
    assert!(matches!(other, ExactError::WrongKey { .. }), "{other}");
    let bytes = std::fs::read(file.path()).unwrap();
    let refuse = |bytes: &[u8], what: &str| {
        let damaged = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(damaged.path(), bytes).unwrap();
        assert!(ExactIndex::read(damaged.path(), &key).is_err(), "{what}");
        // Without the key everything is noticed but a seal that is wrong.
        summarise(damaged.path(), None).is_err()
    };
    for length in (0..bytes.len()).step_by(7) {
        assert!(refuse(&bytes[..length], &format!("cut to {length}")));
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(refuse(&changed, &format!("byte {at} changed")) || at >= bytes.len() - 32, "{at}");
    }
    assert!(refuse(&[&bytes[..], b"x"].concat(), "longer"));
    // A header that asks for more memory than there is.
    let text = String::from_utf8_lossy(&bytes).replacen("\"entries\":100", "\"entries\":2305843009213693951", 1);
    assert!(refuse(text.as_bytes(), "a huge count"));
}

#[test]
fn who_has_no_key_cannot_make_a_file_that_is_believed() {
    let (file, key) = written(&["4471920", "4471933"], b"a secret");
    let mut bytes = std::fs::read(file.path()).unwrap();
    let tags = bytes.len() - 64 - 16;
    bytes[tags] ^= 1;
    let end = bytes.len();
    let checksum = sha2::Sha256::digest(&bytes[..end - 64]);
    bytes[end - 64..end - 32].copy_from_slice(&checksum);
    std::fs::write(file.path(), &bytes).unwrap();
    assert!(summarise(file.path(), None).is_ok());
    let error = ExactIndex::read(file.path(), &key).err().unwrap().to_string();
    assert!(error.contains("without the key"), "{error}");
}
