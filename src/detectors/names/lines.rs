//! Where a name stands on its line: in a row of a table, above or inside an address, in the name of a firm.
//!
//! Looks at the bytes around a candidate; what follows from it is decided in the module above.

use super::surroundings::{self, is_capitalised, leading_word, line_before, says_age_or_birth, word_before};
use super::words;

/// Whether the columns of a row go on behind the name: a wide gap, a dash or a bar, and a number or a birth date; a date may stand
/// in brackets.
pub(super) fn is_in_row(text: &[u8], end: usize) -> bool {
    const BORDERS: [&[u8]; 5] = [b" - ", b"  ", b"\t", b" | ", b"|"];
    let rest = &text[end..];
    if let Some(inside) = rest.strip_prefix(b" (") {
        return begins_with_date(inside);
    }
    let rest = BORDERS.iter().find_map(|border| rest.strip_prefix(*border));
    let Some(rest) = rest.map(<[u8]>::trim_ascii_start) else { return false };
    rest.first().is_some_and(u8::is_ascii_digit) || says_age_or_birth(rest)
}

/// Whether a dash and a number with letters before it follow, as members of a plan have one: ` - W447120093`.
pub(super) fn is_before_member_number(text: &[u8], end: usize) -> bool {
    const MIN_DIGITS: usize = 6;
    let rest = &text[end..];
    let Some(rest) = rest.strip_prefix(b" - ").or_else(|| rest.strip_prefix(" \u{2013} ".as_bytes())) else {
        return false;
    };
    let letters = rest.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    (1..=3).contains(&letters) && rest[letters..].iter().take_while(|byte| byte.is_ascii_digit()).count() >= MIN_DIGITS
}

/// Whether a date follows in figures, year and all.
fn begins_with_date(text: &[u8]) -> bool {
    const MIN_DATE: usize = 6;
    let length = text.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'/' | b'-')).count();
    length >= MIN_DATE && text[..length].iter().filter(|byte| !byte.is_ascii_digit()).count() == 2
}

/// Whether the entry of a list of persons goes on behind a name that begins it: with the label of a birth or a number, with a
/// date, or with the number of a record that ends it or its cell, as in `Young, Rose 4471920`.
pub(super) fn is_in_entry(text: &[u8], end: usize) -> bool {
    const RECORD_DIGITS: std::ops::RangeInclusive<usize> = 6..=9;
    const GAPS: [&[u8]; 6] = [b" - ", b" | ", b" (", b", ", b" ", b"\t"];
    let rest = &text[end..];
    let Some(rest) = GAPS.iter().find_map(|gap| rest.strip_prefix(*gap)).map(<[u8]>::trim_ascii_start) else {
        return false;
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_record = || {
        RECORD_DIGITS.contains(&digits)
            && matches!(rest[digits..], [] | [b'\n' | b'\r' | b'\t' | b'|', ..] | [b' ', b' ' | b'|' | b'-', ..])
    };
    begins_with_date(rest) || is_record() || (digits == 0 && says_age_or_birth(rest))
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

/// Where the one word begins that stands before a comma, a blank and this place, and begins an entry.
pub(super) fn surname_that_begins_entry(text: &[u8], from: usize) -> Option<usize> {
    let before = text[..from].strip_suffix(b", ").or_else(|| text[..from].strip_suffix(b","))?;
    let word = word_before(before, before.len());
    let start = before.len() - word.len();
    (is_capitalised(word) && begins_entry(text, start)).then_some(start)
}

/// Whether nothing stands before a place in its line but what numbers the entries of a list: a dash, a number, a time, a room:
/// `- `, `12. `, `3) `, `08:30  `, `10:15 AM `, `Room 4: `, `412-B  `.
pub fn begins_entry(text: &[u8], at: usize) -> bool {
    const MAX_MARK: usize = 16;
    const ROOMS: [&[u8]; 8] = [b"room", b"rm", b"bed", b"chair", b"bay", b"table", b"or", b"slot"];
    let Some(mark) = line_before(text, at, MAX_MARK) else { return false };
    let trimmed = mark.trim_ascii();
    if trimmed.is_empty() || matches!(trimmed, b"-" | b"*" | b"\xe2\x80\xa2") {
        return true;
    }
    if !mark.last().is_some_and(u8::is_ascii_whitespace) {
        return false;
    }
    let mark = trimmed.strip_prefix(b"[").unwrap_or(trimmed);
    let room = ROOMS.iter().find(|room| mark.get(..room.len()).is_some_and(|start| start.eq_ignore_ascii_case(room)));
    let number = room.map_or(mark, |room| mark[room.len()..].trim_ascii_start());
    let is_of_mark = |byte: &u8| byte.is_ascii_digit() || b":.)]-# ABCDMPabmp".contains(byte);
    number.first().is_some_and(|first| first.is_ascii_digit() || *first == b'#')
        && number.iter().all(is_of_mark)
        && number.iter().filter(|byte| byte.is_ascii_alphabetic()).count() <= 2
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

/// Where a name ends that stands on the board of a ward, between the room that begins the line and age and sex: `412 Okafor 71F`,
/// `412B Okafor 71 F`, `Bed 12A Okafor A 71F`, `ICU-4 OKAFOR, A 71F`.
pub(super) fn end_on_board(text: &[u8], from: usize, end: usize) -> Option<usize> {
    let end = match text.get(end..)? {
        [b' ', digit, ..] if digit.is_ascii_digit() => end,
        [b' ', initial, b' ', ..] if initial.is_ascii_uppercase() => end + 2,
        [b',', b' ', first, ..] if first.is_ascii_uppercase() => {
            let given = text[end + 2..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
            end + 2 + given
        }
        _ => return None,
    };
    let rest = text[end..].strip_prefix(b" ").filter(|rest| rest.first().is_some_and(u8::is_ascii_digit))?;
    let age = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sex = rest[age..].strip_prefix(b" ").unwrap_or(&rest[age..]);
    let is_aged = (1..=3).contains(&age)
        && matches!(sex.first(), Some(b'F' | b'M'))
        && sex.get(1).is_none_or(|byte| matches!(byte, b' ' | b',' | b'\n' | b'\r'));
    (is_aged && is_behind_room(text, from)).then_some(end)
}

/// Where a name of one word ends, and perhaps an initial or a given name behind a comma, that stands before age and sex in short:
/// `Okafor, 71F`, `Okafor A, 71F`, `OKAFOR,A 24M`.
pub(super) fn end_before_age_and_sex(text: &[u8], from: usize, end: usize) -> Option<usize> {
    let end = match text.get(end..)? {
        [b' ', initial, b',' | b' ', ..] if initial.is_ascii_uppercase() => end + 2,
        [b' ', initial, b'.', b',' | b' ', ..] if initial.is_ascii_uppercase() => end + 3,
        [b',', initial, b' ', ..] if initial.is_ascii_uppercase() => end + 2,
        _ => end,
    };
    if !is_before_age_and_sex(text, end) {
        return None;
    }
    // Another word of the name, or of something else, stands before it.
    let before = text[..from].trim_ascii_end();
    let is_behind_word = text[..from].ends_with(b" ") && is_capitalised(word_before(before, before.len()));
    (!is_behind_word).then_some(end)
}

/// Whether what has age and sex behind it is a patient: an entry between commas, or in the language of care.
pub(super) fn is_of_patient(text: &[u8], from: usize, end: usize) -> bool {
    let around = surroundings::around(text, from, end);
    let gap = text[end..].iter().take_while(|byte| matches!(byte, b',' | b' ')).count();
    let digits = text[end + gap..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = text.get(end + gap + digits + 1);
    let ends = matches!(behind, None | Some(b',' | b';' | b')' | b'\n' | b'\r'));
    around.authors == 0 && (around.care > 0 || (ends && text[end..].starts_with(b", ")))
}

/// Whether age and sex follow in short: `, 71F, CHF`, ` 24M `.
pub(super) fn is_before_age_and_sex(text: &[u8], end: usize) -> bool {
    const OLDEST: usize = 115;
    let rest = &text[end..];
    let Some(rest) = rest.strip_prefix(b", ").or_else(|| rest.strip_prefix(b" ")) else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let age = rest[..digits.min(3)].iter().fold(0, |age, digit| age * 10 + usize::from(digit - b'0'));
    (1..=3).contains(&digits)
        && age <= OLDEST
        && matches!(rest.get(digits), Some(b'F' | b'M'))
        && rest.get(digits + 1).is_none_or(|byte| matches!(byte, b' ' | b',' | b';' | b'.' | b')' | b'\n' | b'\r'))
}

/// Whether a room or a bed is all that stands before a place in its line: `412B `, `12-A `, `Bed 12A `, `Rm 302-1 `, `ICU-4 `.
fn is_behind_room(text: &[u8], from: usize) -> bool {
    const MAX_ROOM: usize = 16;
    const KINDS: [&[u8]; 8] = [b"bed", b"room", b"rm", b"bay", b"icu", b"micu", b"sicu", b"ccu"];
    let Some(room) = line_before(text, from, MAX_ROOM) else { return false };
    let Some(room) = room.strip_suffix(b" ").map(<[u8]>::trim_ascii) else { return false };
    let kind = room.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_kind = kind == 0 || KINDS.iter().any(|known| room[..kind].eq_ignore_ascii_case(known));
    let number = room[kind..].strip_prefix(b" ").or_else(|| room[kind..].strip_prefix(b"-")).unwrap_or(&room[kind..]);
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let bed = number[digits..].strip_prefix(b"-").unwrap_or(&number[digits..]);
    is_kind && (1..=4).contains(&digits) && matches!(bed, [] | [b'A'..=b'Z' | b'0'..=b'9'])
}

/// What a label above a line of a form says that stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartOfName {
    Given,
    Family,
}

/// The part of a name that the line above is the label of, and nothing else: `Last Name`, `First name:`.
pub(super) fn part_named_above(bytes: &[u8], line_start: usize) -> Option<PartOfName> {
    const MAX_LABEL: usize = 24;
    const FAMILY: [&[u8]; 4] = [b"last name", b"surname", b"family name", b"maiden name"];
    const GIVEN: [&[u8]; 4] = [b"first name", b"given name", b"middle name", b"forename"];
    let above = bytes[..line_start.min(bytes.len())].strip_suffix(b"\n")?;
    let label = line_before(above, above.len(), MAX_LABEL)?.trim_ascii();
    let label = label.strip_suffix(b":").unwrap_or(label);
    let is_of = |list: &[&[u8]]| list.iter().any(|known| label.eq_ignore_ascii_case(known));
    match () {
        () if is_of(&FAMILY) => Some(PartOfName::Family),
        () if is_of(&GIVEN) => Some(PartOfName::Given),
        () => None,
    }
}

/// Whether the line below, or the one after a blank line, begins with what says that a person stands above: the label of a birth or
/// a record, an age, a date with a sex. So labels of patients and heads of charts are written.
pub(super) fn is_above_birth(bytes: &[u8], line_end: usize) -> bool {
    const MAX_LINE: usize = 60;
    let Some(below) = bytes.get(line_end + 1..) else { return false };
    let below = &below[..below.len().min(MAX_LINE)];
    let begins = below.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let blank_lines = below[..begins].iter().filter(|byte| **byte == b'\n').count();
    let line = &below[begins..];
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    blank_lines < 2 && says_age_or_birth(line.trim_ascii_end())
}

/// Whether a name is all that a line in the head of a mail says, and the head goes on: `From: Ada Okafor`, `To: ...`.
pub(super) fn is_in_bare_head(bytes: &[u8], line: std::ops::Range<usize>, name: std::ops::Range<usize>) -> bool {
    const HEADS: [&[u8]; 6] = [b"From:", b"To:", b"Cc:", b"CC:", b"Sent:", b"Subject:"];
    let before = bytes[line.start..name.start].trim_ascii();
    if !matches!(before, b"From:" | b"To:") || !bytes[name.end..line.end].trim_ascii().is_empty() {
        return false;
    }
    let begins_head = |text: &[u8]| HEADS.iter().any(|head| text.starts_with(head));
    let above = bytes[..line.start].strip_suffix(b"\n").and_then(|above| line_before(above, above.len(), 80));
    bytes.get(line.end + 1..).is_some_and(begins_head) || above.is_some_and(begins_head)
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
