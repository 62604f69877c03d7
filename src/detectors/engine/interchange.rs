//! Segments of X12 inside text, in an interchange or quoted by a log or a mail: `NM1*IL*1*OKAFOR*ADA****MI*W30419153~`.
//!
//! The segment, its qualifiers and the number of an element tell what the element is (implementation guides 005010X222,
//! X223, X221, X220 and X279).

use super::{Engine, PathPlan, value_at};
use crate::model::{Column, Match};
use std::ops::Range;

/// Elements that a segment may have.
const MAX_ELEMENTS: usize = 32;

impl Engine {
    /// Tests the elements of the segments in a text.
    pub(super) fn search_interchange(&self, column: &Column, plan: &PathPlan, matches: &mut Vec<Match>) {
        let bytes = column.bytes.as_slice();
        let (mut value, mut searched) = (0, 0);
        // Most texts have hardly any asterisk.
        for star in memchr::memchr_iter(b'*', bytes) {
            if star < searched {
                continue;
            }
            let Some(begin) = segment_begin(bytes, star) else { continue };
            value = value_at(column, value, star);
            let rest = &bytes[begin..column.ends[value] as usize];
            let end = begin + memchr::memchr2(b'~', b'\n', rest).unwrap_or(rest.len());
            searched = end;
            self.test_elements((column, plan), (value, begin..end), matches);
        }
    }

    fn test_elements(
        &self,
        (column, plan): (&Column, &PathPlan),
        (value, segment): (usize, Range<usize>),
        matches: &mut Vec<Match>,
    ) {
        let bytes = &column.bytes[segment.clone()];
        let mut elements: Vec<Range<usize>> = Vec::with_capacity(MAX_ELEMENTS);
        let mut start = 0;
        for end in memchr::memchr_iter(b'*', bytes).chain(std::iter::once(bytes.len())).take(MAX_ELEMENTS) {
            elements.push(start..end);
            start = end + 1;
        }
        let known = matches.len();
        name_elements(bytes, &elements, &mut |cell, name| {
            let named = self.compiled.phrases.begins(name).filter(|span| span.end as usize == name.len());
            // An interchange is about persons, whatever stands beside.
            let headings = named.into_iter().flat_map(|span| {
                let meaning = &self.compiled.phrases.meanings[usize::from(span.phrase)];
                meaning.headings.iter().chain(&meaning.sibling_headings)
            });
            let detectors = headings.copied().filter(|index| plan.allows(*index));
            let cell = segment.start + cell.start..segment.start + cell.end;
            // An element that may be several things is the first of them that it can be.
            let is_known = matches[known..].iter().any(|found| found.start as usize == cell.start);
            if !is_known {
                self.try_cell(column, (value, cell), detectors, matches);
            }
        });
    }
}

/// Where the segment begins whose name an asterisk ends: at the beginning or behind anything but a letter or a digit.
fn segment_begin(bytes: &[u8], star: usize) -> Option<usize> {
    #[rustfmt::skip]
    const SEGMENTS: [&[u8]; 21] = [
        b"NM1", b"N3", b"N4", b"INS", b"DMG", b"REF", b"PER", b"CLM", b"CLP", b"HI", b"SV1", b"SV2", b"SV3", b"SV5", b"SVC", b"LIN", b"DTP",
        b"DTM", b"BPR", b"SBR", b"PAT",
    ];
    let before = &bytes[..star];
    let is_of_name = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let begin = star - before.iter().rev().take(4).take_while(is_of_name).count();
    let is_apart = begin == 0 || !bytes[begin - 1].is_ascii_alphanumeric();
    (is_apart && SEGMENTS.contains(&&before[begin..])).then_some(begin)
}

/// Shows the elements, and components of them, that have a name, as detectors name fields.
fn name_elements(segment: &[u8], elements: &[Range<usize>], show: &mut dyn FnMut(Range<usize>, &str)) {
    let text = |number: usize| elements.get(number).map_or(&b""[..], |range| &segment[range.clone()]);
    let mut named = |number: usize, name: Option<&str>| {
        if let (Some(range), Some(name)) = (elements.get(number).filter(|range| !range.is_empty()), name) {
            show(range.clone(), name);
        }
    };
    match text(0) {
        b"NM1" => {
            // A person, and one whom the insurance is about.
            if text(2) == b"1"
                && matches!(
                    text(1),
                    b"IL" | b"QC" | b"03" | b"31" | b"70" | b"74" | b"GD" | b"LR" | b"QD" | b"S1" | b"S3"
                )
            {
                named(3, Some("last name"));
                named(4, Some("first name"));
            }
            // Some writers leave out an empty element.
            let qualifier = if elements.len() == 9 { 7 } else { 8 };
            for name in names_of_identifier(text(qualifier)) {
                named(qualifier + 1, Some(name));
            }
        }
        b"N3" => named(1, Some("address")),
        b"INS" => named(12, (text(11) == b"D8").then_some("date of death")),
        b"N4" => {
            named(1, Some("city"));
            named(3, Some("zip code"));
        }
        b"DMG" => named(2, Some("date of birth")),
        b"REF" => named(2, name_of_reference(text(1))),
        b"PER" => {
            for number in [4, 6, 8] {
                let name = match text(number - 1) {
                    b"TE" | b"HP" | b"WP" | b"CP" => Some("phone"),
                    b"FX" => Some("fax"),
                    b"EM" => Some("email"),
                    _ => None,
                };
                named(number, name);
            }
        }
        b"CLM" => named(1, Some("account number")),
        b"CLP" => {
            named(1, Some("account number"));
            named(7, Some("claim number"));
        }
        b"PAT" => named(6, (text(5) == b"D8").then_some("date of death")),
        b"SBR" => named(3, Some("group number")),
        b"DTP" => named(3, is_of_care(text(1)).then_some("date of service")),
        b"DTM" => named(2, is_of_care(text(1)).then_some("date of service")),
        b"BPR" => {
            for number in [6, 12] {
                let is_account = matches!(text(number + 2), b"DA" | b"SG");
                named(number + 1, (text(number) == b"01").then_some("routing number"));
                named(number + 3, is_account.then_some("bank account number"));
            }
        }
        b"LIN" => (2..elements.len()).for_each(|number| named(number, (text(number - 1) == b"N4").then_some("ndc"))),
        b"SV1" | b"SV3" | b"SV5" | b"SVC" => show_codes(segment, elements.get(1), show),
        b"SV2" => show_codes(segment, elements.get(2), show),
        b"HI" => elements.iter().skip(1).for_each(|element| show_codes(segment, Some(element), show)),
        _ => {}
    }
}

/// Shows the code behind its qualifier: `ABK:M5416`, `HC:99214:25`.
fn show_codes(segment: &[u8], element: Option<&Range<usize>>, show: &mut dyn FnMut(Range<usize>, &str)) {
    let Some(element) = element else { return };
    let is_border = |byte: &u8| matches!(byte, b':' | b'>' | b'<' | b'^');
    let mut components = segment[element.clone()].split(is_border);
    let (Some(qualifier), Some(code)) = (components.next(), components.next()) else { return };
    let name = match qualifier {
        b"ABK" | b"ABF" | b"ABJ" | b"ABN" | b"APR" => "icd 10",
        b"BK" | b"BF" | b"BJ" | b"BN" | b"PR" => "icd 9",
        b"BBR" | b"BBQ" => "icd 10 pcs",
        b"DR" => "drg",
        b"HC" | b"BO" | b"BP" | b"AD" => "procedure code",
        b"N4" => "ndc",
        _ => return,
    };
    let start = element.start + qualifier.len() + 1;
    if !code.is_empty() {
        show(start..start + code.len(), name);
    }
}

/// What an identifier of NM1 may be, by its qualifier (NM108). What was the number of Medicare is that of any plan in a remittance.
fn names_of_identifier(qualifier: &[u8]) -> &'static [&'static str] {
    match qualifier {
        b"MI" | b"II" => &["member id"],
        b"34" | b"SY" => &["ssn"],
        b"MR" => &["medicaid id", "member id"],
        b"HN" => &["mbi", "member id"],
        b"XX" => &["npi"],
        b"24" => &["ein"],
        _ => &[],
    }
}

/// What a reference is, by its qualifier (REF01).
fn name_of_reference(qualifier: &[u8]) -> Option<&'static str> {
    match qualifier {
        b"SY" | b"ABY" => Some("ssn"),
        b"0F" | b"1W" | b"IG" => Some("member id"),
        b"1L" | b"6P" => Some("group number"),
        b"EA" => Some("medical record number"),
        b"F8" | b"D9" | b"1K" | b"Y4" => Some("claim number"),
        b"EJ" => Some("account number"),
        b"NQ" => Some("medicaid id"),
        b"EI" | b"TJ" => Some("ein"),
        b"HPI" => Some("npi"),
        _ => None,
    }
}

/// Whether a date is one of care (DTP01, DTM01): service, admission, discharge, onset, last seen, accident, prescription.
fn is_of_care(qualifier: &[u8]) -> bool {
    #[rustfmt::skip]
    const DATES: [&[u8]; 20] = [
        b"472", b"434", b"435", b"096", b"431", b"439", b"454", b"471", b"484", b"304", b"455", b"453", b"573", b"150", b"151",
        b"232", b"233", b"461", b"463", b"198",
    ];
    DATES.contains(&qualifier)
}

#[cfg(test)]
mod tests {
    use crate::detectors::engine::tests::{column, engine, found_in};

    /// What is found in lines of text, with the detector's id.
    fn found(lines: &[&str]) -> Vec<(String, String)> {
        found_in(&engine(), vec![column("", lines)])
    }

    #[test]
    fn elements_are_what_their_qualifiers_say() {
        let claim = "the 837P: NM1*IL*1*HARGROVE*BETTINA*J***MI*YPPW64961798~N4*VALDOSTA*GA*31602~DMG*D8*19880116*F~\
                     REF*SY*536904399~CLM*26-39702*285***11:B:1*Y*A*Y*Y~HI*ABK:M5416*ABF:G8929~SV1*HC:99214:25*185~\
                     DTP*472*D8*20240507~LIN**N4*00093721498~";
        let found = found(&[claim]);
        for (detector, value) in [
            ("member_id", "YPPW64961798"),
            ("city", "VALDOSTA"),
            ("us_zip", "31602"),
            ("date_of_birth", "19880116"),
            ("us_ssn", "536904399"),
            ("account_number", "26-39702"),
            ("icd10cm", "M5416"),
            ("icd10cm", "G8929"),
            ("cpt", "99214"),
            ("date_of_service", "20240507"),
            ("ndc", "00093721498"),
        ] {
            assert!(found.contains(&(detector.to_owned(), value.to_owned())), "{detector} {value}: {found:?}");
        }
        assert!(found.iter().any(|(detector, value)| detector == "person_name" && value.contains("HARGROVE")));
    }

    #[test]
    fn an_identifier_is_found_where_an_empty_element_is_left_out() {
        let found = found(&["NM1*IL*1*MEHTA*LINH***34*227162476~"]);
        assert!(found.contains(&("us_ssn".to_owned(), "227162476".to_owned())), "{found:?}");
    }

    #[test]
    fn a_remittance_has_its_patients_numbers_and_addresses() {
        let found = found(&[
            "NM1*QC*1*OKAFOR*ADA****HN*XG33104918~N3*22 ELM ST~",
            "NM1*QC*1*OKAFOR*ADA****HN*1EG4TE5MK73~INS*Y*18*030*XN*A*E**FT**N*D8*20240109~",
        ]);
        for (detector, value) in [
            ("member_id", "XG33104918"),
            ("us_address", "22 ELM ST"),
            ("us_mbi", "1EG4TE5MK73"),
            ("date_of_death", "20240109"),
        ] {
            assert!(found.contains(&(detector.to_owned(), value.to_owned())), "{detector} {value}: {found:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_segment_is_none() {
        assert_eq!(
            found(&[
                "x = HI*ABK + DMG*D8*4",
                "/* REF*n, SV1*2 */",
                "WREF*SY*536904399",
                "a REF*ZZ*536904399~",
                "myREF*SY*536904399"
            ]),
            []
        );
    }
}
