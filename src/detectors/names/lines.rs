//! Where a name stands on its line: in a row of a table, above or inside an address, in the name of a firm.
//!
//! Looks at the bytes around a candidate; what follows from it is decided in the module above.

use super::surroundings::{begins_line, is_capitalised, leading_word, line_before, says_age_or_birth, word_before};
use super::words;

/// Whether the columns of a row go on behind the name: a wide gap or a dash, and a number or a birth date.
pub(super) fn is_in_row(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    let rest = rest.strip_prefix(b" - ").or_else(|| rest.strip_prefix(b"  ")).or_else(|| rest.strip_prefix(b"\t"));
    let Some(rest) = rest.map(<[u8]>::trim_ascii_start) else { return false };
    rest.first().is_some_and(u8::is_ascii_digit) || says_age_or_birth(rest)
}

/// Whether a row goes on behind the name with a date and a further number: `Okafor, Ada   03/04/1961   4471920`.
pub(super) fn is_in_dated_row(text: &[u8], end: usize) -> bool {
    const MIN_DATE: usize = 6;
    const MIN_NUMBER_DIGITS: usize = 6;
    if !matches!(text[end..], [b' ', b' ', ..] | [b'\t', ..] | [b' ', b'|', ..] | [b'|' | b',', ..]) {
        return false;
    }
    let mut cells =
        text[end..].split(|byte| matches!(byte, b' ' | b'\t' | b'|' | b',')).filter(|cell| !cell.is_empty());
    let is_date = |cell: &[u8]| {
        let marks = cell.iter().filter(|byte| matches!(byte, b'/' | b'-')).count();
        cell.len() >= MIN_DATE
            && marks == 2
            && cell.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'-'))
    };
    let digits = |cell: &[u8]| cell.iter().filter(|byte| byte.is_ascii_digit()).count();
    cells.next().is_some_and(is_date)
        && cells.next().is_some_and(|cell| digits(cell) >= MIN_NUMBER_DIGITS && cell[0] != b'$')
}

/// Whether the row is one of a schedule: a time begins the line, the name stands alone in its column, and a number follows:
/// `8:30  OKAFOR, ADA  4471920  new pt`.
pub(super) fn is_in_schedule(text: &[u8], from: usize, end: usize) -> bool {
    const MIN_DIGITS: usize = 5;
    const MAX_TIME: usize = 12;
    let Some(number) = text[end..].strip_prefix(b"  ").or_else(|| text[end..].strip_prefix(b"\t")) else {
        return false;
    };
    let Some(time) = line_before(text, from, MAX_TIME) else { return false };
    let time = time.trim_ascii();
    let is_time =
        |byte: &u8| byte.is_ascii_digit() || matches!(byte, b':' | b' ' | b'A' | b'P' | b'M' | b'a' | b'p' | b'm');
    let digits = number.trim_ascii_start().iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits >= MIN_DIGITS && time.contains(&b':') && time.iter().all(is_time)
}

/// Whether a telephone number with separators follows: ` (617) 555-0188`, `, 617-555-0188`, ` 617.555.0188`.
pub(super) fn is_before_phone(text: &[u8], end: usize) -> bool {
    const MAX_GAP: usize = 3;
    let rest = &text[end..];
    let gap = rest.iter().take_while(|byte| matches!(byte, b' ' | b',' | b':' | b'-' | b'\t')).count();
    let number = &rest[gap..];
    let number = number.strip_prefix(b"(").unwrap_or(number);
    let digits = |text: &[u8], count: usize| text.len() >= count && text[..count].iter().all(u8::is_ascii_digit);
    let mark = |byte: u8| matches!(byte, b'-' | b'.' | b' ' | b')');
    if !(1..=MAX_GAP).contains(&gap) || !digits(number, 3) {
        return false;
    }
    let marks = number[3..].iter().take_while(|byte| mark(**byte)).count();
    let exchange = &number[3 + marks..];
    (1..=2).contains(&marks)
        && digits(exchange, 3)
        && exchange.get(3).is_some_and(|byte| mark(*byte))
        && digits(&exchange[4..], 4)
        && !exchange.get(8).is_some_and(u8::is_ascii_digit)
}

/// Where the one word begins that stands before a comma, a blank and this place, and nothing before it in its line.
pub(super) fn surname_that_begins_line(text: &[u8], from: usize) -> Option<usize> {
    let before = text[..from].strip_suffix(b", ").or_else(|| text[..from].strip_suffix(b","))?;
    let word = word_before(before, before.len());
    let start = before.len() - word.len();
    (is_capitalised(word) && begins_line(text, start)).then_some(start)
}

/// Whether the line below, or the one after a blank line, begins an address: `912 Poplar Street`.
pub(super) fn is_above_address(bytes: &[u8], line_end: usize) -> bool {
    const MAX_LINE: usize = 60;
    const MAX_NUMBER: usize = 6;
    let Some(below) = bytes.get(line_end + 1..) else { return false };
    let blank = below.iter().take(4).take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    let below = &below[blank..];
    let line = &below[..below.iter().take(MAX_LINE + 1).position(|byte| *byte == b'\n').unwrap_or(0)];
    let number = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut words = line[number..].split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    (1..=MAX_NUMBER).contains(&number)
        && line.get(number) == Some(&b' ')
        && words.next().is_some_and(|word| word[0].is_ascii_uppercase())
        && words.any(|word| word[0].is_ascii_uppercase())
}

/// Whether the lines below are the directions on a label of a pharmacy: `TAKE ONE TABLET DAILY`.
pub(super) fn is_above_directions(bytes: &[u8], line_end: usize) -> bool {
    const MAX_LINE: usize = 80;
    const MAX_LINES: usize = 3;
    const VERBS: [&[u8]; 8] = [b"take", b"inhale", b"apply", b"inject", b"instill", b"chew", b"dissolve", b"give"];
    const DOSES: [&[u8]; 18] = [
        b"tablet",
        b"tablets",
        b"tab",
        b"tabs",
        b"capsule",
        b"capsules",
        b"cap",
        b"caps",
        b"puff",
        b"puffs",
        b"drop",
        b"drops",
        b"units",
        b"ml",
        b"mg",
        b"daily",
        b"mouth",
        b"times",
    ];
    let is_of = |list: &[&[u8]], word: &[u8]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let Some(below) = bytes.get(line_end + 1..) else { return false };
    below[..below.len().min(MAX_LINE * MAX_LINES)].split(|byte| *byte == b'\n').take(MAX_LINES).any(|line| {
        let mut words = line.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.next().is_some_and(|word| is_of(&VERBS, word)) && words.any(|word| is_of(&DOSES, word))
    })
}

/// Whether a word stands as a surname on the board of a ward, between the room that begins the line and age and sex:
/// `412 Okafor 71F`, `412B Okafor 71 F`.
pub(super) fn is_on_board(text: &[u8], from: usize, end: usize) -> bool {
    let rest = match text[end..].strip_prefix(b" ") {
        Some(rest) if rest.first().is_some_and(u8::is_ascii_digit) => rest,
        _ => return false,
    };
    let age = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sex = rest[age..].strip_prefix(b" ").unwrap_or(&rest[age..]);
    let is_aged = (1..=3).contains(&age)
        && matches!(sex.first(), Some(b'F' | b'M'))
        && sex.get(1).is_none_or(|byte| matches!(byte, b' ' | b',' | b'\n' | b'\r'));
    let line = text[..from].iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
    let Some(room) = text[line..from].strip_suffix(b" ") else { return false };
    let room = room.trim_ascii_start();
    let digits = room.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let bed = room[digits..].strip_prefix(b"-").unwrap_or(&room[digits..]);
    is_aged && (1..=4).contains(&digits) && matches!(bed, [] | [b'A'..=b'Z'])
}

/// Whether a number of a house stands right before: `751 Mary Dam`.
pub(super) fn is_behind_house_number(text: &[u8], from: usize) -> bool {
    let Some(before) = text[..from].strip_suffix(b" ") else { return false };
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let is_alone = before[..before.len() - digits].last().is_none_or(|byte| matches!(byte, b' ' | b',' | b'\n'));
    (2..=5).contains(&digits) && is_alone
}

/// Whether the abbreviation that begins at `from` ends a street: `412 Oak Dr. Springfield`.
pub(super) fn is_end_of_street(text: &[u8], from: usize) -> bool {
    let Some(before) = text[..from].strip_suffix(b" ") else { return false };
    let word = word_before(before, before.len());
    let is_other =
        words::kind(word).is_some() || words::is_stop_word(word) || words::is_role(word) || words::introduces(word);
    is_capitalised(word) && word[1..].iter().all(u8::is_ascii_lowercase) && !is_other
}

/// Whether a firm of that name goes on: `Everett, Greene and Williams`, `Johnson & Sons`.
pub(super) fn is_of_firm(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    let Some(next) = rest.strip_prefix(b" and ").or_else(|| rest.strip_prefix(b" & ")) else { return false };
    // Behind `Last, Last and` a third one follows; two persons have given names.
    let word = leading_word(next);
    let is_last =
        !next[word.len()..].starts_with(b" ") || !next.get(word.len() + 1).is_some_and(u8::is_ascii_uppercase);
    const MAX_NAME: usize = 20;
    let near = &text[end.saturating_sub(MAX_NAME)..end];
    let name = &near[memchr::memrchr(b'\n', near).map_or(0, |place| place + 1)..];
    let start = memchr::memrchr(b',', name).filter(|comma| name[*comma..].len() < MAX_NAME);
    word == b"Sons"
        || (start.is_some_and(|comma| !name[comma + 1..].trim_ascii().contains(&b' '))
            && is_capitalised(word)
            && is_last)
}
