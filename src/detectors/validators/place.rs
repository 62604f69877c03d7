//! Places: names of towns and counties as a field or a label gives them, and pairs of coordinates.

/// What fills a box for a place.
const FILLERS: [&[u8]; 14] = [
    b"unknown",
    b"none",
    b"null",
    b"n/a",
    b"na",
    b"other",
    b"test",
    b"city",
    b"county",
    b"true",
    b"false",
    b"string",
    b"undefined",
    b"various",
];

/// Whether it can be the name of a place: letters, at most forty of them, and no filler.
pub fn place_name(value: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80 || matches!(byte, b' ' | b'.' | b'-' | b'\'');
    (2..=40).contains(&value.len())
        && value.iter().all(is_part)
        && value.iter().filter(|byte| byte.is_ascii_alphabetic()).count() >= 2
        && !FILLERS.iter().any(|filler| filler.eq_ignore_ascii_case(value))
}

/// Whether it can be a county: a name, or the three or five digits of its code.
pub fn county(value: &[u8]) -> bool {
    match value.iter().all(u8::is_ascii_digit) {
        true => matches!(value.len(), 3 | 5) && value.iter().any(|byte| *byte != b'0'),
        false => place_name(value),
    }
}

/// Whether it is a degree, or a latitude and a longitude: within their ranges and not zero.
pub fn geo_coordinate(value: &[u8]) -> bool {
    const LIMITS: [f64; 2] = [90.0, 180.0];
    let parts = || value.split(|byte| matches!(byte, b',' | b' ' | b';')).filter(|part| !part.is_empty());
    let count = parts().count();
    let fits = |(part, limit): (&[u8], f64)| {
        let number = part.iter().position(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
        let number = std::str::from_utf8(&part[..number.unwrap_or(part.len())]).ok();
        number.and_then(|text| text.parse::<f64>().ok()).is_some_and(|degree| degree != 0.0 && degree.abs() <= limit)
    };
    match count {
        1 => parts().all(|part| fits((part, LIMITS[1]))),
        2 => parts().zip(LIMITS).all(fits),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_words() {
        for valid in ["Springfield", "St. Louis", "Winston-Salem", "Coeur d'Alene"] {
            assert!(place_name(valid.as_bytes()), "{valid}");
        }
        for invalid in ["Unknown", "N/A", "12", "X", "city", "a1", ""] {
            assert!(!place_name(invalid.as_bytes()), "{invalid}");
        }
        assert!(county(b"22090") && county(b"090") && county(b"Orange County"));
        assert!(!county(b"000") && !county(b"1234"));
    }

    #[test]
    fn degrees_have_ranges() {
        for valid in ["42.36010", "-71.05890", "42.3601, -71.0589", "42.3601 -71.0589", "42.3601N 71.0589W"] {
            assert!(geo_coordinate(valid.as_bytes()), "{valid}");
        }
        for invalid in ["181.5", "0.0", "95.1234, 10.1234", "42.3601, 190.1234", "1.1 2.2 3.3", "", "x"] {
            assert!(!geo_coordinate(invalid.as_bytes()), "{invalid}");
        }
    }
}
