//! A signature under the head of the audit trail, with an Ed25519 key of the user's. Kept elsewhere, it shows later that
//! nothing up to there was changed or removed, the end of the trail included.

use super::manifest::Manifest;
use super::{Audit, hexadecimal};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a signature says, in the file in which it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Manifests up to the signed one.
    pub manifests: i64,
    /// Digest of that one.
    pub digest: String,
    /// When it was signed, as RFC 3339.
    pub signed_at: String,
    /// The key it can be checked with, hexadecimal; to be compared with one that is known from elsewhere.
    pub public_key: String,
    /// Ed25519 over the three first ones, hexadecimal.
    pub signature: String,
}

/// Why nothing can be signed or checked.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The file is no such key.
    #[error("{path} is no Ed25519 key in PEM; `openssl genpkey -algorithm ed25519` makes one, `openssl pkey -pubout` its public half", path = path.display())]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to sign.
    #[error("the ledger has no manifest yet; a scan with --ledger adds one when it ends")]
    Nothing,
    /// Somebody changed the signature, or another key made it.
    #[error("the signature was not made with this key, or was changed")]
    Wrong,
    /// The signed manifest is not there any more.
    #[error("manifest {0}, which was signed, is not in the ledger as it was")]
    Gone(i64),
}

impl Signature {
    /// Signs the head of a trail that was verified. `key` is a PKCS #8 file.
    pub fn sign(audit: &Audit, key: &Path, signed_at: String) -> Result<Self, SignatureError> {
        let digest = audit.head.clone().ok_or(SignatureError::Nothing)?;
        let bad = || SignatureError::Key { path: key.to_owned() };
        let der = PrivatePkcs8KeyDer::from_pem_file(key).map_err(|_| bad())?;
        // OpenSSL leaves the public half out.
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map_err(|_| bad())?;
        let manifests = audit.manifests as i64;
        let signature = pair.sign(text(manifests, &digest, &signed_at).as_bytes());
        let (public_key, signature) = (hexadecimal(pair.public_key().as_ref()), hexadecimal(signature.as_ref()));
        Ok(Self { manifests, digest, signed_at, public_key, signature })
    }

    /// Checks it with a public key (PEM), and that the signed manifest is still there.
    pub fn check(&self, key: &Path, manifests: &[Manifest]) -> Result<(), SignatureError> {
        let der = SubjectPublicKeyInfoDer::from_pem_file(key);
        let der = der.map_err(|_| SignatureError::Key { path: key.to_owned() })?;
        let signature = bytes(&self.signature).ok_or(SignatureError::Wrong)?;
        UnparsedPublicKey::new(&ED25519, &der)
            .verify(text(self.manifests, &self.digest, &self.signed_at).as_bytes(), &signature)
            .map_err(|_| SignatureError::Wrong)?;
        let is_it = |link: &Manifest| link.id == self.manifests && link.digest == self.digest;
        if manifests.iter().any(is_it) { Ok(()) } else { Err(SignatureError::Gone(self.manifests)) }
    }
}

fn text(manifests: i64, digest: &str, signed_at: &str) -> String {
    format!("phinder audit trail\n{manifests}\n{digest}\n{signed_at}\n")
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |place: usize| u8::from_str_radix(text.get(place..place + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(digit).collect()
}
