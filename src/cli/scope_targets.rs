//! What the targets of a scan cover, as texts that are the same for the same places, however they are written and wherever from.

use crate::aws::{self, AwsOptions, identity};
use crate::ledger::covers_target;
use crate::model::Location;
use crate::sources::{SourceOptions, path_of_file_uri};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long AWS may take to say who asks.
const PATIENCE: Duration = Duration::from_secs(10);

/// A text for each target. What a whole account is asked for is told with the account and, of RDS, for each region: the
/// listing of one says nothing of another.
pub(super) fn covered(targets: &[String], source: &SourceOptions) -> anyhow::Result<Vec<String>> {
    let mut regions = source.database.regions.clone();
    if regions.is_empty() {
        let of_environment = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
        let of_profile = || format!("region of profile {}", profile(&source.aws));
        regions.push(of_environment.unwrap_or_else(of_profile));
    }
    let (mut whose, mut covered) = (None, Vec::new());
    for target in targets {
        let uri = target_uri(target)?;
        let mut whose = || whose.get_or_insert_with(|| account(&source.aws)).clone();
        match uri.strip_prefix("rds://") {
            Some(rest) => covered.extend(regions.iter().map(|region| format!("rds://{}/{region}/{rest}", whose()))),
            None if uri == "s3://" => covered.push(format!("s3:// of {}", whose())),
            None => covered.push(uri),
        }
    }
    Ok(covered)
}

/// The targets without those that would be listed twice: the same in another form, or, where nothing is chosen among the
/// objects, what lies in another one.
pub(super) fn distinct(targets: Vec<String>, chooses: bool) -> anyhow::Result<Vec<String>> {
    let uris: Vec<_> = targets.iter().map(|target| target_uri(target)).collect::<Result<_, _>>()?;
    let is_listed_by = |index: usize, other: usize| {
        if uris[index] == uris[other] { other < index } else { !chooses && covers_target(&uris[other], &uris[index]) }
    };
    let is_kept = |index: usize| !(0..uris.len()).any(|other| other != index && is_listed_by(index, other));
    Ok(targets.into_iter().enumerate().filter(|(index, _)| is_kept(*index)).map(|(_, target)| target).collect())
}

/// The account whose buckets and servers are listed; where AWS is not asked, or does not say, what leads to it.
fn account(options: &AwsOptions) -> String {
    let asked = async {
        let settings = aws::load(options).await.ok()?;
        if settings.endpoint_is_overridden {
            return None;
        }
        let caller = tokio::time::timeout(PATIENCE, identity::caller(options)).await.ok()?.ok()?;
        caller.arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let account = runtime.ok().and_then(|runtime| runtime.block_on(asked));
    account.unwrap_or_else(|| {
        let names = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
        let of_environment = || names.iter().find_map(|name| std::env::var(name).ok());
        let endpoint = options.endpoint_url.clone().or_else(of_environment);
        let place = endpoint.map_or(String::new(), |url| format!(" at {url}"));
        format!("profile {}{place}", profile(options))
    })
}

fn profile(options: &AwsOptions) -> String {
    let of_environment = || std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    options.profile.clone().or_else(of_environment).unwrap_or_else(|| "default".to_owned())
}

/// A target as a URI.
fn target_uri(target: &str) -> anyhow::Result<String> {
    if target == "-" {
        return Ok(target.to_owned());
    }
    if let Some(path) = target.strip_prefix("sqlite:") {
        let file = file_uri(Path::new(path.strip_prefix("//").unwrap_or(path)))?;
        return Ok(file.replacen("file:", "sqlite:", 1));
    }
    let Some((scheme, rest)) = target.split_once("://") else { return file_uri(Path::new(target)) };
    Ok(match scheme.to_ascii_lowercase().as_str() {
        "file" => file_uri(&path_of_file_uri(rest.strip_prefix("localhost").unwrap_or(rest)))?,
        "s3" if rest.find('/') == rest.len().checked_sub(1) => format!("s3://{}", rest.trim_end_matches('/')),
        "postgres" | "postgresql" => server_uri("postgres", rest, ":5432"),
        "mysql" | "mariadb" => server_uri("mysql", rest, ":3306"),
        scheme => format!("{scheme}://{rest}"),
    })
}

fn file_uri(path: &Path) -> anyhow::Result<String> {
    let resolved: PathBuf = path
        .canonicalize()
        .or_else(|_| std::path::absolute(path))
        .with_context(|| format!("cannot use target {:?}", path.display().to_string()))?;
    Ok(Location::file(&resolved).as_str().to_owned())
}

/// Without a password, which whoever writes it into a target does not want to be remembered, and without what is understood.
fn server_uri(scheme: &str, rest: &str, default_port: &str) -> String {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (server, path) = rest.split_at(end);
    let (user, host) = server.rsplit_once('@').map_or((None, server), |(user, host)| (Some(user), host));
    let user = user.map_or(String::new(), |user| format!("{}@", user.split(':').next().unwrap_or_default()));
    let host = host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase();
    format!("{scheme}://{user}{host}{}", if path == "/" { "" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_of_an_account_is_told_with_the_account_and_its_regions() {
        let mut source = SourceOptions::default();
        source.database.regions = vec!["us-east-1".to_owned(), "eu-west-1".to_owned()];
        source.aws.profile = Some("audit".to_owned());
        source.aws.endpoint_url = Some("http://127.0.0.1:1".to_owned());
        let targets = ["rds://clinic/db".to_owned(), "S3://".to_owned(), "s3://b".to_owned()];
        let covered = covered(&targets, &source).unwrap();
        let whose = "profile audit at http://127.0.0.1:1";
        let expected = [
            format!("rds://{whose}/us-east-1/clinic/db"),
            format!("rds://{whose}/eu-west-1/clinic/db"),
            format!("s3:// of {whose}"),
            "s3://b".to_owned(),
        ];
        assert_eq!(covered, expected);
    }

    #[test]
    fn a_scope_holds_no_password_and_the_same_place_is_the_same() {
        let uri = |target: &str| target_uri(target).unwrap();
        assert_eq!(uri("postgres://me:se@cret@Host:5432/db"), "postgres://me@host/db");
        assert_eq!(uri("postgresql://me@host/"), "postgres://me@host");
        assert_eq!(uri("mariadb://host:3307"), "mysql://host:3307");
        assert_eq!(uri("S3://b/"), "s3://b");
        assert_eq!(uri("s3://b/a@b:c"), "s3://b/a@b:c");
        assert_eq!(uri("s3://b/logs/"), "s3://b/logs/");
        assert_eq!(uri("s3://"), "s3://");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("a b.db");
        std::fs::write(&path, "").unwrap();
        let wanted = Location::file(&path).as_str().to_owned();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("link")).unwrap();
        for target in [
            path.display().to_string(),
            wanted.clone(),
            wanted.replace("file://", "FILE://localhost"),
            folder.path().join("link/./a b.db").display().to_string(),
        ] {
            assert_eq!(uri(&target), wanted);
        }
        for form in ["sqlite:", "sqlite://"] {
            assert_eq!(uri(&format!("{form}{}", path.display())), wanted.replacen("file:", "sqlite:", 1));
        }
        let owned = |targets: &[&str]| targets.iter().map(|target| (*target).to_owned()).collect::<Vec<_>>();
        let distinct = |targets: &[&str], chooses| distinct(owned(targets), chooses).unwrap();
        assert_eq!(distinct(&["s3://b/", "S3://b", "s3://c", "s3://b"], true), ["s3://b/", "s3://c"]);
        assert_eq!(distinct(&["s3://b/x", "s3://b", "s3://b/x/y"], false), ["s3://b"]);
        assert_eq!(
            distinct(&["s3://b/x", "s3://b"], true),
            ["s3://b/x", "s3://b"],
            "a glob is told from where the target begins"
        );
        assert_eq!(distinct(&["s3://b/*.csv", "s3://b/x*", "-"], false), ["s3://b/*.csv", "s3://b/x*", "-"]);
        let parent = Location::file(path.parent().unwrap()).as_str().to_owned();
        assert_eq!((uri(&format!("{parent}/")), uri(&parent)), (parent.clone(), parent));
    }
}
