//! Text without fields: one column of lines.
//!
//! Lines end with LF or CRLF; a lone CR, or what ends the segments of an X12 interchange, ends a line in content whose first
//! 64 KiB have no LF. What a record is, is decided
//! by [`super::layout`]: a line, a log event, or a block of whole paragraphs of up to 2 KiB or 40 lines (a longer paragraph
//! is split at line ends). Batches end at record borders. A line longer than a batch comes in pieces, each a record of its
//! own, that share bytes with their neighbours: each place belongs to one piece, with 2 KiB of context on both sides.

use super::encoding::SAMPLE_BYTES;
use super::layout::{self, Layout};
use super::refill::Refill;
use super::{Decoder, Limits, Peeked, separators, zpl};
use crate::model::{Batch, Column, ColumnKind, ReadError, Reason, Records};
use memchr::{memchr, memchr_iter, memmem, memrchr, memrchr_iter};

/// Context on each side of a border inside a long line.
pub const CONTEXT_BYTES: usize = 2 << 10;
/// Most that paragraphs are merged to.
const BLOCK_BYTES: usize = 2 << 10;
/// Most lines that paragraphs are merged to.
const BLOCK_LINES: usize = 40;

/// Lines of text, from UTF-8.
pub struct TextDecoder {
    refill: Refill,
    /// The beginning of the next batch: what did not make a whole record.
    carry: Vec<u8>,
    /// How much of the carry is context that belongs to the piece before.
    context_before: usize,
    layout: Layout,
    /// Whether the text has a structure that is not decoded.
    undecoded: bool,
    /// Whether it tells a printer what to print.
    has_labels: bool,
    batch_bytes: usize,
    next_record: u64,
    next_line: u64,
}

impl TextDecoder {
    /// Decodes UTF-8 text without a byte order mark.
    pub fn open(mut stream: Peeked, limits: &Limits) -> Self {
        let sample = stream.head(SAMPLE_BYTES);
        let is_message = layout::begins_message(sample);
        let segment_end = layout::segment_end(sample);
        let undecoded = is_message || segment_end.is_some();
        let has_labels = zpl::has_labels(sample);
        // Segments of a message end with CR even where messages end with LF.
        let has_feed = match segment_end {
            Some(end) => separators::ends_lines(sample, end),
            None if is_message => memmem::find(sample, b"\r\n").is_some(),
            None => memchr(b'\n', sample).is_some(),
        };
        let lone_cr = || memchr(b'\r', sample).map(|_| b'\r');
        let line_end = if has_feed { None } else { segment_end.or_else(lone_cr) };
        let whole_lines = if sample.len() < SAMPLE_BYTES {
            sample
        } else {
            &sample[..memrchr(line_end.unwrap_or(b'\n'), sample).unwrap_or(sample.len())]
        };
        let layout = match line_end.filter(|_| segment_end.is_none()) {
            Some(end) => {
                let lines: Vec<u8> = whole_lines.iter().map(|byte| if *byte == end { b'\n' } else { *byte }).collect();
                layout::decide(&lines)
            }
            None => layout::decide(whole_lines),
        };
        let mut reading = separators::of_message(sample).or_else(|| separators::of_interchange(sample));
        if let Some((reading, end)) = reading.as_mut().zip(line_end) {
            reading[usize::from(end)] = b'\n';
        }
        Self {
            refill: Refill::new(Box::new(stream), line_end).reading(reading),
            carry: Vec::new(),
            context_before: 0,
            layout,
            undecoded,
            has_labels,
            batch_bytes: limits.batch_bytes.max(64),
            next_record: 0,
            next_line: 1,
        }
    }

    /// Decodes UTF-8 that is known to be prose, whatever it looks like: its records are blocks of paragraphs.
    pub fn prose(stream: Peeked, limits: &Limits) -> Self {
        Self {
            refill: Refill::new(Box::new(stream), None),
            carry: Vec::new(),
            context_before: 0,
            layout: Layout::Blocks,
            undecoded: false,
            has_labels: false,
            batch_bytes: limits.batch_bytes.max(64),
            next_record: 0,
            next_line: 1,
        }
    }

    /// Where the last whole line of a full batch ends, at the border of an event if there is one; `None` if no line
    /// ends in it.
    fn line_cut(&self, bytes: &[u8]) -> Option<usize> {
        let is_indented = |at: usize| {
            let next = bytes.get(at + 1).copied().or(self.refill.following());
            next.is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        };
        if self.layout == Layout::Events
            && let Some(at) = memrchr_iter(b'\n', bytes).find(|at| !is_indented(*at))
        {
            return Some(at + 1);
        }
        if self.layout == Layout::Messages
            && let Some(at) = memrchr_iter(b'\n', bytes).find(|at| layout::begins_message(&bytes[at + 1..]))
        {
            return Some(at + 1);
        }
        if self.layout == Layout::Interchange
            && let Some(at) = memrchr_iter(b'\n', bytes).find(|at| layout::begins_loop(&bytes[at + 1..]))
        {
            return Some(at + 1);
        }
        if let Layout::Items(opening) = self.layout
            && let Some(at) = memrchr_iter(b'\n', bytes).find(|at| opening.begins(&bytes[at + 1..]))
        {
            return Some(at + 1);
        }
        memrchr(b'\n', bytes).map(|at| at + 1)
    }

    /// The batch is the piece of a line that goes on behind it.
    fn piece(&mut self, column: &mut Column, record_lines: &mut Vec<u64>) {
        // The engine counts the context in bytes of the column, separator included: hence one byte less is shared.
        let context = CONTEXT_BYTES.min(self.batch_bytes / 8);
        let shared = column.bytes.len().saturating_sub(2 * context - 1);
        self.carry.extend_from_slice(&column.bytes[shared..]);
        column.end_value();
        column.context_after_bytes = context as u32;
        self.context_before = context;
        record_lines.push(self.next_line);
    }

    /// Ends the lines in `column.bytes`, all of them whole, and assigns records; returns how many bytes the records
    /// that are done take.
    fn lines(&mut self, column: &mut Column, record_lines: &mut Vec<u64>, at_end: bool) -> usize {
        column.ends.extend(memchr_iter(b'\n', &column.bytes).map(|at| at as u32));
        let first_line = self.next_line;
        match self.layout {
            Layout::EachLine => {
                column.records = Records::Identity;
                record_lines.extend(first_line..first_line + column.ends.len() as u64);
            }
            Layout::Events => {
                let is_indented = |at: usize| matches!(column.bytes.get(at), Some(b' ' | b'\t'));
                if column.ends.iter().any(|end| is_indented(*end as usize + 1)) {
                    let starts = std::iter::once(0).chain(column.ends.iter().map(|end| *end as usize + 1));
                    let begins: Vec<bool> = starts.take(column.ends.len()).map(|at| !is_indented(at)).collect();
                    map_records(column, record_lines, first_line, |line| begins[line]);
                } else {
                    column.records = Records::Identity;
                    record_lines.extend(first_line..first_line + column.ends.len() as u64);
                }
            }
            layout @ (Layout::Messages | Layout::Interchange | Layout::Items(_)) => {
                let is_begin = |line: &[u8]| match layout {
                    Layout::Items(opening) => opening.begins(line),
                    Layout::Messages => layout::begins_message(line),
                    _ => layout::begins_loop(line),
                };
                let starts = std::iter::once(0).chain(column.ends.iter().map(|end| *end as usize + 1));
                let lines = starts.take(column.ends.len());
                let begins: Vec<bool> = lines.map(|at| is_begin(&column.bytes[at..])).collect();
                map_records(column, record_lines, first_line, |line| begins[line]);
            }
            Layout::Blocks => {
                let mut blocks = block_starts(column);
                if !at_end && blocks.len() > 1 {
                    // The last block may go on in the next batch: it begins there.
                    let kept = blocks.pop().unwrap_or_default();
                    column.ends.truncate(kept);
                }
                let mut is_start = vec![false; column.ends.len()];
                blocks.into_iter().for_each(|line| is_start[line] = true);
                map_records(column, record_lines, first_line, |line| is_start[line]);
            }
        }
        self.next_line += column.ends.len() as u64;
        column.ends.last().map_or(0, |end| *end as usize + 1)
    }
}

/// Numbers the records of lines: a new one at each line that begins one, and at the first.
fn map_records(column: &mut Column, record_lines: &mut Vec<u64>, first_line: u64, begins: impl Fn(usize) -> bool) {
    let mut records = match std::mem::take(&mut column.records) {
        Records::Mapped(mut records) => {
            records.clear();
            records
        }
        _ => Vec::new(),
    };
    for line in 0..column.ends.len() {
        if line == 0 || begins(line) {
            record_lines.push(first_line + line as u64);
        }
        records.push(record_lines.len() as u32 - 1);
    }
    column.records = if record_lines.len() == records.len() { Records::Identity } else { Records::Mapped(records) };
}

/// The first lines of blocks: whole paragraphs, each with the blank lines behind it, merged while they fit.
fn block_starts(column: &Column) -> Vec<usize> {
    let lines = column.ends.len();
    let start_of = |line: usize| if line == 0 { 0 } else { column.ends[line - 1] as usize + 1 };
    let is_blank = |line: usize| column.value(line).trim_ascii().is_empty();
    let fits = |from: usize, to: usize| to - from <= BLOCK_LINES && start_of(to) - start_of(from) <= BLOCK_BYTES;
    let mut starts = Vec::new();
    let mut block = 0;
    let mut line = 0;
    while line < lines {
        let paragraph = line;
        while line < lines && !is_blank(line) {
            line += 1;
        }
        let text_end = line;
        while line < lines && is_blank(line) {
            line += 1;
        }
        if block < paragraph && !fits(block, text_end) {
            starts.push(block);
            block = paragraph;
        }
        for inner in paragraph + 1..text_end {
            if !fits(block, inner + 1) {
                starts.push(block);
                block = inner;
            }
        }
    }
    if lines > 0 {
        starts.push(block);
    }
    starts
}

/// Takes the CR of each CRLF away.
fn strip_carriage_returns(bytes: &mut Vec<u8>) {
    let (mut from, mut to) = (0, 0);
    while let Some(found) = memchr(b'\n', &bytes[from..]) {
        let feed = from + found;
        let end = if found > 0 && bytes[feed - 1] == b'\r' { feed - 1 } else { feed };
        bytes.copy_within(from..end, to);
        to += end - from;
        bytes[to] = b'\n';
        to += 1;
        from = feed + 1;
    }
    let length = bytes.len();
    bytes.copy_within(from..length, to);
    bytes.truncate(to + length - from);
}

impl Decoder for TextDecoder {
    fn format(&self) -> &'static str {
        "text"
    }

    fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        if batch.columns.len() != 1 || !batch.columns[0].path.is_empty() || batch.columns[0].kind != ColumnKind::Lines {
            batch.columns.clear();
            batch.columns.push(Column::new("", ColumnKind::Lines, 0));
        }
        let Batch { record_lines, columns, .. } = batch;
        let column = &mut columns[0];
        column.ordinal = 0;
        let context_before = std::mem::take(&mut self.context_before);
        let carried = self.carry.len();
        column.bytes.append(&mut self.carry);
        let at_end = self.refill.fill(&mut column.bytes, self.batch_bytes);
        loosen_escapes(&mut column.bytes[carried.saturating_sub(2)..]);
        if self.layout == Layout::Messages {
            separators::blank_escapes(&mut column.bytes[carried.saturating_sub(separators::MAX_ESCAPE)..]);
        }
        if self.has_labels {
            zpl::blank_commands(&mut column.bytes[carried..]);
        }
        if column.bytes.is_empty() || (at_end && context_before > 0 && column.bytes.len() == carried) {
            batch.clear();
            return self.refill.end().map(|()| false);
        }
        column.context_before_bytes = context_before as u32;
        let filled = column.bytes.len();
        if at_end {
            if column.bytes.last() != Some(&b'\n') {
                column.bytes.push(b'\n');
            }
        } else {
            match self.line_cut(&column.bytes) {
                Some(cut) => {
                    self.carry.extend_from_slice(&column.bytes[cut..]);
                    column.bytes.truncate(cut);
                }
                None => {
                    self.piece(column, record_lines);
                    column.records = Records::Identity;
                    batch.source_bytes = (filled - carried) as u64;
                    batch.record_count = 1;
                    batch.first_record = self.next_record;
                    self.next_record += 1;
                    return Ok(true);
                }
            }
        }
        // The raw bytes of an undone block go back before their line ends are made one byte.
        let undone = if self.layout == Layout::Blocks && !at_end { column.bytes.clone() } else { Vec::new() };
        if memchr(b'\r', &column.bytes).is_some() {
            strip_carriage_returns(&mut column.bytes);
        }
        let done = self.lines(column, record_lines, at_end);
        if done < column.bytes.len() {
            column.bytes.truncate(done);
            let raw = nth_line_end(&undone, column.ends.len());
            self.carry.splice(0..0, undone[raw..].iter().copied());
        }
        batch.source_bytes = (filled - carried) as u64;
        batch.record_count = record_lines.len() as u32;
        batch.first_record = self.next_record;
        self.next_record += u64::from(batch.record_count);
        Ok(true)
    }

    fn shortfall(&self) -> Option<Reason> {
        self.undecoded.then_some(Reason::Undecoded)
    }
}

/// Makes the escapes of line ends and tabs blanks, which a log or a document inside another one has: `"note":"MRN 4471920\nDOB 3/4/1985"`.
/// So they end words and stand as far apart as columns do. Before a small letter it may be a path: `C:\new`.
fn loosen_escapes(bytes: &mut [u8]) {
    let mut from = 0;
    while let Some(place) = memchr(b'\\', &bytes[from..]).map(|place| from + place) {
        from = place + 1;
        if let [_, b'n' | b'r' | b't', next, ..] = bytes[place..]
            && !next.is_ascii_lowercase()
        {
            bytes[place..place + 2].fill(b' ');
            from = place + 2;
        }
    }
}

/// Where the `lines`th line ends.
fn nth_line_end(bytes: &[u8], lines: usize) -> usize {
    if lines == 0 { 0 } else { memchr_iter(b'\n', bytes).nth(lines - 1).map_or(bytes.len(), |at| at + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;

    fn decode(text: &[u8], batch_bytes: usize) -> Vec<Batch> {
        let stream = Peeked::new(Content::from_bytes(text.to_vec().into()).stream);
        let mut decoder = TextDecoder::open(stream, &Limits { batch_bytes, ..Limits::default() });
        let mut batches = Vec::new();
        loop {
            let mut batch = Batch::default();
            if !decoder.next_batch(&mut batch).unwrap() {
                return batches;
            }
            batches.push(batch);
        }
    }

    fn values(batches: &[Batch]) -> Vec<String> {
        let columns = batches.iter().map(|batch| &batch.columns[0]);
        let values = columns.flat_map(|column| (0..column.len()).map(|index| column.value(index)));
        values.map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }

    #[test]
    fn escapes_of_line_ends_are_blanks_across_batches_too() {
        let text = b"{\"note\":\"MRN 4471920\\nDOB 3/4/1985\\r\\n\\tSSN\"} C:\\new\\table \\\n";
        let wanted = "{\"note\":\"MRN 4471920  DOB 3/4/1985      SSN\"} C:\\new\\table \\";
        assert_eq!(values(&decode(text, 1 << 20)), [wanted]);
        let many = text.repeat(40);
        for batch_bytes in 80..140 {
            assert!(values(&decode(&many, batch_bytes)).iter().all(|line| line == wanted), "{batch_bytes}");
        }
    }

    #[test]
    fn line_ends_of_every_kind() {
        for text in ["a\nb c\n\nd\n", "a\r\nb c\r\n\r\nd", "a\rb c\r\rd\r"] {
            assert_eq!(values(&decode(text.as_bytes(), 1 << 20)), ["a", "b c", "", "d"], "{text:?}");
        }
    }

    #[test]
    fn a_stack_trace_belongs_to_its_event() {
        let log = "2024-01-02T03:04:05Z a\n  at x\n  at y\n2024-01-02T03:04:06Z b\n";
        let batches = decode(log.as_bytes(), 1 << 20);
        assert_eq!(batches[0].columns[0].records, Records::Mapped(vec![0, 0, 0, 1]));
        assert_eq!(batches[0].record_lines, [1, 4]);
        assert_eq!(batches[0].record_count, 2);
    }

    #[test]
    fn a_message_is_a_record_whatever_ends_its_segments() {
        for end in ["\r", "\n", "\r\n"] {
            let message = format!("MSH|^~\\&|A|B{end}PID|1||44719^^^H^MR{end}DG1|1||E11{end}");
            let text = message.repeat(3);
            let stream = Peeked::new(Content::from_bytes(text.clone().into_bytes().into()).stream);
            let mut decoder = TextDecoder::open(stream, &Limits::default());
            let mut batch = Batch::default();
            assert!(decoder.next_batch(&mut batch).unwrap());
            assert_eq!((batch.record_count, &batch.record_lines[..]), (3, &[1, 4, 7][..]), "{text:?}");
            assert_eq!(decoder.shortfall(), Some(Reason::Undecoded));
        }
    }

    #[test]
    fn a_loop_of_an_interchange_is_a_record_whatever_ends_its_segments() {
        let header = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000001*0*T*:~";
        let body = "GS*HC~ST*837*1~HL*1**20*1~NM1*85*2*CLINIC~HL*2*1*22*0~NM1*IL*1*OKAFOR*ADA~CLM*26*1~SE*9*1~";
        for (end, between) in [("~", ""), ("~", "\n"), ("\n", ""), ("'", "")] {
            let text = format!("{header}{body}").replace('~', &format!("{end}{between}"));
            for batch_bytes in [64, 1 << 20] {
                let batches = decode(text.as_bytes(), batch_bytes);
                let records: u32 = batches.iter().map(|batch| batch.record_count).sum();
                let lines = values(&batches);
                assert!(lines.iter().any(|line| line.trim_end_matches('~') == "NM1*IL*1*OKAFOR*ADA"), "{lines:?}");
                assert!(batch_bytes == 64 || records == 4, "{records} records of {text:?}");
            }
        }
    }

    #[test]
    fn an_item_of_a_list_of_persons_is_a_record_across_batches_too() {
        let card =
            |number: usize| format!("BEGIN:VCARD\nFN:Ada {}\nNOTE:{number}\nEND:VCARD\n", "x".repeat(number % 7));
        let text: String = (0..60).map(card).collect();
        for batch_bytes in [200, 333, 1 << 20] {
            let batches = decode(text.as_bytes(), batch_bytes);
            let lines: Vec<u64> = batches.iter().flat_map(|batch| batch.record_lines.clone()).collect();
            assert_eq!(lines, (0..60).map(|number| number * 4 + 1).collect::<Vec<u64>>(), "{batch_bytes}");
        }
    }

    #[test]
    fn other_separators_are_read_as_the_usual_ones() {
        let header = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240102*0304*^*00501*000000001*0*T*:~";
        let body = "GS*HC~ST*837*1~HL*1**20*1~HL*2*1*22*0~NM1*IL*1*OKAFOR*ADA~HI*ABK:E119~CLM*26*1~SE*9*1~";
        for (element, component, end) in [
            ("\t", ":", "~"),
            ("|", ">", "\n"),
            ("\x1d", ":", "\x1c"),
            ("\n", ":", "\x1c"),
            ("*", ":", "~"),
            ("+", "/", "'\n"),
        ] {
            let text = format!("{header}{body}").replace('*', element).replace(':', component).replace('~', end);
            let batches = decode(format!("{text}\n").as_bytes(), 1 << 20);
            let lines = values(&batches);
            let has = |line: &str| lines.iter().any(|other| other.trim_end_matches('~') == line);
            assert!(has("NM1*IL*1*OKAFOR*ADA") && has("HI*ABK:E119"), "{element:?} {end:?} {lines:?}");
            assert_eq!(batches[0].record_count, 4, "{element:?} {end:?} {lines:?}");
        }
        let lines = values(&decode(b"MSH#*~\\&#A\rPID#1##4471920***H*MR\rMSH#*~\\&#B\r", 1 << 20));
        assert_eq!(lines, ["MSH|^~\\&|A", "PID|1||4471920^^^H^MR", "MSH|^~\\&|B"]);
        let message = b"MSH|^~\\&|A\rOBX|1|TX|x||MRN\\S\\4471920\\.br\\SSN\\X0D0A\\5 C:\\SYS\\x \\T\\\r";
        for batch_bytes in [64, 70, 75, 1 << 20] {
            let lines = values(&decode(&message.repeat(9), batch_bytes));
            assert!(
                lines
                    .iter()
                    .skip(1)
                    .step_by(2)
                    .all(|line| { line == "OBX|1|TX|x||MRN   4471920     SSN       5 C:\\SYS\\x    " }),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn paragraphs_are_merged_to_blocks_and_long_ones_split() {
        let note = format!(
            "{}\n\n{}\n\n{}",
            "first one\n".repeat(3),
            "second ".repeat(250),
            "he goes\nshe goes on\nthey go\n".repeat(30)
        );
        let batches = decode(note.as_bytes(), 1 << 20);
        assert_eq!(batches[0].record_lines[..2], [1, 8], "{:?}", batches[0].record_lines);
        let lines = note.lines().count() as u64;
        assert!(batches[0].record_lines.windows(2).all(|pair| pair[1] - pair[0] <= 41));
        let small = decode(note.as_bytes(), 4096);
        assert_eq!(values(&small), values(&batches));
        assert_eq!(small.iter().flat_map(|batch| &batch.columns[0].ends).count() as u64, lines);
    }
}
