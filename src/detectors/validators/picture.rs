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

#[cfg(test)]
mod tests {
    use super::biometric;

    #[test]
    fn templates_pass_and_fillers_do_not() {
        assert!(biometric(b"Rk1SACAyMAAAAADkAAgAyQFnAMUAxQEAAAARIQBqAGsg"));
        assert!(biometric(b"464d52002032300000000108003c00000118"));
        assert!(!biometric(b"00000000000000000000000000000000000000"));
        assert!(!biometric(b"Rk1SACAyMAAAAADk"));
        assert!(!biometric(b"averylongnameofsomethingthatisnotemplate"));
    }
}
