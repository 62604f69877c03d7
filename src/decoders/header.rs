//! Tells whether the first record of a delimited table names its columns, and whether a name may as well be a value.
//!
//! A header is a record of short, distinct names without digits of data, unlike what stands below them. It must not know how
//! records are written, and no detector: only words that columns are called by everywhere.

use super::layout;
use std::collections::HashSet;

/// Whether the first of some records, all of one width, names the columns of the others.
pub fn names_columns(records: &[&[&[u8]]]) -> bool {
    let Some((first, others)) = records.split_first() else { return false };
    let names: Vec<&[u8]> = first.iter().map(|cell| cell.trim_ascii()).collect();
    let is_name = |name: &&[u8]| {
        name.len() <= 64
            && (name.is_empty() || name.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80))
            && !layout::begins_event(name)
            && !name.contains(&b'@')
            && !name.contains(&b'\n')
            && name.iter().filter(|byte| byte.is_ascii_digit()).count() * 2 <= name.len()
    };
    let filled = names.iter().filter(|name| !name.is_empty()).count();
    if filled * 2 < names.len() || !names.iter().all(|name| is_name(name) || is_code(name)) {
        return false;
    }
    // Names may occur twice (`ssn,dx,dx`); one value everywhere (`NULL,NULL`) is no name.
    let distinct: HashSet<&[u8]> = names.iter().copied().filter(|name| !name.is_empty()).collect();
    if distinct.len() < 2 && names.len() > 1 && filled > 1 {
        return false;
    }
    if others.is_empty() {
        return true;
    }
    // A column speaks for a header where the name is none of its values and of another kind than most of them.
    let (mut unlike, mut told, mut repeated, mut codes, mut alike) = (0, 0, 0, 0, 0);
    for (column, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let values = || others.iter().map(|record| record[column].trim_ascii()).filter(|value| !value.is_empty());
        let (count, with_digits, begin_with_digit) = values().fold((0, 0, 0), |(count, digits, begin), value| {
            let has_digit = value.iter().any(u8::is_ascii_digit);
            (count + 1, digits + usize::from(has_digit), begin + usize::from(value[0].is_ascii_digit()))
        });
        // `mrn1` names `44719`: a word with a number behind it is no number.
        let is_word = name.first_chunk::<2>().is_some_and(|start| start.iter().all(u8::is_ascii_alphabetic));
        let differing = if name.iter().any(u8::is_ascii_digit) { begin_with_digit } else { with_digits };
        let may_differ = is_word || !name.iter().any(u8::is_ascii_digit);
        let differs = count > 0 && differing * 10 >= count * 8 && may_differ;
        unlike += usize::from(differs);
        told += usize::from(differs && (tells_a_field(name) || (with_digits == count && is_plain_word(name))));
        repeated += usize::from(values().any(|value| value == *name));
        // `N301` over streets is a name; `A44719` over `A44720` is a value.
        let is_number = !is_word && name.iter().any(u8::is_ascii_digit) && is_code(name);
        if count > 0 && (!is_name(name) || is_number) {
            let of_shape = values().filter(|value| shape(value).eq(shape(name))).count();
            codes += 1;
            alike += usize::from(of_shape * 2 >= count);
            unlike += usize::from(of_shape == 0 && is_code(name));
        }
    }
    if repeated * 4 > filled {
        return false;
    }
    // `D1` and `E119` are of one shape. A word over numbers beside them tells which one it is: `mrn`; so do names that count (`F1,F2,F3`), and more that are
    // unlike their values than are like them.
    if alike * 4 > codes && told == 0 && (unlike < 2 || unlike <= alike) && !(unlike > 0 && is_series(&names)) {
        return false;
    }
    let is_identifier = |name: &&[u8]| {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-. /()#".contains(byte) || *byte >= 0x80;
        name.iter().all(is_part)
    };
    let speaking = names.iter().filter(|name| tells_a_field(name)).count();
    unlike > 0 || speaking > 0 || (names.iter().all(is_identifier) && names.iter().any(|name| name.contains(&b'_')))
}

/// Whether a cell holds a word that columns are called by and values hardly ever are.
pub fn tells_a_field(name: &[u8]) -> bool {
    NAME_PARTS.iter().any(|part| contains_word(name, part))
}

/// Whether names are one letter or word that counts the columns: `F1,F2,F3`.
fn is_series(names: &[&[u8]]) -> bool {
    let split = |name: &[u8]| {
        let letters = name.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&name[letters..]).ok()?.parse::<usize>().ok()?;
        Some((letters, number))
    };
    let Some((letters, first)) = names.first().and_then(|name| split(name)) else { return false };
    let counts = |(at, name): (usize, &&[u8])| {
        split(name) == Some((letters, first + at)) && name[..letters] == names[0][..letters]
    };
    names.len() >= 3 && letters > 0 && first <= 1 && names.iter().enumerate().all(counts)
}

/// Whether a cell is one word of letters that does not say that a value is missing.
fn is_plain_word(name: &[u8]) -> bool {
    const MISSING: [&[u8]; 12] = [
        b"blank", b"missing", b"na", b"nan", b"nil", b"none", b"null", b"other", b"pending", b"tbd", b"total",
        b"unknown",
    ];
    name.len() >= 2
        && name.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && !MISSING.iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Whether it is a name as formats number their fields: `N301`, `F1`, `M0050_ST`, `#`.
fn is_code(name: &[u8]) -> bool {
    const MAX_CODE: usize = 12;
    name == b"#"
        || (name.len() <= MAX_CODE
            && name.first().is_some_and(u8::is_ascii_alphabetic)
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'))
}

/// Letters and digits of a value, each run of them as one.
fn shape(value: &[u8]) -> impl Iterator<Item = u8> {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => b'9',
        byte if byte.is_ascii_alphabetic() || byte >= 0x80 => b'a',
        byte => byte,
    };
    let mut last = 0;
    value.iter().map(move |byte| kind(*byte)).filter(move |kind| {
        let is_new = *kind != last || !matches!(kind, b'9' | b'a');
        last = *kind;
        is_new
    })
}

/// Whether a cell of a header may be a value: `icd10`, `address2`, `Bal 31-60` and `B01001_001E` are names, `Room 4711` and
/// `12 Main St` may be data.
pub fn is_doubtful_name(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    let digits = name.iter().filter(|byte| byte.is_ascii_digit()).count();
    let longest_run = name.split(|byte| !byte.is_ascii_digit()).map(<[u8]>::len).max().unwrap_or(0);
    let ends_word = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let is_year = ends_word == 4 && matches!(&name[name.len() - 4..], [b'1', b'9', ..] | [b'2', b'0', ..]);
    let is_number_apart = ends_word >= 3 && name[..name.len() - ends_word].ends_with(b" ") && !is_year;
    name.contains(&b'@')
        || (digits > 0
            && !is_code_of_parts(name, longest_run)
            && !is_element(name)
            && (digits * 2 > name.len() || longest_run >= 5 || name[0].is_ascii_digit() || is_number_apart))
        || layout::begins_event(name)
        || is_date(name)
}

/// Whether it is two or three letters with two or three digits behind: as segments number their elements (`NM109`).
fn is_element(name: &[u8]) -> bool {
    let letters = name.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    matches!((letters, name.len() - letters), (2 | 3, 2 | 3)) && name[letters..].iter().all(u8::is_ascii_digit)
}

/// Whether it is a letter, letters and digits, with `_` or `.` between: as surveys and standards number their fields (`PID.11.5`).
fn is_code_of_parts(name: &[u8], longest_run: usize) -> bool {
    const MAX_BYTES: usize = 16;
    const MAX_RUN: usize = 5;
    name.len() <= MAX_BYTES
        && longest_run <= MAX_RUN
        && name[0].is_ascii_alphabetic()
        && name.iter().any(|byte| matches!(byte, b'_' | b'.'))
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// Whether a day stands in it: three numbers in a row as dates have them, or two beside the name of a month.
fn is_date(name: &[u8]) -> bool {
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let groups: Vec<&[u8]> =
        name.split(|byte| matches!(byte, b'-' | b'/' | b'.' | b' ' | b',')).filter(|group| !group.is_empty()).collect();
    let is_number = |group: &&[u8]| group.iter().all(u8::is_ascii_digit);
    let names_month = |group: &&[u8]| {
        group.get(..3).is_some_and(|start| MONTHS.iter().any(|month| month.eq_ignore_ascii_case(start)))
            && group.iter().all(u8::is_ascii_alphabetic)
    };
    let lengths: Vec<usize> = groups.iter().map(|group| if is_number(group) { group.len() } else { 0 }).collect();
    lengths.windows(3).any(|run| matches!(run, [4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 2 | 4]))
        || (groups.iter().any(names_month) && groups.iter().filter(|group| is_number(group)).count() >= 2)
}

/// Words of column names that are hardly ever values.
const NAME_PARTS: [&[u8]; 24] = [
    b"id",
    b"name",
    b"date",
    b"code",
    b"type",
    b"number",
    b"address",
    b"city",
    b"state",
    b"zip",
    b"phone",
    b"email",
    b"status",
    b"gender",
    b"sex",
    b"dob",
    b"ssn",
    b"mrn",
    b"diagnosis",
    b"notes",
    b"description",
    b"value",
    b"time",
    b"amount",
];

fn contains_word(name: &[u8], word: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    lower
        .split(|byte| !byte.is_ascii_alphanumeric())
        .any(|part| part == word || (part.len() > 4 && part.ends_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_be_values_are_told_from_numbered_ones() {
        let certain = [
            "icd10",
            "address2",
            "dx_1",
            "sales_2024",
            "Bal 31-60",
            "PID.11.5",
            "B01001_001E",
            "Jan 2024",
            "PID.3.1.2",
            "NM109",
        ];
        for name in certain {
            assert!(!is_doubtful_name(name.as_bytes()), "{name}");
        }
        for name in ["Room 4711", "12 Main St", "a1@example.org", "1980-01-02", "A44719", "Seen 3/4/85", "Jan 2, 1980"]
        {
            assert!(is_doubtful_name(name.as_bytes()), "{name}");
        }
    }
}
