//! Pictures and templates of a body: what a field that is named for one holds when it really holds one.

/// Whether it is encoded content of some length, in base64 or hexadecimal digits, and not the same character again
/// and again.
pub fn biometric(value: &[u8]) -> bool {
    const MIN_LENGTH: usize = 32;
    const MIN_KINDS: usize = 8;
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    value.len() >= MIN_LENGTH
        && value.iter().any(u8::is_ascii_digit)
        && seen.iter().filter(|seen| **seen).count() >= MIN_KINDS
}

/// The same, or the name under which it is kept elsewhere: `retina/3eb7ef65.fundus`, `vp-31d6aaa36c75`.
pub fn biometric_field(value: &[u8]) -> bool {
    const MIN_NAME: usize = 8;
    const MIN_DIGITS: usize = 2;
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let has_mark = value.iter().any(|byte| matches!(byte, b'-' | b'_' | b'/' | b':' | b'.'));
    biometric(value) || (value.len() >= MIN_NAME && digits >= MIN_DIGITS && has_mark)
}

#[cfg(test)]
mod tests {
    use super::{biometric, biometric_field};

    #[test]
    fn templates_pass_and_fillers_do_not() {
        assert!(biometric_field(b"vp-31d6aaa36c75") && biometric_field(b"retina/3eb7ef65_OD.fundus"));
        assert!(!biometric_field(b"enrolled") && !biometric_field(b"n/a") && !biometric(b"vp-31d6aaa36c75"));
        assert!(biometric(b"Rk1SACAyMAAAAADkAAgAyQFnAMUAxQEAAAARIQBqAGsg"));
        assert!(biometric(b"464d52002032300000000108003c00000118"));
        assert!(!biometric(b"00000000000000000000000000000000000000"));
        assert!(!biometric(b"Rk1SACAyMAAAAADk"));
        assert!(!biometric(b"averylongnameofsomethingthatisnotemplate"));
    }
}
