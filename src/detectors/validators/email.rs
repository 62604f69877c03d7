//! E-mail address: the lengths of RFC 5321, a plausible top-level domain, and not the name of an image or a package.

use crate::detectors::tokens::{BLOCK, bitmaps};

/// File extensions that follow an `@` in names of images, modules and packages.
const FILE_EXTENSIONS: [&[u8]; 22] = [
    b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"ico", b"bmp", b"pdf", b"css", b"scss", b"js", b"mjs", b"ts",
    b"tsx", b"jsx", b"json", b"xml", b"html", b"txt", b"gz", b"tgz",
];

/// Whether it can be an address.
pub fn email(value: &[u8]) -> bool {
    match marks_of_plain(value) {
        Some((at, dot)) => {
            !value[..at].eq_ignore_ascii_case(b"git")
                && !is_version(&value[at + 1..dot])
                && top_level_fits(&value[dot + 1..])
        }
        None => is_written_address(value),
    }
}

/// Where the `@` and the last dot stand, if all else is letters and digits, and single dots between them: most addresses are
/// such, and keep all rules about their parts.
fn marks_of_plain(value: &[u8]) -> Option<(usize, usize)> {
    if value.is_empty() || value.len() >= BLOCK {
        return None;
    }
    let mut block = [0; BLOCK];
    block[..value.len()].copy_from_slice(value);
    let mut marks = !bitmaps(&block).words() & ((1 << value.len()) - 1);
    let begins_or_ends_with_one = marks & (1 | 1 << (value.len() - 1)) != 0;
    // Bytes from 0x80 up are no marks and no plain letters either.
    if begins_or_ends_with_one || marks & marks << 1 != 0 || !block.is_ascii() {
        return None;
    }
    let (mut at, mut dot) = (None, None);
    while marks != 0 {
        let place = marks.trailing_zeros() as usize;
        match block[place] {
            b'.' => dot = Some(place),
            b'@' if at.is_none() => at = Some(place),
            _ => return None,
        }
        marks &= marks - 1;
    }
    at.zip(dot).filter(|(at, dot)| at < dot)
}

/// The same of any text.
fn is_written_address(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|byte| *byte == b'@') else { return false };
    let (local, domain) = (&value[..at], &value[at + 1..]);
    let Some(dot) = domain.iter().rposition(|byte| *byte == b'.') else { return false };
    // The account of a repository over SSH, no person.
    let is_repository = local.eq_ignore_ascii_case(b"git");
    !is_repository
        && local_fits(local)
        && domain_fits(domain)
        && !is_version(&domain[..dot])
        && top_level_fits(&domain[dot + 1..])
}

/// Mailboxes of roles and machines, without dots, dashes and underscores.
const ROLES: [&[u8]; 49] = [
    b"abuse",
    b"accounts",
    b"admin",
    b"administrator",
    b"billing",
    b"bounce",
    b"bounces",
    b"bugs",
    b"careers",
    b"contact",
    b"customerservice",
    b"donotreply",
    b"enquiries",
    b"feedback",
    b"hello",
    b"help",
    b"helpdesk",
    b"hostmaster",
    b"hr",
    b"info",
    b"jobs",
    b"legal",
    b"list",
    b"mail",
    b"mailerdaemon",
    b"marketing",
    b"media",
    b"mediarelations",
    b"news",
    b"newsletter",
    b"noreply",
    b"notifications",
    b"office",
    b"orders",
    b"postmaster",
    b"pr",
    b"press",
    b"privacy",
    b"publicrelations",
    b"reception",
    b"root",
    b"sales",
    b"security",
    b"service",
    b"support",
    b"sysadmin",
    b"team",
    b"unsubscribe",
    b"webmaster",
];

/// Whether it can be an address, and not one of a role: in a text nobody is meant by `support@`.
pub fn email_of_person(value: &[u8]) -> bool {
    const LONGEST: usize = 16;
    let local = value.split(|byte| *byte == b'@').next().unwrap_or_default();
    let mut letters = [0; LONGEST];
    let mut length = 0;
    for byte in local.iter().filter(|byte| !matches!(byte, b'.' | b'-' | b'_')) {
        let Some(place) = letters.get_mut(length) else { return email(value) };
        *place = byte.to_ascii_lowercase();
        length += 1;
    }
    ROLES.binary_search(&&letters[..length]).is_err() && email(value)
}

fn local_fits(local: &[u8]) -> bool {
    matches!(local.len(), 1..=64)
        && local[0] != b'.'
        && !local.ends_with(b".")
        && !has_two_dots(local)
        && local.iter().any(u8::is_ascii_alphanumeric)
}

fn domain_fits(domain: &[u8]) -> bool {
    domain.len() <= 253
        && domain.split(|byte| *byte == b'.').all(|label| {
            matches!(label.len(), 1..=63)
                && label[0] != b'-'
                && !label.ends_with(b"-")
                && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        })
}

/// Two numbers or more and nothing else: `tool@0.57.1.wasm`.
fn is_version(host: &[u8]) -> bool {
    host.contains(&b'.') && host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

fn top_level_fits(top: &[u8]) -> bool {
    // Most addresses end in one of these, which are no files.
    if [b"com", b"org", b"net", b"edu", b"gov"].iter().any(|usual| usual.eq_ignore_ascii_case(top)) {
        return true;
    }
    // `getty@tty1.service`
    const UNITS: [&[u8]; 8] = [b"service", b"socket", b"target", b"timer", b"mount", b"slice", b"scope", b"swap"];
    matches!(top.len(), 2..=24)
        && !UNITS.contains(&top)
        && top.iter().all(u8::is_ascii_alphabetic)
        && !FILE_EXTENSIONS.iter().any(|extension| extension.eq_ignore_ascii_case(top))
}

fn has_two_dots(text: &[u8]) -> bool {
    text.windows(2).any(|pair| pair == b"..")
}

#[cfg(test)]
mod tests {
    use super::{ROLES, email, email_of_person, is_written_address, marks_of_plain};

    #[test]
    fn the_short_way_says_what_the_long_one_says() {
        let mut state = 3u32;
        let mut plain = 0;
        for _ in 0..200_000 {
            let mut next = |count: usize| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as usize % count
            };
            let parts: Vec<&str> = (0..1 + next(7))
                .map(|_| ["a", "git", "7", ".", "@", "com", "png", "-", "c", "..", "4", "Z"][next(12)])
                .collect();
            let text = parts.concat();
            plain += u32::from(marks_of_plain(text.as_bytes()).is_some());
            assert_eq!(email(text.as_bytes()), is_written_address(text.as_bytes()), "{text}");
        }
        assert!(plain > 100, "{plain}");
    }

    #[test]
    fn a_role_is_no_person() {
        assert!(ROLES.is_sorted());
        for role in ["support@example.com", "No-Reply@example.org", "mailer.daemon@example.net"] {
            assert!(!email_of_person(role.as_bytes()) && email(role.as_bytes()), "{role}");
        }
        for person in ["ann@example.com", "info.lee@example.com", "a-very-long-name-of-somebody@example.com"] {
            assert!(email_of_person(person.as_bytes()), "{person}");
        }
    }

    #[test]
    fn addresses_pass_and_file_names_do_not() {
        for valid in ["a@example.com", "john.smith+lab@mail.example.co.uk", "o'neil@example.org", "x_1@a-b.health"] {
            assert!(email(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "logo@2x.png",
            "a@b",
            "a@b.c",
            "a@b.1",
            "a..b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a@-b.com",
            "a@b..com",
            "git@github.com",
            "react@18.2.0",
            "pkg@1.0.0.tgz",
            "@example.com",
            "a@",
            "",
            "a@b@example.com",
        ] {
            assert!(!email(invalid.as_bytes()), "{invalid}");
        }
    }
}
