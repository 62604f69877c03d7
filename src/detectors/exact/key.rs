//! The key of an index, and what is derived from it: a tag per normal form, a check that tells a wrong key, and the seal of a file.
//!
//! All of it is HMAC-SHA-256 of the secret with a purpose, so none of the derived keys tells anything of another. The
//! secret itself is not kept.

use super::ExactKind;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use siphasher::sip::SipHasher24;
use std::fmt;

/// Everything derived from the secret.
#[derive(Clone)]
pub struct ExactKey {
    /// SipHash-2-4 under a key of 128 bits per kind, so that a date never has the tag of an identifier.
    hashers: [SipHasher24; 3],
    check: [u8; 16],
    seal: [u8; 32],
}

impl ExactKey {
    /// Derives everything from a secret of any length; its strength is that of the secret.
    pub fn from_secret(secret: &[u8]) -> Self {
        let hasher = |purpose: &str| {
            let derived = keyed(secret, purpose.as_bytes());
            let mut key = [0; 16];
            key.copy_from_slice(&derived[..16]);
            SipHasher24::new_with_key(&key)
        };
        let mut check = [0; 16];
        check.copy_from_slice(&keyed(secret, b"phinder exact 1 check")[..16]);
        Self {
            hashers: [hasher("phinder exact 1 id"), hasher("phinder exact 1 date"), hasher("phinder exact 1 name")],
            check,
            seal: keyed(secret, b"phinder exact 1 seal"),
        }
    }

    /// The 64-bit tag of a normal form.
    #[inline]
    pub(super) fn tag(&self, kind: ExactKind, normal: &[u8]) -> u64 {
        self.hashers[kind as usize].hash(normal)
    }

    /// Equal for equal secrets, and telling nothing of them.
    pub(super) fn check(&self) -> [u8; 16] {
        self.check
    }

    /// Over the checksum of a file: only a holder of the key can make it.
    pub(super) fn seal(&self, checksum: &[u8]) -> [u8; 32] {
        keyed(&self.seal, checksum)
    }
}

impl fmt::Debug for ExactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExactKey(..)")
    }
}

fn keyed(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of every length: the other arm is never taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}
