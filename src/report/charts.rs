//! Charts as plain SVG: bars by class, and columns over scans. Each stands beside the numbers that it shows, so that it says
//! nothing that a table does not.

use super::collect::Point;
use super::embedded::CLASS_NAMES;
use crate::outputs::number;
use std::fmt::Write;

/// The names of the classes in the style sheet.
pub(super) const CLASS_STYLES: [&str; 3] = ["phi", "pii", "health"];

/// A bar of three parts out of `whole`, hidden from readers of text, which read the numbers beside it.
pub(super) fn bar(parts: &[u64], styles: &[&str], whole: u64) -> String {
    let mut svg =
        String::from("<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    let mut at = 0.0;
    for (part, style) in parts.iter().zip(styles) {
        if *part == 0 || whole == 0 {
            continue;
        }
        // What is there can be seen, however small it is.
        let width = (*part as f64 / whole as f64 * 1000.0).max(4.0);
        let _ = write!(svg, "<rect class=\"fill-{style}\" x=\"{at:.1}\" y=\"0\" width=\"{width:.1}\" height=\"10\"/>");
        at += width;
    }
    svg.push_str("</svg>");
    svg
}

/// How hot a number is, from 0 (nothing) to 5 (10,000 and more).
pub(super) fn heat(records: u64) -> u32 {
    if records == 0 { 0 } else { (records.ilog10() + 1).min(5) }
}

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 30.0;
const TOP: f64 = 12.0;

/// Findings that wait for somebody at the end of each scan, as columns of three parts.
pub(super) fn trend(points: &[Point], label: &dyn Fn(&Point) -> String) -> String {
    let most = points.iter().map(|point| point.active.iter().sum::<u64>()).max().unwrap_or(0);
    let (step, top) = scale(most);
    let height = HEIGHT - TOP - BOTTOM;
    let y = |value: u64| TOP + height * (1.0 - value as f64 / top as f64);
    let mut svg = format!(
        "<svg class=\"trend\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"trend-title\">\
         <title id=\"trend-title\">Findings that wait for somebody at the end of each scan; the table below has the numbers\
         </title>"
    );
    for value in (0..=top).step_by(step as usize) {
        let (line, text) = (y(value), number(value));
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{line:.1}\" y2=\"{line:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            LEFT - 8.0,
            line + 4.0
        );
    }
    let slot = (WIDTH - LEFT) / points.len().max(1) as f64;
    let width = (slot * 0.7).min(64.0);
    let every = points.len().div_ceil(8).max(1);
    for (place, point) in points.iter().enumerate() {
        let x = LEFT + slot * (place as f64 + 0.5);
        let mut below = 0;
        let _ = write!(svg, "<g><title>{}</title>", column_title(point, &label(point)));
        for (count, style) in point.active.iter().zip(CLASS_STYLES) {
            if *count > 0 {
                let (upper, lower) = (y(below + count), y(below));
                let _ = write!(
                    svg,
                    "<rect class=\"fill-{style}\" x=\"{:.1}\" y=\"{upper:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>",
                    x - width / 2.0,
                    lower - upper
                );
            }
            below += count;
        }
        svg.push_str("</g>");
        // The last one is always named; none stands so near to it that they would touch.
        let is_last = place + 1 == points.len();
        if is_last || (place % every == 0 && place + every <= points.len()) {
            let _ = write!(
                svg,
                "<text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - 8.0,
                label(point)
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

fn column_title(point: &Point, day: &str) -> String {
    let parts: Vec<_> = point
        .active
        .iter()
        .zip(CLASS_NAMES)
        .filter(|(count, _)| **count > 0)
        .map(|(count, name)| format!("{name} {}", number(*count)))
        .collect();
    format!("{day}: {}", if parts.is_empty() { "none".to_owned() } else { parts.join(", ") })
}

/// A round step of at most five, and the round number above the most.
fn scale(most: u64) -> (u64, u64) {
    let mut step = 1;
    for factor in [2, 5, 10].iter().cycle() {
        if most <= step * 5 {
            break;
        }
        let power = 10_u64.pow(step.ilog10());
        step = power * factor;
    }
    (step, most.div_ceil(step).max(1) * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round() {
        for (most, expected) in
            [(0, (1, 1)), (4, (1, 4)), (7, (2, 8)), (23, (5, 25)), (41, (10, 50)), (1234, (500, 1500))]
        {
            assert_eq!(scale(most), expected, "{most}");
        }
    }

    #[test]
    fn heat_goes_by_powers_of_ten() {
        let heats = [0, 1, 9, 10, 999, 1000, 9_999, 10_000, u64::MAX].map(heat);
        assert_eq!(heats, [0, 1, 1, 2, 3, 4, 4, 5, 5]);
    }
}
