//! Where the installation key comes from: a file, a secret of AWS, or the environment. It is in no error and no log.

use super::{DEFAULT_KEY_FILE, Overrides};
use crate::aws::{self, AwsError, AwsOptions};
use std::path::{Path, PathBuf};

/// The environment variable that may hold the key.
pub const KEY_VARIABLE: &str = "PHINDER_KEY";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Its file cannot be read.
    #[error(
        "cannot read the key from {path}; name it with --key-file or --key-secret, or set {KEY_VARIABLE}; `phinder init` \
         writes one",
        path = path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Others can read its file.
    #[error("{path} can be read by others, so its key is no secret; chmod 600 it", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// What was read is no key.
    #[error("{place} holds no installation key: that is 64 hexadecimal digits; `phinder init` writes one")]
    Form {
        /// Where it was read.
        place: String,
    },
    /// AWS gave none.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The request to AWS could not be started.
    #[error("cannot ask AWS Secrets Manager")]
    Start(#[source] std::io::Error),
}

/// Where to look for the key: what is named first, then the environment, then the file beside the policy.
#[derive(Debug, Clone, Default)]
pub struct KeyPlace {
    /// A file.
    pub file: Option<PathBuf>,
    /// The ARN or name of a secret.
    pub secret: Option<String>,
    /// How AWS is reached.
    pub aws: AwsOptions,
}

impl KeyPlace {
    pub(super) fn of(overrides: &Overrides) -> Self {
        let (file, secret) = (overrides.key_file.clone(), overrides.key_secret.clone());
        Self { file, secret, aws: overrides.source.aws.clone() }
    }

    /// Whether it is a secret or the environment: no file.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.secret.is_some() || (self.file.is_none() && std::env::var_os(KEY_VARIABLE).is_some())
    }

    /// The key as it is written; `folder` is that of the policy.
    pub(super) fn read(&self, folder: &Path) -> Result<Vec<u8>, KeyError> {
        if let Some(id) = &self.secret {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(KeyError::Start)?;
            let text = runtime.block_on(aws::secrets::secret(id, &self.aws))?;
            return checked(text.as_bytes(), || format!("the secret {id}"));
        }
        if self.file.is_none()
            && let Some(text) = std::env::var_os(KEY_VARIABLE)
        {
            return checked(text.as_encoded_bytes(), || KEY_VARIABLE.to_owned());
        }
        let path = self.file.clone().unwrap_or_else(|| folder.join(DEFAULT_KEY_FILE));
        let failed = |source| KeyError::Read { path: path.clone(), source };
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
                return Err(KeyError::Open { path });
            }
        }
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut text).map_err(failed)?;
        checked(&text, || path.display().to_string())
    }
}

/// A shorter key would let whoever has an index try all keys.
fn checked(text: &[u8], place: impl Fn() -> String) -> Result<Vec<u8>, KeyError> {
    let text = text.trim_ascii();
    if text.len() != 64 || !text.iter().all(u8::is_ascii_hexdigit) {
        return Err(KeyError::Form { place: place() });
    }
    Ok(text.to_vec())
}
