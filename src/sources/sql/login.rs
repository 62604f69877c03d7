//! Users and passwords from where database clients keep them: the environment, `~/.pgpass`, `~/.my.cnf`.
//!
//! A password is handed to the client and to nothing else: no type here prints one.

use super::address::Address;
use crate::aws::{AwsOptions, secrets};
use crate::model::{ReadError, Reason};
use aws_config::SdkConfig;
use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config};
use std::path::{Path, PathBuf};

/// How somebody signs in. It is asked for each connection anew.
pub(super) enum SignIn {
    /// From the environment or a file, read once.
    Known(Login),
    /// A token of IAM, made for one connection: it may begin a quarter of an hour later at most.
    Token(Box<Token>),
    /// A secret of AWS Secrets Manager, which may have been rotated since the last connection.
    Secret {
        /// ARN or name.
        id: String,
        /// Who signs in, if not the user of the secret.
        user: Option<String>,
        aws: AwsOptions,
    },
}

/// What a token of IAM is made for. It is signed on this machine; nothing is asked.
pub(super) struct Token {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    /// Credentials, and the region of the server.
    pub(super) sdk: SdkConfig,
}

impl SignIn {
    /// User and password of the next connection.
    pub(super) async fn login(&self) -> Result<Login, ReadError> {
        let failed = |problem: String| ReadError::new(Reason::ConnectionFailed, problem);
        match self {
            Self::Known(login) => Ok(login.clone()),
            Self::Token(token) => {
                let config = Config::builder()
                    .hostname(&token.host)
                    .port(u64::from(token.port))
                    .username(&token.user)
                    .build()
                    .map_err(|error| failed(error.to_string()))?;
                let made = AuthTokenGenerator::new(config).auth_token(&token.sdk).await;
                let made = made.map_err(|error| failed(format!("cannot make a token of IAM: {error}")))?;
                Ok(Login { user: Some(token.user.clone()), password: Some(made.to_string()) })
            }
            Self::Secret { id, user, aws } => {
                let (owner, password) = secrets::login(id, aws).await.map_err(|error| failed(error.to_string()))?;
                Ok(Login { user: user.clone().or(owner), password: Some(password) })
            }
        }
    }

    /// Whether a server may ask for the password as it is, over TLS: it is the only way to hand a token to MySQL.
    pub(super) fn is_token(&self) -> bool {
        matches!(self, Self::Token(_))
    }
}

/// Who signs in. Deliberately without `Debug`.
#[derive(Clone, Default)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

/// As libpq finds them: `PGUSER`, `PGPASSWORD`, then the first line of the password file that fits. `user` stands for a
/// user that the address does not name.
pub(super) fn of_postgres(address: &Address, user: Option<&str>) -> Login {
    let user = address
        .user
        .clone()
        .or_else(|| user.map(str::to_owned))
        .or_else(|| variable("PGUSER"))
        .or_else(|| variable("USER"));
    let file = variable("PGPASSFILE").map(PathBuf::from).or_else(|| in_home(".pgpass"));
    let fits = || {
        let text = private_text(&file?)?;
        let database = address.database.as_deref().unwrap_or("*");
        let wanted = [address.host.as_str(), &address.port.to_string(), database, user.as_deref().unwrap_or_default()];
        password_of(&text, wanted)
    };
    let password = variable("PGPASSWORD").or_else(fits);
    Login { user, password }
}

/// As the clients of MySQL find them: `MYSQL_PWD`, then `[client]` of `~/.my.cnf`. `user` stands for a user that the
/// address does not name.
pub(super) fn of_mysql(address: &Address, user: Option<&str>) -> Login {
    let of_file =
        in_home(".my.cnf").and_then(|file| private_text(&file)).map(|text| client_section(&text)).unwrap_or_default();
    Login {
        user: address.user.clone().or_else(|| user.map(str::to_owned)).or(of_file.user).or_else(|| variable("USER")),
        password: variable("MYSQL_PWD").or(of_file.password),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn in_home(name: &str) -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(name))
}

/// A file that others can read is no place for a password: libpq ignores it too.
fn private_text(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).ok()?;
    if metadata.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "ignored, because others may read it; chmod 600");
        return None;
    }
    std::fs::read_to_string(path).ok()
}

/// `host:port:database:user:password`, `*` for any, `\` before a `:` or `\` of a value.
fn password_of(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut fields = vec![String::new()];
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                ':' if fields.len() < 5 => fields.push(String::new()),
                '\\' => fields.last_mut()?.extend(characters.next()),
                _ => fields.last_mut()?.push(character),
            }
        }
        let password = fields.get(4)?.clone();
        let fits = fields.iter().zip(wanted).all(|(field, wanted)| field == "*" || wanted == "*" || field == wanted);
        fits.then_some(password)
    })
}

/// `user` and `password` of `[client]`.
fn client_section(text: &str) -> Login {
    let mut login = Login::default();
    let mut is_client = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_client = line == "[client]";
        }
        let Some((key, value)) = line.split_once('=').filter(|_| is_client && !line.starts_with(['#', ';'])) else {
            continue;
        };
        let value = value.trim();
        let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        let value = Some(unquoted.unwrap_or(value).to_owned());
        match key.trim() {
            "user" => login.user = value,
            "password" => login.password = value,
            _ => {}
        }
    }
    login
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_signed_here_for_one_user_of_one_server() {
        use aws_sdk_rds::config::{BehaviorVersion, Credentials, Region};
        let loader = aws_config::defaults(BehaviorVersion::latest()).region(Region::new("eu-west-1"));
        let keys = Credentials::new("AKIATEST", "a-secret-key", None, None, "test");
        let sdk = loader.credentials_provider(keys).load().await;
        let (host, user) = ("db.example.org".to_owned(), "scanner".to_owned());
        let login = SignIn::Token(Box::new(Token { host, port: 5432, user, sdk })).login().await.ok().unwrap();
        let token = login.password.unwrap();
        assert_eq!(login.user.as_deref(), Some("scanner"));
        assert!(token.starts_with("db.example.org:5432/?Action=connect&DBUser=scanner&"), "{token}");
        assert!(
            token.contains("%2Feu-west-1%2Frds-db%2Faws4_request") && token.contains("X-Amz-Expires=900"),
            "{token}"
        );
        assert!(!token.contains("a-secret-key"));
    }

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let text = "# comment\nother:*:*:*:no\nhost:5432:clinic:scan:with\\:colon\\\\:and more\n*:*:*:*:any\n";
        assert_eq!(password_of(text, ["host", "5432", "clinic", "scan"]).as_deref(), Some("with:colon\\:and more"));
        assert_eq!(password_of(text, ["host", "5432", "clinic", "me"]).as_deref(), Some("any"));
        assert_eq!(password_of("host:1:db:me:x", ["host", "2", "db", "me"]), None);
    }

    #[test]
    fn the_section_of_clients_counts() {
        let login = client_section(
            "[mysqld]\nuser=root\n[client]\n# user=no\nuser = scan\npassword=\"p=q\"\n[mysql]\nuser=x\n",
        );
        assert_eq!((login.user.as_deref(), login.password.as_deref()), (Some("scan"), Some("p=q")));
    }

    #[test]
    fn a_file_that_others_read_is_ignored() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "text").unwrap();
        let mode = |mode| std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o644);
        assert_eq!(private_text(file.path()), None);
        mode(0o600);
        assert_eq!(private_text(file.path()).as_deref(), Some("text"));
    }
}
