//! Secrets of destinations: from the environment, a file that others cannot read, or AWS Secrets Manager. A secret is in no
//! error, no log and no ledger; it is read anew when a destination does not take it any more.

use crate::aws::{self, AwsOptions};
use serde::Deserialize;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretPlace {
    /// An environment variable.
    Env(String),
    /// A file that its owner alone can read; relative to the folder of the configuration.
    File(PathBuf),
    /// A secret of AWS Secrets Manager: its ARN or name.
    Secret(String),
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Secret(id) => write!(f, "the secret {id}"),
        }
    }
}

/// How secrets are found.
#[derive(Debug, Clone, Default)]
pub struct SecretSettings {
    /// Files are relative to this folder.
    pub folder: PathBuf,
    /// How AWS is reached.
    pub aws: AwsOptions,
}

/// A secret, read at its first use.
pub struct Secret {
    place: SecretPlace,
    settings: SecretSettings,
    value: Mutex<Option<String>>,
}

impl Secret {
    /// Nothing is read yet.
    pub fn new(place: &SecretPlace, settings: &SecretSettings) -> Self {
        Self { place: place.clone(), settings: settings.clone(), value: Mutex::new(None) }
    }

    /// Its value; an error says where it should be.
    pub async fn value(&self) -> Result<String, String> {
        let mut kept = self.value.lock().await;
        if let Some(value) = &*kept {
            return Ok(value.clone());
        }
        let value = self.read().await?;
        *kept = Some(value.clone());
        Ok(value)
    }

    /// Reads it anew: the value, if it is another one than `used`.
    pub async fn rotated(&self, used: &str) -> Option<String> {
        let value = self.read().await.ok()?;
        *self.value.lock().await = Some(value.clone());
        (value != used).then_some(value)
    }

    async fn read(&self) -> Result<String, String> {
        let text = match &self.place {
            SecretPlace::Env(name) => std::env::var(name).map_err(|_| format!("{} is not set", self.place))?,
            SecretPlace::File(path) => read_file(&self.settings.folder.join(path))?,
            SecretPlace::Secret(id) => {
                aws::secrets::secret(id, &self.settings.aws).await.map_err(|error| error.to_string())?
            }
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(format!("{} is empty", self.place));
        }
        Ok(text.to_owned())
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot read the secret from {}: {error}", path.display());
    let mut file = std::fs::File::open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(format!("{} can be read by others, so it is no secret; chmod 600 it", path.display()));
        }
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn a_file_is_for_its_owner_and_read_anew_when_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "first\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let settings = SecretSettings { folder: folder.path().to_owned(), ..SecretSettings::default() };
        let secret = Secret::new(&SecretPlace::File("token".into()), &settings);
        assert!(secret.value().await.unwrap_err().contains("chmod 600"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(secret.value().await.unwrap(), "first");
        assert_eq!(secret.rotated("first").await, None);
        std::fs::write(&path, "second").unwrap();
        assert_eq!(secret.value().await.unwrap(), "first", "it is kept until it is refused");
        assert_eq!(secret.rotated("first").await.as_deref(), Some("second"));
        assert_eq!(secret.value().await.unwrap(), "second");
        std::fs::write(&path, " \n").unwrap();
        let empty = Secret::new(&SecretPlace::File("token".into()), &settings);
        assert!(empty.value().await.unwrap_err().ends_with("is empty"));
    }
}
