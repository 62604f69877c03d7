//! Pieces of text at places of a page -> lines, from the top down and from left to right.
//!
//! A line is what stands on one height, whatever was written first: a form writes all its headings and then all its
//! values. Text that is turned is read in its own direction.

use std::ops::Range;

/// Gap in which a space stands, of the size of the text.
const SPACE: f64 = 0.16;
/// Gap between columns.
const COLUMN_GAP: f64 = 1.2;
/// How much pieces of one line may stand higher or lower.
const SAME_LINE: f64 = 0.4;
/// Distance of lines between which a paragraph ends.
const PARAGRAPH: f64 = 1.9;
/// Least size that is told apart from nothing.
const LEAST_SIZE: f64 = 0.01;

/// Text that was written at once.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Which of four directions it is written in.
    pub direction: u8,
    /// Where it begins and ends in its direction.
    pub along: Range<f64>,
    /// How high it stands, across its direction.
    pub height: f64,
    /// Size of its letters.
    pub size: f64,
    /// Its bytes in the text of the page.
    pub text: Range<usize>,
}

/// Appends the lines of a page.
pub fn write(pieces: &mut [Piece], text: &str, lines: &mut String) {
    pieces
        .sort_by(|left, right| left.direction.cmp(&right.direction).then_with(|| right.height.total_cmp(&left.height)));
    let mut rest = pieces;
    let mut before: Option<(u8, f64)> = None;
    while let Some(first) = rest.first().cloned() {
        let size = first.size.max(LEAST_SIZE);
        let is_same = |piece: &Piece| {
            piece.direction == first.direction
                && first.height - piece.height <= SAME_LINE * size.min(piece.size.max(LEAST_SIZE))
        };
        let count = rest.iter().take_while(|piece| is_same(piece)).count().max(1);
        let (line, others) = std::mem::take(&mut rest).split_at_mut(count);
        rest = others;
        if let Some((direction, height)) = before
            && (direction != first.direction || height - first.height > PARAGRAPH * size)
        {
            lines.push('\n');
        }
        before = Some((first.direction, first.height));
        line.sort_by(|left, right| left.along.start.total_cmp(&right.along.start));
        write_line(line, text, lines);
    }
}

fn write_line(line: &[Piece], text: &str, lines: &mut String) {
    let begin = lines.len();
    let mut before: Option<&Piece> = None;
    for piece in line {
        let written = &text[piece.text.clone()];
        if let Some(before) = before {
            let size = piece.size.max(LEAST_SIZE);
            // A bold letter may be made of two that are shifted a little.
            let is_twice =
                (piece.along.start - before.along.start).abs() < 0.25 * size && text[before.text.clone()] == *written;
            if is_twice {
                continue;
            }
            let gap = piece.along.start - before.along.end;
            let is_apart = lines.ends_with(' ') || written.starts_with(' ');
            if gap > COLUMN_GAP * size {
                lines.push_str("  ");
            } else if gap > SPACE * size && !is_apart {
                lines.push(' ');
            }
        }
        lines.push_str(written);
        before = Some(piece);
    }
    let kept = lines[begin..].trim_end().len();
    lines.truncate(begin + kept);
    if kept > 0 {
        lines.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(written: &[(u8, f64, f64, &str)]) -> String {
        let mut text = String::new();
        let mut pieces = Vec::new();
        for (direction, along, height, piece) in written {
            let begin = text.len();
            text.push_str(piece);
            let end = along + 5.0 * piece.len() as f64;
            pieces.push(Piece {
                direction: *direction,
                along: *along..end,
                height: *height,
                size: 10.0,
                text: begin..text.len(),
            });
        }
        let mut lines = String::new();
        write(&mut pieces, &text, &mut lines);
        lines
    }

    #[test]
    fn values_stand_beside_their_headings_whatever_was_written_first() {
        let page = [
            (0, 50.0, 700.0, "Name:"),
            (0, 50.0, 688.0, "MRN:"),
            (0, 80.0, 700.5, "Ada"),
            (0, 97.0, 700.0, "Okafor"),
            (0, 72.0, 688.0, "4471920"),
            (0, 50.0, 650.0, "sec"),
            (0, 65.0, 650.0, "ond"),
            (0, 200.0, 650.0, "right"),
            (0, 50.3, 700.0, "Name:"),
            (1, 10.0, 300.0, "turned"),
        ];
        assert_eq!(lines(&page), "Name: Ada Okafor\nMRN: 4471920\n\nsecond  right\n\nturned\n");
        assert_eq!(lines(&[(0, f64::NAN, f64::NAN, "a"), (0, 1.0, f64::INFINITY, "b")]).lines().count(), 2);
    }
}
