//! Tells JSON and delimited tables from other text by their first 64 KiB.
//!
//! Delimited: a delimiter that gives the same number of cells in nearly every record, respecting quotes, and cells that
//! are no prose, no code and no log: a comma in a sentence makes no table. The lines before the table (a title, comments)
//! are its preamble. A header is a first record of short, distinct names without digits of data, unlike what follows.

use super::csv_record::{Outcome, Syntax, index, read_record, uses_backslash};
use super::header::{is_doubtful_name, names_columns, tells_a_field};
use super::layout;

/// Most records that are looked at.
const SAMPLE_RECORDS: usize = 400;
/// Most lines before the table.
const PREAMBLE_LINES: usize = 30;
/// Most parts between blank lines that are looked at for several tables.
const SAMPLE_SECTIONS: usize = 4;
/// How far a quote may close in the sample: a stray one must not make all of it one record.
const SAMPLE_RECORD_BYTES: usize = 16 << 10;

/// How a delimited table is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between cells.
    pub delimiter: u8,
    /// Cells in most records.
    pub width: usize,
    /// Lines before the table: they are text.
    pub preamble_lines: usize,
    /// Whether the first record names the columns.
    pub has_header: bool,
}

/// Whether text is a JSON document or a sequence of them.
pub fn is_json(sample: &[u8]) -> bool {
    let text = sample.trim_ascii_start();
    match json_value_end(text) {
        JsonEnd::Cut => true,
        JsonEnd::At(end) => {
            let rest = &text[end..];
            let after = rest.trim_ascii_start();
            after.is_empty()
                || matches!(after[0], b'{' | b',')
                || (after[0] == b'['
                    && rest.first().is_some_and(u8::is_ascii_whitespace)
                    && !matches!(json_value_end(after), JsonEnd::Not))
        }
        JsonEnd::Not => {
            // One damaged document must not hide that the others are whole.
            let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
            let (mut all, mut whole) = (0, 0);
            for line in lines.take(SAMPLE_RECORDS) {
                all += 1;
                whole += usize::from(line.starts_with(b"{\"") && line.ends_with(b"}"));
            }
            whole >= 2 && whole * 10 >= all * 6
        }
    }
}

enum JsonEnd {
    /// It is no object and no array.
    Not,
    /// The sample ends inside it.
    Cut,
    /// It ends here.
    At(usize),
}

/// Reads one object or array by its tokens and their order, without judging numbers and escapes.
fn json_value_end(text: &[u8]) -> JsonEnd {
    let mut open: Vec<u8> = Vec::new();
    // What may come next: a value, a key, a colon, or a comma or end.
    let mut wanted = b'v';
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match (byte, wanted) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => {}
            (b'{', b'v' | b'e') => {
                open.push(b'{');
                wanted = b'K';
            }
            (b'[', b'v' | b'e') => {
                open.push(b'[');
                wanted = b'e';
            }
            (b'"', b'v' | b'e' | b'k' | b'K') if !open.is_empty() => {
                loop {
                    match memchr::memchr3(b'"', b'\\', b'\n', &text[at..]) {
                        None => return JsonEnd::Cut,
                        Some(found) if text[at + found] == b'\\' => at += found + 2,
                        Some(found) if text[at + found] == b'"' => {
                            at += found + 1;
                            break;
                        }
                        Some(_) => return JsonEnd::Not,
                    }
                    if at >= text.len() {
                        return JsonEnd::Cut;
                    }
                }
                wanted = if matches!(wanted, b'k' | b'K') { b':' } else { b',' };
            }
            (b':', b':') => wanted = b'v',
            (b',', b',') => wanted = if open.last() == Some(&b'{') { b'k' } else { b'v' },
            (b'}', b',' | b'K') | (b']', b',' | b'e') => {
                if open.pop() != Some(if byte == b'}' { b'{' } else { b'[' }) {
                    return JsonEnd::Not;
                }
                if open.is_empty() {
                    return JsonEnd::At(at);
                }
                wanted = b',';
            }
            (b'-' | b'0'..=b'9' | b't' | b'f' | b'n', b'v' | b'e') if !open.is_empty() => {
                let is_scalar = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-');
                let length = text[at - 1..].iter().take_while(|byte| is_scalar(byte)).count();
                let word = &text[at - 1..at - 1 + length];
                at += length - 1;
                let is_whole = at < text.len();
                let is_number = word[0] == b'-' || word[0].is_ascii_digit();
                let looks_like_date =
                    is_number && word[1..].contains(&b'-') && !word.contains(&b'e') && !word.contains(&b'E');
                if is_whole && (looks_like_date || (!is_number && ![&b"true"[..], b"false", b"null"].contains(&word))) {
                    return JsonEnd::Not;
                }
                wanted = b',';
            }
            _ => return JsonEnd::Not,
        }
    }
    if open.is_empty() { JsonEnd::Not } else { JsonEnd::Cut }
}

/// One record of the sample: its cells without quotes, and where it begins.
struct Row<'a> {
    cells: Vec<&'a [u8]>,
    line: usize,
}

/// Finds out whether text is a delimited table. `whole`: nothing follows the sample; `named`: its name says so, which
/// makes weak signs enough.
pub fn delimited(sample: &[u8], whole: bool, named: bool) -> Option<Dialect> {
    let sample = if whole { sample } else { &sample[..memchr::memrchr(b'\n', sample)? + 1] };
    if is_markup(sample) {
        return None;
    }
    behind_comments(sample, named)
        .or_else(|| first_of_several(sample, named))
        .or_else(|| best_dialect(sample, named))
        .or_else(|| single_column(sample, named))
}

/// Whether it is XML or HTML, whose lines may have the same commas: `<aff>Mayo Clinic, Rochester, MN</aff>`.
fn is_markup(sample: &[u8]) -> bool {
    let start = sample.trim_ascii_start();
    match start.strip_prefix(b"<").and_then(|rest| rest.first()) {
        Some(b'?' | b'!') => true,
        Some(byte) if byte.is_ascii_alphabetic() => {
            let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
            line.ends_with(b">")
        }
        _ => false,
    }
}

/// The table behind lines of comments; the last of them may be its header (`#id,name`).
fn behind_comments(sample: &[u8], named: bool) -> Option<Dialect> {
    let (mut end, mut lines, mut last) = (0, 0, None);
    for line in sample.split_inclusive(|byte| *byte == b'\n') {
        let is_comment = [&b"#"[..], b"//", b"; "].iter().any(|mark| line.starts_with(mark));
        if is_comment {
            last = Some((end, lines));
        } else if !line.trim_ascii().is_empty() {
            break;
        }
        end += line.len();
        lines += 1;
    }
    let (last_start, last_line) = last?;
    let table = |start: usize, before: usize| {
        let dialect = first_of_several(&sample[start..], named).or_else(|| best_dialect(&sample[start..], named))?;
        Some(Dialect { preamble_lines: dialect.preamble_lines + before, ..dialect })
    };
    let with_last = table(last_start, last_line);
    let without = table(end, lines);
    match (with_last, without) {
        (Some(with), Some(without))
            if with.preamble_lines == last_line
                && with.has_header
                && !without.has_header
                && (with.width, with.delimiter) == (without.width, without.delimiter) =>
        {
            Some(with)
        }
        (_, without) => without,
    }
}

/// The first table where a blank line stands before another one, of another width and with a header too.
fn first_of_several(sample: &[u8], named: bool) -> Option<Dialect> {
    let (mut sections, mut start, mut at, mut lines) = (Vec::new(), (0, 0), 0, 0);
    for line in sample.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            if start.0 < at {
                sections.push((&sample[start.0..at], start.1));
            }
            start = (at + line.len(), lines + 1);
        }
        at += line.len();
        lines += 1;
        if sections.len() == SAMPLE_SECTIONS {
            break;
        }
    }
    if sections.len() < SAMPLE_SECTIONS && start.0 < at {
        sections.push((&sample[start.0..at], start.1));
    }
    if sections.len() < 2 {
        return None;
    }
    let tables: Vec<Option<(Dialect, usize)>> = sections
        .iter()
        .map(|(text, line)| best_dialect(text, named).filter(|found| found.has_header).map(|found| (found, *line)))
        .collect();
    tables.windows(2).find_map(|pair| match pair {
        [Some((first, line)), Some((second, _))]
            if first.delimiter == second.delimiter && first.width != second.width && second.preamble_lines == 0 =>
        {
            Some(Dialect { preamble_lines: first.preamble_lines + line, ..first.clone() })
        }
        _ => None,
    })
}

/// A header above values of one column: numbers and dates, or (where the name says that it is a table) anything that is
/// neither prose nor a log.
fn single_column(sample: &[u8], named: bool) -> Option<Dialect> {
    let rows = rows(sample, b',');
    let (first, values) = rows.split_first()?;
    let values: Vec<&[u8]> = values.iter().filter_map(|row| row.cells.first()).map(|cell| cell.trim_ascii()).collect();
    if values.len() < if named { 1 } else { 2 } || rows.iter().any(|row| row.cells.len() != 1) {
        return None;
    }
    let name = first.cells.first()?.trim_ascii();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ' | b'#');
    let words = name.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
    if !name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'#'))
        || !name.iter().all(is_part)
        || name.len() > 64
        || words > 3
        || values.contains(&name)
        || is_doubtful_name(name)
    {
        return None;
    }
    let is_code = |value: &&&[u8]| {
        let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
        digits > 0
            && digits * 2 >= value.len()
            && value.len() <= 40
            && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-./+() :".contains(byte))
    };
    let codes = values.iter().filter(is_code).count();
    let is_word = |value: &[u8]| value.iter().all(u8::is_ascii_lowercase);
    let is_speaking =
        tells_a_field(name) || name.contains(&b'_') || (is_word(name) && !values.iter().any(|value| is_word(value)));
    let spaces = values.iter().map(|value| value.iter().filter(|byte| **byte == b' ').count()).sum::<usize>();
    let accepted = if named {
        (codes * 10 >= values.len() * 8 || is_speaking)
            && spaces <= values.len() * 8
            && !layout::is_log(&values.iter().copied().filter(|value| value.contains(&b' ')).collect::<Vec<_>>())
    } else {
        codes == values.len() && !sample.iter().any(|byte| b"\t|;,".contains(byte))
    };
    accepted.then_some(Dialect { delimiter: b',', width: 1, preamble_lines: first.line, has_header: true })
}

fn best_dialect(sample: &[u8], named: bool) -> Option<Dialect> {
    let mut best: Option<(f64, Dialect)> = None;
    for delimiter in [b'\t', b'|', b',', b';', b':', b'^', b'~', b'$', 1] {
        if let Some((score, dialect)) = judge(sample, delimiter, named)
            && best.as_ref().is_none_or(|(highest, _)| score > *highest)
        {
            best = Some((score, dialect));
        }
    }
    best.map(|(_, dialect)| dialect)
}

fn judge(sample: &[u8], delimiter: u8, named: bool) -> Option<(f64, Dialect)> {
    memchr::memchr(delimiter, sample)?;
    let rows = rows(sample, delimiter);
    let width = usual_width(&rows)?;
    let is_usual = |row: &Row| row.cells.len() == width;
    // The table begins with its first two records of the usual width that follow each other.
    let first = (0..rows.len())
        .find(|&at| is_usual(&rows[at]) && (rows.get(at + 1).is_some_and(is_usual) || at + 1 == rows.len()))?;
    let title_rows = padded_titles(&rows[first..], width);
    let first = first + title_rows;
    let preamble_lines = rows[first].line;
    if preamble_lines > PREAMBLE_LINES {
        return None;
    }
    let table = &rows[first..];
    let usual: Vec<&Row> = table.iter().filter(|row| is_usual(row)).collect();
    let consistency = usual.len() as f64 / table.len() as f64;
    if consistency < if named { 0.6 } else { 0.9 } {
        return None;
    }
    let has_header = has_header(&usual);
    let facts = Facts::of(&usual, sample, delimiter, width);
    if facts.filled_columns < 2 {
        return None;
    }
    let lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').take(200).collect();
    let header_or_named = has_header || named;
    if !header_or_named && layout::is_log(&lines) && !timestamps_are_cells(&usual) {
        return None;
    }
    let accepted = match delimiter {
        b'\t' | b'|' => usual.len() >= 2 && (header_or_named || consistency >= 0.95) && !facts.is_prose,
        b':' => {
            !named
                && width >= 4
                && usual.len() >= 3
                && consistency >= 0.98
                && facts.spaced < 0.1
                && !facts.is_hexadecimal
        }
        // Amounts begin with it.
        b'$' => {
            width >= 3 && usual.len() >= 2 && consistency >= 0.95 && has_header && !facts.is_prose && !facts.is_code
        }
        b'^' | b'~' | 1 => width >= 3 && usual.len() >= 3 && consistency >= 0.95 && !facts.is_prose && !facts.is_code,
        _ if named => usual.len() >= 2 || (usual.len() == 1 && has_header),
        _ if facts.is_prose || facts.is_code => false,
        _ if facts.spaced > 0.5 => usual.len() >= 3 && width >= 3 && consistency >= 0.95,
        _ => usual.len() >= 3 || (usual.len() == 2 && (has_header || width >= 3)),
    };
    let score = consistency
        * (1.0 - facts.spaced * 0.3)
        * (width as f64).ln_1p().min(2.0)
        * if delimiter == b':' { 0.5 } else { 1.0 };
    accepted.then_some((score, Dialect { delimiter, width, preamble_lines, has_header }))
}

/// How many records at the beginning are titles that a spreadsheet padded to the width of the table (`Census of May,,,`): hardly
/// filled ones before a header. None where no header follows: then they may be records with gaps.
fn padded_titles(rows: &[Row], width: usize) -> usize {
    let filled = |row: &Row| row.cells.iter().filter(|cell| !cell.trim_ascii().is_empty()).count();
    let most = rows.iter().filter(|row| row.cells.len() == width).map(filled).max().unwrap_or(0);
    let is_title = |row: &&Row| {
        let is_label = || row.cells.iter().any(|cell| cell.trim_ascii_end().ends_with(b":"));
        row.cells.len() <= width && (filled(row) * 2 <= most || (filled(row) < most && is_label()))
    };
    let titles = rows.iter().take(PREAMBLE_LINES).take_while(is_title).count();
    let table: Vec<&Row> = rows[titles..].iter().filter(|row| row.cells.len() == width).collect();
    let begins = rows.get(titles).is_some_and(|row| row.cells.len() == width && filled(row) * 4 >= most * 3);
    if titles > 0 && begins && table.len() > 1 && has_header(&table) { titles } else { 0 }
}

fn rows(sample: &[u8], delimiter: u8) -> Vec<Row<'_>> {
    let mut places = Vec::new();
    index(sample, delimiter, &mut places);
    let backslash = uses_backslash(sample);
    let syntax = Syntax { delimiter, backslash, at_end: true, quotes: true, max_span: SAMPLE_RECORD_BYTES };
    let (mut at, mut line, mut cursor) = (0, 0, 0);
    let (mut cells, mut rows) = (Vec::new(), Vec::new());
    while at < sample.len() && rows.len() < SAMPLE_RECORDS {
        let mut outcome = read_record((sample, &places), &mut cursor, at, &syntax, &mut cells);
        if outcome == Outcome::Unclosed {
            let syntax = Syntax { quotes: false, ..syntax };
            outcome = read_record((sample, &places), &mut cursor, at, &syntax, &mut cells);
        }
        let Outcome::Record { end, lines } = outcome else { break };
        if !(cells.len() == 1 && cells[0].is_empty()) {
            rows.push(Row { cells: cells.iter().map(|cell| cell.raw(sample)).collect(), line });
        }
        at = end;
        line += lines;
    }
    rows
}

/// The most frequent number of cells, of at least two.
fn usual_width(rows: &[Row]) -> Option<usize> {
    let mut widths: Vec<usize> = rows.iter().map(|row| row.cells.len()).filter(|width| *width >= 2).collect();
    widths.sort_unstable();
    let runs = widths.chunk_by(|left, right| left == right);
    runs.max_by_key(|run| run.len()).and_then(|run| run.first().copied())
}

/// What the records look like.
struct Facts {
    /// Columns that are not empty everywhere.
    filled_columns: usize,
    /// Share of delimiters with a space behind them.
    spaced: f64,
    is_prose: bool,
    is_code: bool,
    is_hexadecimal: bool,
}

impl Facts {
    fn of(rows: &[&Row], sample: &[u8], delimiter: u8, width: usize) -> Self {
        let cells = || rows.iter().flat_map(|row| row.cells.iter());
        let filled = |column: &usize| rows.iter().any(|row| !row.cells[*column].trim_ascii().is_empty());
        let words = |column: usize| {
            let words = rows
                .iter()
                .map(|row| row.cells[column].split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count());
            words.sum::<usize>() as f64 / rows.len().max(1) as f64
        };
        let wordy = (0..width).filter(|column| words(*column) > 3.0).count();
        let (mut delimiters, mut spaced) = (0, 0);
        for at in memchr::memchr_iter(delimiter, sample) {
            delimiters += 1;
            spaced += usize::from(sample.get(at + 1) == Some(&b' '));
        }
        let spaced = spaced as f64 / f64::from(delimiters.max(1));
        let last_word = |row: &&&Row| row.cells.last().and_then(|cell| cell.trim_ascii_end().last().copied());
        let closed = rows.iter().filter(|row| matches!(last_word(row), Some(b';' | b'{' | b'}' | b')'))).count();
        Self {
            filled_columns: (0..width).filter(filled).count(),
            spaced,
            is_prose: wordy * 2 > width || (wordy * 3 > width && spaced > 0.8),
            is_code: closed * 2 > rows.len(),
            is_hexadecimal: cells().all(|cell| cell.len() <= 4 && cell.iter().all(u8::is_ascii_hexdigit)),
        }
    }
}

/// A timestamp that fills its cell belongs to a table; in a log more follows it.
fn timestamps_are_cells(rows: &[&Row]) -> bool {
    let whole =
        |cell: &&[u8]| cell.len() <= 35 && layout::begins_event(cell) && !cell.contains(&b'=') && !cell.contains(&b'[');
    rows.iter().filter(|row| row.cells.first().is_some_and(whole) && row.cells.len() >= 4).count() * 10
        >= rows.len() * 9
}

fn has_header(rows: &[&Row]) -> bool {
    names_columns(&rows.iter().map(|row| &row.cells[..]).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_logs_and_links() {
        for json in [
            "{\"a\": 1}",
            "[1, 2]",
            "{\"a\":{\"b\":[",
            "{}\n{\"a\":1}\n",
            "[\n {\"a\": \"x\\\"y\"},",
            " [{\"a\":1e-5}]",
        ] {
            assert!(is_json(json.as_bytes()), "{json}");
        }
        assert!(is_json(b"{\"a\":1,}\n{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n"), "one damaged document");
        for text in ["[2024-01-02 03:04:05] INFO x", "[link](x)", "[1] Doe, J.\n[2] Roe", "{name}", "[INFO] x", "plain"]
        {
            assert!(!is_json(text.as_bytes()), "{text}");
        }
    }

    fn sniff(text: &str) -> Option<Dialect> {
        delimited(text.as_bytes(), true, false)
    }

    #[test]
    fn tables_are_recognized() {
        let comma = sniff("id,name,note\n1,Ann,\"a, b\"\n2,Bob,\"c\nd\"\n").unwrap();
        assert_eq!((comma.delimiter, comma.width, comma.has_header, comma.preamble_lines), (b',', 3, true, 0));
        let tab = sniff("1\tAnn\n2\tBob\n").unwrap();
        assert_eq!((tab.delimiter, tab.has_header), (b'\t', false));
        assert_eq!(sniff("a_b;c_d\n1;2\n3;4\n").unwrap().delimiter, b';');
        let passwd = "root:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin:/bin:/sbin\nadm:x:3:4:adm:/var:/sbin\n";
        assert_eq!(sniff(passwd).unwrap().delimiter, b':');
        let late = sniff("Report of May\n# exported\n\nid,name,zip\n1,Ann,12345\n2,Bob,12346\n").unwrap();
        assert_eq!((late.preamble_lines, late.has_header), (3, true));
    }

    #[test]
    fn prose_logs_and_code_are_no_tables() {
        for text in [
            "Dear John,\nthank you for the letter, which I read.\nYours,\nJane\n",
            "She came, saw and won the game today.\nHe ate, slept and went to the office.\nThey sat, sang and talked until morning.\n",
            "2024-01-02 03:04:05,123 INFO a\n2024-01-02 03:04:06,124 INFO b\n2024-01-02 03:04:07,125 INFO c\n",
            "let a = f(1, 2);\nlet b = f(3, 4);\nlet c = f(5, 6);\n",
            "  \"a\",\n  \"b\",\n  \"c\",\n",
            "00:1a:2b:3c:4d:5e\n00:1a:2b:3c:4d:5f\n00:1a:2b:3c:4d:6f\n",
            "Name: Jane\nAge: 5\nCity: Rome\n",
            "one line, only",
        ] {
            assert_eq!(sniff(text), None, "{text}");
        }
    }

    #[test]
    fn one_column_with_a_header_is_a_table() {
        for text in
            ["mrn\n4471920\n4471921\n4471922\n", "ssn\n219-09-9999\n219-09-9998\n", "Member ID\nA44719\nA44720\n"]
        {
            let found = sniff(text).unwrap();
            assert_eq!((found.width, found.has_header), (1, true), "{text}");
        }
        let named = |text: &str| delimited(text.as_bytes(), true, true);
        assert_eq!(named("patient_name\nJohn Smith\nAnn Roe\n").unwrap().width, 1);
        assert_eq!(named("dx\nE11\nI10\n").unwrap().width, 1);
        for text in [
            "Hello there\nHow are you\nFine\n",
            "Totals.\n12\n13\n",
            "4471920\n4471921\n4471922\n",
            "word\nother\nthird\n",
        ] {
            assert_eq!(sniff(text), None, "{text}");
        }
        assert_eq!(named("smith\njones\ndoe\n"), None, "the first of a list is no name");
        assert_eq!(named("John Smith\nAnn Roe\nBob Doe\n"), None, "a value is no name");
    }

    #[test]
    fn headers_may_repeat_names_and_end_in_digits() {
        assert!(sniff("ssn,dx,dx\n219099999,E11,I10\n219099998,E12,I11\n").unwrap().has_header);
        assert!(sniff("mrn1,ssn2,phone2\n44719,219099999,5550100\n44720,219099998,5550101\n").unwrap().has_header);
        assert!(!sniff("NULL,NULL\n1,2\n3,4\n5,6\n").unwrap().has_header);
        assert!(sniff("id,N301,N302\n1,12 Oak St,\n2,9 Elm Rd,Apt 4\n").unwrap().has_header);
        assert!(sniff("F1,F2,F3\nOkafor,01/07/1937,1\nReyes,03/04/1961,2\n").unwrap().has_header);
        assert!(!sniff("A44719,B12345,1\nA44720,B12346,2\nA44721,B12347,3\n").unwrap().has_header);
        assert!(
            sniff("CLM01,NM109,DMG02\n4323-1,H652602,20000519\n5494-1,X737727,19531220\n1-1,Z1,1\n")
                .unwrap()
                .has_header
        );
        assert!(sniff("id,D1,D2,ssn\n0,L400,L40,038012386\n1,Z23,I10,441395856\n2,N39,N3,1\n").unwrap().has_header);
        assert!(sniff("F1,F2,F3\nW8602,J44,045-11-2243\nW6984,M79,553-05-8007\n").unwrap().has_header);
        assert!(!sniff("A1,A2,A3\nB1,B2,B3\nC1,C2,C3\n").unwrap().has_header);
        assert!(sniff("npi,c7\n2710846,F411\n6961806,R519\n7083846,B351\n").unwrap().has_header);
        assert!(!sniff("A44719,E119,unknown\nA44720,E118,45\nA44721,I10,46\n").unwrap().has_header);
        assert!(!sniff("A44719,E119,Smith\nA44720,E118,Roe\nA44721,I10,Doe\n").unwrap().has_header);
    }

    #[test]
    fn comments_and_other_tables_do_not_hide_a_table() {
        let comments: String = (0..40).map(|i| format!("# exported {i}, by site, nightly\n")).collect();
        let found = sniff(&format!("{comments}id,name,zip\n1,Ann,12345\n2,Bob,12346\n")).unwrap();
        assert_eq!((found.width, found.preamble_lines, found.has_header), (3, 40, true));
        let found = sniff("## made, by\n#id\tname\n1\tAnn\n2\tBob\n").unwrap();
        assert_eq!((found.delimiter, found.preamble_lines, found.has_header), (b'\t', 1, true));
        let found =
            sniff("ssn,dx\n219099999,E11\n219099998,E12\n\nmrn,name,dob\n44719,Ann,1980-01-02\n44720,Bob,1981-01-02\n");
        let found = found.unwrap();
        assert_eq!((found.width, found.preamble_lines, found.has_header), (2, 0, true));
    }

    #[test]
    fn titles_that_are_padded_do_not_hide_a_header() {
        let table =
            "Patient Name,MRN,DOB,Dx\n\"Allen, B\",2710846,05/23/2007,F41.1\n\"Hall, J\",7083846,07/31/2001,B35.1\n";
        for (titles, lines) in [
            ("Daily Census,,,\n", 1),
            ("Mercy Hospital,,,\nRun date: 03/14/2024,,,\n,,,\n", 3),
            ("Census\nUnit:,4 West,,\n,,,\n", 3),
        ] {
            for named in [false, true] {
                let text = format!("{titles}{table}");
                let found = delimited(text.as_bytes(), true, named).unwrap();
                assert_eq!((found.width, found.preamble_lines, found.has_header), (4, lines, true), "{text}");
            }
        }
        let gaps = sniff("1,,,\n2,Ann,4471,E11\n3,Bob,4472,E12\n").unwrap();
        assert_eq!((gaps.preamble_lines, gaps.has_header), (0, false));
    }

    #[test]
    fn rare_delimiters_need_consistent_records() {
        for delimiter in ['^', '~', '\u{1}'] {
            let text = "1;Ann;E11\n2;Bob;E12\n3;Eve;E13\n".replace(';', &delimiter.to_string());
            assert_eq!(sniff(&text).unwrap().delimiter, delimiter as u8);
        }
        assert_eq!(sniff("x^2 and y^2\nz^3\nabout ~5 of ~6\n"), None);
    }
}
