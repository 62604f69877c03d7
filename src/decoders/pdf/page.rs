//! What a page shows: its text at its places, and how much of it is images.
//!
//! The operators of a content stream that set text or move it are followed (ISO 32000-1, 8.4 and 9.4), those that draw are
//! passed over. Forms that a page draws belong to it. The work of a document is bounded by the bytes of its operators.

use super::fonts::Font;
use super::lines::{self, Piece};
use super::streams;
use crate::model::Reason;
use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, ObjectIdentifier, Stream};
use hayro_syntax::page::{Page, Resources};
use std::collections::HashMap;
use std::sync::Arc;

/// Most text of a page, and most pieces that it is written in.
const MAX_TEXT_BYTES: usize = 4 << 20;
const MAX_PIECES: usize = 200_000;
/// Forms within forms, and saved states within saved states.
const MAX_FORMS: usize = 12;
const MAX_STATES: usize = 256;
/// Fonts that are kept for the next page.
const MAX_FONTS: usize = 256;
/// Letters and digits below which a page that is mostly an image counts as one without its text.
const LEAST_LETTERS: usize = 100;
/// Share of a page that an image covers to be most of it.
const MOST_OF_PAGE: f64 = 0.5;

/// An operator of our own, behind all others.
const LAST: &[u8] = b"\nPhinderEnd\n";

type Matrix = [f64; 6];
const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// What comes first, then what comes after it.
fn then(first: Matrix, after: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = after;
    [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]
}

/// What pages share.
pub struct Shared {
    fonts: HashMap<ObjectIdentifier, Arc<Font>>,
    /// Bytes of operators that may still be followed.
    budget: usize,
}

impl Shared {
    /// Of a document whose operators may have so many bytes.
    pub fn new(budget: usize) -> Self {
        Self { fonts: HashMap::new(), budget }
    }
}

#[derive(Clone)]
struct State {
    place: Matrix,
    font: Option<Arc<Font>>,
    size: f64,
    letter_gap: f64,
    word_gap: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

struct Reader<'s> {
    shared: &'s mut Shared,
    state: State,
    states: Vec<State>,
    text: Matrix,
    line: Matrix,
    written: String,
    pieces: Vec<Piece>,
    /// Characters, and those of which nothing is known.
    shown: usize,
    unknown: usize,
    /// The largest image, as its area.
    image: Option<f64>,
    lost: Vec<Reason>,
}

/// Appends the lines of a page, and tells what could not be read of it.
pub fn read(page: &Page<'_>, shared: &mut Shared, lines: &mut String) -> Vec<Reason> {
    let state = State {
        place: IDENTITY,
        font: None,
        size: 0.0,
        letter_gap: 0.0,
        word_gap: 0.0,
        stretch: 1.0,
        leading: 0.0,
        rise: 0.0,
    };
    let mut reader = Reader {
        shared,
        state,
        states: Vec::new(),
        text: IDENTITY,
        line: IDENTITY,
        written: String::new(),
        pieces: Vec::new(),
        shown: 0,
        unknown: 0,
        image: None,
        lost: Vec::new(),
    };
    reader.contents(page);
    let begin = lines.len();
    lines::write(&mut reader.pieces, &reader.written, lines);
    let letters = lines[begin..].chars().filter(|letter| letter.is_alphanumeric()).take(LEAST_LETTERS).count();
    let sheet = page.media_box();
    let is_mostly_image =
        reader.image.is_some_and(|area| area >= MOST_OF_PAGE * (sheet.width() * sheet.height()).abs());
    let is_unreadable = reader.unknown * 10 > reader.shown;
    let is_image = reader.image.is_some() && letters == 0 || is_mostly_image && letters < LEAST_LETTERS;
    if is_unreadable || is_image {
        reader.lost.push(Reason::NoText);
    }
    reader.lost
}

impl Reader<'_> {
    fn contents(&mut self, page: &Page<'_>) {
        let streams = match page.raw().get::<Object<'_>>("Contents") {
            Some(Object::Stream(stream)) => vec![stream],
            Some(Object::Array(streams)) => streams.iter::<Stream<'_>>().take(MAX_STATES * 16).collect(),
            Some(Object::Null(_)) => Vec::new(),
            // What is named and not there was lost.
            None if !page.raw().contains_key("Contents") => Vec::new(),
            _ => return self.lost.push(Reason::Corrupt),
        };
        // An operator may begin in one stream and end in the next.
        let mut operators = Vec::new();
        for stream in streams {
            match streams::decoded(&stream) {
                Ok(decoded) if operators.len() + decoded.bytes.len() <= streams::MAX_STREAM_BYTES => {
                    self.lost.extend(decoded.lost);
                    operators.extend_from_slice(&decoded.bytes);
                    operators.push(b' ');
                }
                Ok(_) => return self.lost.push(Reason::ExpansionLimit),
                Err(reason) => self.lost.push(reason),
            }
        }
        self.follow(operators, page.resources(), 0);
    }

    /// Follows the operators of a page or a form.
    fn follow(&mut self, mut operators: Vec<u8>, resources: &Resources<'_>, depth: usize) {
        let Some(budget) = self.shared.budget.checked_sub(operators.len()) else {
            return self.lost.push(Reason::ExpansionLimit);
        };
        self.shared.budget = budget;
        // The library ends where it cannot go on, and does not say so.
        operators.extend_from_slice(LAST);
        let mut instructions = UntypedIter::new(&operators);
        let mut is_whole = false;
        while let Some(instruction) = instructions.next() {
            if self.pieces.len() >= MAX_PIECES || self.written.len() >= MAX_TEXT_BYTES {
                return self.lost.push(Reason::MemoryLimit);
            }
            let operator: &[u8] = instruction.operator.as_ref();
            match operator {
                b"Tf" => self.font(instruction.operands(), resources),
                b"Tj" | b"TJ" | b"'" | b"\"" => self.show(operator, instruction.operands()),
                b"Do" => {
                    if let Some(Object::Name(name)) = instruction.operands().next() {
                        self.draw(name, resources, depth);
                    }
                }
                b"BI" => self.image(),
                _ if operator == LAST.trim_ascii() => is_whole = true,
                _ => {
                    let mut numbers = [0.0; 6];
                    let mut count = 0;
                    for operand in instruction.operands() {
                        if let (Object::Number(number), Some(place)) = (operand, numbers.get_mut(count)) {
                            *place = number.as_f64();
                            count += 1;
                        }
                    }
                    self.set(operator, numbers);
                }
            }
        }
        if !is_whole {
            self.lost.push(Reason::Corrupt);
        }
    }

    /// Operators that set the state or move the text.
    fn set(&mut self, operator: &[u8], numbers: [f64; 6]) {
        let [x, y, ..] = numbers;
        match operator {
            b"q" if self.states.len() < MAX_STATES => self.states.push(self.state.clone()),
            b"Q" => self.state = self.states.pop().unwrap_or_else(|| self.state.clone()),
            b"cm" => self.state.place = then(numbers, self.state.place),
            b"BT" => (self.text, self.line) = (IDENTITY, IDENTITY),
            b"Tc" => self.state.letter_gap = x,
            b"Tw" => self.state.word_gap = x,
            b"Tz" => self.state.stretch = x / 100.0,
            b"TL" => self.state.leading = x,
            b"Ts" => self.state.rise = x,
            b"Td" => self.next_line(x, y),
            b"TD" => {
                self.state.leading = -y;
                self.next_line(x, y);
            }
            b"Tm" => (self.text, self.line) = (numbers, numbers),
            b"T*" => self.next_line(0.0, -self.state.leading),
            _ => {}
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = then([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    fn font<'o, 'a: 'o>(&mut self, operands: impl Iterator<Item = &'o Object<'a>>, resources: &Resources<'_>) {
        for operand in operands {
            match operand {
                Object::Name(name) => self.state.font = font_of(&resources.fonts, name, &mut self.shared.fonts),
                Object::Number(size) => self.state.size = size.as_f64(),
                _ => {}
            }
        }
    }

    fn show<'o, 'a: 'o>(&mut self, operator: &[u8], operands: impl Iterator<Item = &'o Object<'a>>) {
        let operands: Vec<_> = operands.collect();
        if let (b"\"", [Object::Number(word_gap), Object::Number(letter_gap), _]) = (operator, &operands[..]) {
            (self.state.word_gap, self.state.letter_gap) = (word_gap.as_f64(), letter_gap.as_f64());
        }
        if operator != b"Tj" && operator != b"TJ" {
            self.next_line(0.0, -self.state.leading);
        }
        match operands.last() {
            Some(Object::String(string)) => self.string(string),
            Some(Object::Array(items)) => self.strings(items),
            _ => {}
        }
    }

    fn strings(&mut self, items: &Array<'_>) {
        for item in items.iter::<Object<'_>>() {
            match item {
                Object::String(string) => self.string(&string),
                Object::Number(back) => self.advance(-back.as_f64() / 1000.0 * self.state.size),
                _ => {}
            }
            if self.pieces.len() >= MAX_PIECES || self.written.len() >= MAX_TEXT_BYTES {
                return;
            }
        }
    }

    /// Moves on by a width in the space of the text, not yet stretched.
    fn advance(&mut self, width: f64) {
        self.text = then([1.0, 0.0, 0.0, 1.0, width * self.state.stretch, 0.0], self.text);
    }

    fn string(&mut self, string: &[u8]) {
        let Some(font) = self.state.font.clone() else {
            self.shown += string.len();
            self.unknown += string.len();
            return;
        };
        let (begin, from) = (self.written.len(), self.place());
        let mut width = 0.0;
        let (size, letter_gap, word_gap) = (self.state.size, self.state.letter_gap, self.state.word_gap);
        font.show(string, |shown| {
            self.shown += 1;
            match shown.characters {
                Some(characters) => self.written.push_str(characters),
                None => self.unknown += 1,
            }
            width += shown.width * size + letter_gap + if shown.is_space { word_gap } else { 0.0 };
        });
        self.advance(width);
        if self.written.len() > begin {
            self.piece(begin, from);
        }
    }

    /// Where text is written, and which way.
    fn place(&self) -> Matrix {
        then([1.0, 0.0, 0.0, 1.0, 0.0, self.state.rise], then(self.text, self.state.place))
    }

    fn piece(&mut self, begin: usize, from: Matrix) {
        let to = self.place();
        let length = from[0].hypot(from[1]);
        let (right, up) = if length > 0.0 { (from[0] / length, from[1] / length) } else { (1.0, 0.0) };
        // The nearest of four directions; what is written at an angle between is read as if it were in that one.
        let (direction, right, up) = match (right, up) {
            (right, up) if right >= up.abs() => (0, 1.0, 0.0),
            (right, up) if up > right.abs() => (1, 0.0, 1.0),
            (right, up) if -right >= up.abs() => (2, -1.0, 0.0),
            _ => (3, 0.0, -1.0),
        };
        let along = |place: Matrix| place[4] * right + place[5] * up;
        let height = from[5] * right - from[4] * up;
        let size = self.state.size.abs() * from[2].hypot(from[3]);
        let (start, end) = (along(from), along(to));
        self.pieces.push(Piece {
            direction,
            along: start..end.max(start),
            height,
            size,
            text: begin..self.written.len(),
        });
    }

    /// An image takes the square of one by one.
    fn image(&mut self) {
        let [a, b, c, d, ..] = self.state.place;
        self.image = Some(self.image.unwrap_or(0.0).max((a * d - b * c).abs()));
    }

    fn draw(&mut self, name: &Name<'_>, resources: &Resources<'_>, depth: usize) {
        let Some(drawn) = resources.get_x_object(name) else {
            // What is named and cannot be read was lost; the library reads no form within itself.
            if resources.x_objects.contains_key(name) {
                self.lost.push(Reason::Corrupt);
            }
            return;
        };
        if drawn.dict().get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_str() == "Image") {
            return self.image();
        }
        if depth >= MAX_FORMS {
            return self.lost.push(Reason::NestingLimit);
        }
        let operators = match streams::decoded(&drawn) {
            Ok(decoded) => {
                self.lost.extend(decoded.lost);
                decoded.bytes
            }
            Err(reason) => return self.lost.push(reason),
        };
        let (state, states) = (self.state.clone(), std::mem::take(&mut self.states));
        let (text, line) = (self.text, self.line);
        if let Some(matrix) = drawn.dict().get::<Array<'_>>("Matrix") {
            let mut numbers = IDENTITY;
            matrix.iter::<Number>().zip(&mut numbers).for_each(|(given, place)| *place = given.as_f64());
            self.state.place = then(numbers, self.state.place);
        }
        match drawn.dict().get::<Dict<'_>>("Resources") {
            Some(own) => self.follow(operators.into_owned(), &Resources::new(own), depth + 1),
            None => self.follow(operators.into_owned(), resources, depth + 1),
        }
        (self.state, self.states, self.text, self.line) = (state, states, text, line);
    }
}

/// The font of a name; fonts that are objects of their own are read once.
fn font_of(fonts: &Dict<'_>, name: &Name<'_>, known: &mut HashMap<ObjectIdentifier, Arc<Font>>) -> Option<Arc<Font>> {
    let id = fonts.get_ref(name).map(ObjectIdentifier::from);
    if let Some(font) = id.and_then(|id| known.get(&id)) {
        return Some(font.clone());
    }
    let font = Arc::new(Font::new(&fonts.get::<Dict<'_>>(name)?));
    if let Some(id) = id {
        if known.len() == MAX_FONTS {
            known.clear();
        }
        known.insert(id, font.clone());
    }
    Some(font)
}
