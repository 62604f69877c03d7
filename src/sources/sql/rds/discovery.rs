//! Which database servers RDS has in a region, and how each is reached.
//!
//! The data of a cluster, or of an instance and its replicas, is read once, and from a copy that serves no writes where
//! there is one.

use crate::model::{ReadError, Reason};
use aws_sdk_rds::Client;
use aws_sdk_rds::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_rds::types::{DbCluster, DbInstance, MasterUserSecret};
use std::collections::HashMap;

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Postgres,
    Mysql,
}

/// A cluster, or an instance that belongs to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// The identifier that people gave it.
    pub(super) name: String,
    /// The identifier that it keeps when it gets another name.
    pub(super) resource_id: String,
    /// `None` for engines that cannot be read.
    pub(super) engine: Option<Engine>,
    /// The engine as RDS calls it.
    pub(super) engine_name: String,
    pub(super) is_stopped: bool,
    /// Host and port; `None` while it is made or gone.
    pub(super) endpoint: Option<(String, u16)>,
    /// Whether it takes tokens of IAM.
    pub(super) takes_tokens: bool,
    /// ARN of the master user's secret, where RDS keeps one.
    pub(super) master_secret: Option<String>,
}

/// Every server of the client's region, by name; the one of that name where there is one to look for.
pub(super) async fn servers(client: &Client, name: Option<&str>) -> Result<Vec<Server>, ReadError> {
    let clusters = client.describe_db_clusters().into_paginator().items().send();
    let clusters: Vec<DbCluster> =
        clusters.collect::<Result<_, _>>().await.map_err(|error| denied_or_failed(&error))?;
    let instances = client.describe_db_instances().into_paginator().items().send();
    let instances: Vec<DbInstance> =
        instances.collect::<Result<_, _>>().await.map_err(|error| denied_or_failed(&error))?;
    let mut servers = match name {
        None => all(&clusters, &instances),
        Some(name) => named(&clusters, &instances, name).into_iter().collect(),
    };
    servers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(servers)
}

fn denied_or_failed<E: ProvideErrorMetadata + std::error::Error + 'static, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> ReadError {
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(code) if code.starts_with("AccessDenied") || code == "UnauthorizedOperation" => ReadError::new(
            Reason::AccessDenied,
            format!("RDS: {code}; grant rds:DescribeDBInstances and rds:DescribeDBClusters"),
        ),
        Some(code) => ReadError::new(Reason::Unreadable, format!("RDS: {code}")),
        None => ReadError::new(Reason::ConnectionFailed, DisplayErrorContext(error).to_string()),
    }
}

fn all(clusters: &[DbCluster], instances: &[DbInstance]) -> Vec<Server> {
    let clusters_by_name: HashMap<&str, &DbCluster> =
        clusters.iter().filter_map(|cluster| Some((cluster.db_cluster_identifier()?, cluster))).collect();
    let instances_by_name: HashMap<&str, &DbInstance> =
        instances.iter().filter_map(|instance| Some((instance.db_instance_identifier()?, instance))).collect();
    // A replica of another region names its source by an ARN, which is not found here: it then stands for itself.
    let source_of = |instance: &DbInstance| {
        let name = instance.read_replica_source_db_instance_identifier()?;
        instances_by_name.get(name).and_then(|source| source.db_instance_identifier())
    };
    let mut replicas: HashMap<&str, &DbInstance> = HashMap::new();
    for instance in instances.iter().filter(|instance| instance.db_instance_status() == Some("available")) {
        if let Some(name) = instance.read_replica_source_db_instance_identifier() {
            replicas.entry(name).or_insert(instance);
        }
    }
    let alone = instances.iter().filter(|instance| {
        let is_member = instance.db_cluster_identifier().is_some_and(|name| clusters_by_name.contains_key(name));
        !is_member && source_of(instance).is_none()
    });
    let with_replica = |instance: &DbInstance| {
        let server = of_instance(instance)?;
        let replica = replicas.get(server.name.as_str()).and_then(|replica| of_instance(replica));
        Some(match replica {
            Some(replica) if replica.endpoint.is_some() => {
                Server { endpoint: replica.endpoint, takes_tokens: replica.takes_tokens, is_stopped: false, ..server }
            }
            _ => server,
        })
    };
    clusters.iter().filter_map(of_cluster).chain(alone.filter_map(with_replica)).collect()
}

/// A cluster, or an instance as it was asked for, although its data may be known by the name of its cluster.
fn named(clusters: &[DbCluster], instances: &[DbInstance], name: &str) -> Option<Server> {
    let is = |other: Option<&str>| other.is_some_and(|other| other.eq_ignore_ascii_case(name));
    if let Some(cluster) = clusters.iter().find(|cluster| is(cluster.db_cluster_identifier())) {
        return of_cluster(cluster);
    }
    let instance = instances.iter().find(|instance| is(instance.db_instance_identifier()))?;
    let server = of_instance(instance)?;
    let cluster = instance.db_cluster_identifier();
    let cluster = clusters.iter().find(|other| cluster.is_some() && other.db_cluster_identifier() == cluster);
    Some(match cluster.and_then(of_cluster) {
        Some(cluster) => Server { resource_id: cluster.resource_id, master_secret: cluster.master_secret, ..server },
        None => server,
    })
}

fn of_cluster(cluster: &DbCluster) -> Option<Server> {
    let has_reader = cluster.db_cluster_members().iter().any(|member| member.is_cluster_writer() == Some(false));
    let host = cluster.reader_endpoint().filter(|_| has_reader).or(cluster.endpoint());
    let engine_name = cluster.engine().unwrap_or_default();
    let engine = engine(engine_name);
    Some(Server {
        name: cluster.db_cluster_identifier()?.to_owned(),
        resource_id: cluster.db_cluster_resource_id()?.to_owned(),
        engine,
        engine_name: engine_name.to_owned(),
        is_stopped: is_stopped(cluster.status()),
        endpoint: endpoint(host, cluster.port(), engine),
        takes_tokens: cluster.iam_database_authentication_enabled() == Some(true),
        master_secret: secret(cluster.master_user_secret()),
    })
}

fn of_instance(instance: &DbInstance) -> Option<Server> {
    let place = instance.endpoint();
    let engine_name = instance.engine().unwrap_or_default();
    let engine = engine(engine_name);
    Some(Server {
        name: instance.db_instance_identifier()?.to_owned(),
        resource_id: instance.dbi_resource_id()?.to_owned(),
        engine,
        engine_name: engine_name.to_owned(),
        is_stopped: is_stopped(instance.db_instance_status()),
        endpoint: endpoint(place.and_then(|place| place.address()), place.and_then(|place| place.port()), engine),
        takes_tokens: instance.iam_database_authentication_enabled() == Some(true),
        master_secret: secret(instance.master_user_secret()),
    })
}

fn engine(name: &str) -> Option<Engine> {
    match name {
        "postgres" | "aurora-postgresql" => Some(Engine::Postgres),
        "mysql" | "mariadb" | "aurora-mysql" | "aurora" => Some(Engine::Mysql),
        _ => None,
    }
}

fn is_stopped(status: Option<&str>) -> bool {
    matches!(status, Some("stopped" | "stopping"))
}

fn endpoint(host: Option<&str>, port: Option<i32>, engine: Option<Engine>) -> Option<(String, u16)> {
    let usual = if engine == Some(Engine::Mysql) { 3306 } else { 5432 };
    let port = port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    Some((host.filter(|host| !host.is_empty())?.to_owned(), port.unwrap_or(usual)))
}

fn secret(secret: Option<&MasterUserSecret>) -> Option<String> {
    secret.and_then(MasterUserSecret::secret_arn).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::{DbClusterMember, Endpoint};

    fn instance(name: &str) -> aws_sdk_rds::types::builders::DbInstanceBuilder {
        DbInstance::builder()
            .db_instance_identifier(name)
            .dbi_resource_id(format!("db-{name}"))
            .engine("postgres")
            .db_instance_status("available")
            .endpoint(Endpoint::builder().address(format!("{name}.rds")).port(6000).build())
    }

    fn cluster(writers: &[bool]) -> DbCluster {
        let member = |writer: &bool| DbClusterMember::builder().is_cluster_writer(*writer).build();
        DbCluster::builder()
            .db_cluster_identifier("trio")
            .db_cluster_resource_id("cluster-T")
            .engine("aurora-mysql")
            .endpoint("writer.rds")
            .reader_endpoint("reader.rds")
            .set_db_cluster_members(Some(writers.iter().map(member).collect()))
            .build()
    }

    #[test]
    fn the_members_of_a_cluster_are_read_once_and_from_a_reader() {
        let members = [instance("one").db_cluster_identifier("trio").build(), instance("alone").build()];
        let servers = all(&[cluster(&[true, false])], &members);
        let seen: Vec<_> = servers.iter().map(|server| (server.name.as_str(), server.endpoint.clone())).collect();
        assert_eq!(
            seen,
            [("trio", Some(("reader.rds".to_owned(), 3306))), ("alone", Some(("alone.rds".to_owned(), 6000)))]
        );
        assert_eq!(servers[0].engine, Some(Engine::Mysql));
        let single = all(&[cluster(&[true])], &[]);
        assert_eq!(single[0].endpoint.as_ref().unwrap().0, "writer.rds", "without readers");
        let member = named(&[cluster(&[true])], &members, "ONE").unwrap();
        assert_eq!((member.name.as_str(), member.resource_id.as_str()), ("one", "cluster-T"));
        assert_eq!(member.endpoint.unwrap().0, "one.rds");
        assert_eq!(named(&[], &members, "nowhere"), None);
    }

    #[test]
    fn an_instance_is_read_through_its_replica_where_that_runs() {
        let replica = |status: &str| {
            instance("copy").read_replica_source_db_instance_identifier("main").db_instance_status(status).build()
        };
        let servers = all(&[], &[instance("main").build(), replica("available")]);
        assert_eq!(servers.len(), 1);
        assert_eq!((servers[0].name.as_str(), servers[0].resource_id.as_str()), ("main", "db-main"));
        assert_eq!(servers[0].endpoint.as_ref().unwrap().0, "copy.rds");
        let servers = all(&[], &[instance("main").build(), replica("stopped")]);
        assert_eq!(servers[0].endpoint.as_ref().unwrap().0, "main.rds");
        let far = instance("far").read_replica_source_db_instance_identifier("arn:aws:rds:eu-west-1:1:db:main").build();
        assert_eq!(all(&[], &[far])[0].name, "far");
    }

    #[test]
    fn engines_and_states_are_told_apart() {
        let odd = [
            instance("a").engine("oracle-ee").build(),
            instance("b").db_instance_status("stopped").build(),
            instance("c").set_endpoint(None).db_instance_status("creating").build(),
        ];
        let servers = all(&[], &odd);
        assert_eq!(servers[0].engine, None);
        assert!(servers[1].is_stopped && !servers[0].is_stopped);
        assert_eq!(servers[2].endpoint, None);
    }
}
