//! RDS as a source: `rds://` (every server of the regions), `rds://NAME`, `rds://NAME/DATABASE`.
//!
//! RDS tells which servers there are; each is then read as PostgreSQL or MySQL. A table is shown under the name of its
//! server, and known by the resource id of it, so that a new name or address makes no new findings.

mod discovery;

use super::address::{Address, percent_decoded};
use super::login::{self, SignIn, Token};
use super::{DatabaseOptions, MysqlSource, PostgresSource, ServerName, unlisted};
use crate::aws::{self, AwsOptions};
use crate::model::{Coverage, Listed, Location, Object, ReadError, Reason, SourceContent};
use crate::sources::{Source, SourceError, SourceOptions};
use aws_config::{Region, SdkConfig};
use discovery::{Engine, Server};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use tokio::sync::OnceCell;

/// Database servers of some regions.
pub(in crate::sources) struct RdsSource {
    sdk: SdkConfig,
    regions: Vec<String>,
    /// One cluster or instance; `None` for all.
    name: Option<String>,
    database: Option<String>,
    options: SourceOptions,
    scope: String,
    found: OnceCell<Vec<Found>>,
}

/// A server of the listing.
enum Found {
    /// Its tables can be asked for. All their locations begin with the text and a `/`.
    Server(String, Box<dyn Source>),
    Gap(Object, Coverage),
}

impl RdsSource {
    /// `rest` is what follows `rds://` in the target.
    pub(in crate::sources) async fn open(
        target: &str,
        rest: &str,
        options: &SourceOptions,
    ) -> Result<Self, SourceError> {
        let bad = |problem| SourceError::BadTarget { target: target.to_owned(), problem };
        let rest = rest.trim_end_matches('/');
        if rest.contains(['@', '?', '#', ':']) {
            return Err(bad("write rds://NAME or rds://NAME/DATABASE; give the user with --db-user"));
        }
        let (name, database) = rest.split_once('/').map_or((rest, None), |(name, database)| (name, Some(database)));
        if database.is_some_and(|database| database.contains('/')) {
            return Err(bad("name a database at most; use --include for schemas and tables"));
        }
        let database = database.map(|name| percent_decoded(name).ok_or_else(|| bad("it is not percent-encoded UTF-8")));
        // The endpoint that may be given is one of an S3-compatible service.
        let own = AwsOptions { endpoint_url: None, anonymous: false, ..options.aws.clone() };
        let settings = aws::load(&own).await?;
        let mut regions = options.database.regions.clone();
        if regions.is_empty() && settings.has_region {
            regions.extend(settings.sdk.region().map(ToString::to_string));
        }
        if regions.is_empty() {
            return Err(bad("no region is known; give --region or set AWS_REGION"));
        }
        Ok(Self {
            sdk: settings.sdk,
            regions,
            name: (!name.is_empty()).then(|| name.to_owned()),
            database: database.transpose()?,
            options: SourceOptions { aws: own, ..options.clone() },
            scope: format!("rds://{rest}"),
            found: OnceCell::new(),
        })
    }

    /// Every server, asked for once.
    async fn found(&self) -> &[Found] {
        self.found
            .get_or_init(|| async {
                let mut found = Vec::new();
                for region in &self.regions {
                    found.extend(self.found_in(region).await);
                }
                if let (Some(name), true) = (&self.name, found.is_empty()) {
                    let error =
                        ReadError::new(Reason::NotFound, "no cluster and no instance of these regions has the name");
                    found.push(gap(format!("rds://{name}"), &error));
                }
                found
            })
            .await
    }

    /// The server that a table lies on.
    async fn server_of(&self, table: &Location) -> Option<&dyn Source> {
        let is_of = |scope: &str| table.as_str().strip_prefix(scope).is_some_and(|rest| rest.starts_with('/'));
        self.found().await.iter().find_map(|found| match found {
            Found::Server(scope, source) if is_of(scope) => Some(source.as_ref()),
            _ => None,
        })
    }

    async fn found_in(&self, region: &str) -> Vec<Found> {
        let sdk = self.sdk.to_builder().region(Region::new(region.to_owned())).build();
        let client = aws_sdk_rds::Client::new(&sdk);
        match discovery::servers(&client, self.name.as_deref()).await {
            Ok(servers) => servers.into_iter().map(|server| self.opened(&sdk, region, server)).collect(),
            Err(error) => vec![gap(format!("rds://{region}"), &error)],
        }
    }

    /// A server as a source of its own, which connects when its tables are asked for.
    fn opened(&self, sdk: &SdkConfig, region: &str, server: Server) -> Found {
        let scope = format!("rds://{region}/{}", server.name);
        let opened = || -> Result<Box<dyn Source>, ReadError> {
            let Some(engine) = server.engine else {
                return Err(ReadError::new(Reason::UnsupportedEngine, server.engine_name.clone()));
            };
            if server.is_stopped {
                return Err(ReadError::new(Reason::Stopped, "it is stopped"));
            }
            let Some((host, port)) = server.endpoint.clone() else {
                return Err(ReadError::new(Reason::ConnectionFailed, "it has no endpoint"));
            };
            let name = ServerName { scope: scope.clone(), lasting: Some(format!("rds://{}", server.resource_id)) };
            let options = &self.options;
            let address = Address::of(host, port, self.database.clone());
            let sign_in = sign_in(&server, engine, &address, (sdk, options))?;
            let opened: Result<Box<dyn Source>, SourceError> = match engine {
                Engine::Postgres => {
                    PostgresSource::at(name, address, sign_in, options).map(|source| Box::new(source) as _)
                }
                Engine::Mysql => MysqlSource::at(name, address, sign_in, options).map(|source| Box::new(source) as _),
            };
            opened.map_err(|error| ReadError::new(Reason::InternalError, error.to_string()))
        };
        match opened() {
            Ok(source) => Found::Server(scope, source),
            Err(error) => gap(scope, &error),
        }
    }
}

/// By the secret that was named; by a password of the environment or of a file; by a token of IAM for the user that was
/// named; by the secret that RDS keeps for the master user.
fn sign_in(
    server: &Server,
    engine: Engine,
    address: &Address,
    (sdk, options): (&SdkConfig, &SourceOptions),
) -> Result<SignIn, ReadError> {
    let DatabaseOptions { user, .. } = &options.database;
    let secret = |id: &str| SignIn::Secret { id: id.to_owned(), user: user.clone(), aws: options.aws.clone() };
    if let Some(id) = &options.database.secret {
        return Ok(secret(id));
    }
    let login = match engine {
        Engine::Postgres => login::of_postgres(address, user.as_deref()),
        Engine::Mysql => login::of_mysql(address, user.as_deref()),
    };
    match (login.password.is_some(), user, &server.master_secret) {
        (true, ..) => Ok(SignIn::Known(login)),
        (false, Some(user), _) if server.takes_tokens => Ok(SignIn::Token(Box::new(Token {
            host: address.host.clone(),
            port: address.port,
            user: user.clone(),
            sdk: sdk.clone(),
        }))),
        (false, None, Some(id)) => Ok(secret(id)),
        (false, Some(_), _) => Err(ReadError::new(
            Reason::ConnectionFailed,
            "IAM authentication is off for it, and there is no password; give --db-secret, PGPASSWORD or MYSQL_PWD",
        )),
        (false, None, None) => Err(ReadError::new(
            Reason::ConnectionFailed,
            "nobody to sign in as; give --db-user for a token of IAM, --db-secret, PGPASSWORD or MYSQL_PWD",
        )),
    }
}

fn gap(place: String, error: &ReadError) -> Found {
    let (object, coverage) = unlisted(place, error);
    Found::Gap(object, coverage)
}

impl Source for RdsSource {
    fn list(&self) -> BoxStream<'_, Listed> {
        let servers = stream::once(self.found()).flat_map(|found| stream::iter(found.iter()));
        let listed = servers.flat_map(|found| match found {
            Found::Server(_, source) => source.list(),
            Found::Gap(object, coverage) => stream::iter([Listed::Gap(object.clone(), coverage.clone())]).boxed(),
        });
        listed.boxed()
    }

    fn open<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<SourceContent, ReadError>> {
        async move {
            match self.server_of(&object.location).await {
                Some(source) => source.open(object).await,
                None => Err(ReadError::new(Reason::InternalError, "not a table as it was listed")),
            }
        }
        .boxed()
    }

    fn scope(&self) -> String {
        self.scope.clone()
    }

    fn hides(&self) -> bool {
        let found = self.found.get().into_iter().flatten();
        found
            .filter_map(|found| if let Found::Server(_, source) = found { Some(source) } else { None })
            .any(|source| source.hides())
    }

    fn unlisted<'a>(&'a self, location: &'a Location) -> BoxFuture<'a, Option<Listed>> {
        async move { self.server_of(location).await?.unlisted(location).await }.boxed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        let servers = self.found.get().into_iter().flatten().filter_map(|found| match found {
            Found::Server(_, source) => Some(source.stop()),
            Found::Gap(..) => None,
        });
        futures::future::join_all(servers).map(|_| ()).boxed()
    }
}
