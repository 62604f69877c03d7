//! Web address: a host with a dot, and something after it that can be a person's.

/// Whether it leads to a page within a site: the front page of a site is about nobody.
pub fn url(value: &[u8]) -> bool {
    let Some(host) = host(value) else { return false };
    let text = host.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let rest = value.len() - (value.windows(3).position(|three| three == b"://").unwrap_or(0) + 3 + host.len());
    host.contains(&b'.') && text >= 2 && rest > 2
}

/// The host between `://` and the next border, without a user and a port.
pub(super) fn host(value: &[u8]) -> Option<&[u8]> {
    let start = value.windows(3).position(|three| three == b"://")? + 3;
    let rest = &value[start..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let authority = &rest[..end];
    let authority = authority.rsplit(|byte| *byte == b'@').next().unwrap_or(authority);
    authority.split(|byte| *byte == b':').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_passes_and_a_front_page_does_not() {
        for valid in ["https://portal.clinic.example/patients/8842", "http://a.org/~jsmith"] {
            assert!(url(valid.as_bytes()), "{valid}");
        }
        for invalid in ["https://clinic.example/", "https://localhost/users/1", "http://10.1.2.3/x/y", "x://", "no", ""]
        {
            assert!(!url(invalid.as_bytes()), "{invalid}");
        }
        assert_eq!(host(b"https://u@a.example:8080/x"), Some(&b"a.example"[..]));
    }
}
