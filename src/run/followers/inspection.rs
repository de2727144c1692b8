//! Whether a server that someone has just entered follows a database.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::run::own_store::known;
use crate::run::pool::connection::{OPENING_MAX, Opener};
use crate::run::pool::database::Database;
use crate::run::{Failure, Identity, Report};

/// Tells servers apart however they are reached: no two of a cluster start in the same microsecond. In a form that no setting changes.
const SERVER_TAG: &str = "
    select pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US ')
           || pg_catalog.current_setting('port') as tag";
/// How long each of the other followers has to answer.
const OTHERS_MAX: Duration = Duration::from_secs(2);

const PRIMARY: &str = "This server is not in recovery: it accepts changes, so it follows nobody. Give the URL of a streaming replica of this database.";
const OF_A_FOLLOWER: &str =
    "The database's own URL leads to a follower. Give it the URL of the primary first.";
const STRANGER: &str =
    "This server follows another cluster than this database's: their system identifiers differ.";
const OTHER_DATABASE: &str = "This URL names another database of the same cluster.";

/// Why a server cannot be a follower of a database.
#[derive(Debug)]
pub enum NotAFollower {
    /// It cannot be queried.
    Unusable(Failure),
    /// It can, but does not follow the database as clips need it. A sentence.
    Refused(String),
    /// It is a follower of the database already: this one.
    Known(String),
}

/// What a server says of itself.
struct Inspected {
    report: Report,
    identity: Identity,
    /// `None` where the role may not know it.
    server_tag: Option<String>,
}

#[derive(serde::Deserialize)]
struct ServerTag {
    tag: String,
}

/// Connects to both as a run would. `others` are the followers that the database has, by name.
pub(in crate::run) async fn inspect(
    primary: &Opener,
    follower: &Opener,
    others: Vec<(String, Arc<Database>)>,
) -> Result<Report, NotAFollower> {
    let others = join_all(others.into_iter().map(|(name, database)| async move {
        let tag = timeout(OTHERS_MAX, tag_of(&database)).await;
        (name, tag.ok().flatten())
    }));
    let (primary, follower, others) =
        tokio::join!(inspect_one(primary), inspect_one(follower), others);
    let Inspected {
        report,
        identity,
        server_tag,
    } = follower.map_err(NotAFollower::Unusable)?;
    let Inspected {
        report: primary,
        identity: primarys_identity,
        ..
    } = primary.map_err(|failure| {
        NotAFollower::Refused(format!(
            "The database could not be asked whether this is a follower of it. {}",
            failure.summary()
        ))
    })?;
    let refused = |sentence: &str| Err(NotAFollower::Refused(sentence.to_owned()));
    if !report.is_standby {
        return refused(PRIMARY);
    }
    if primary.is_standby {
        return refused(OF_A_FOLLOWER);
    }
    if identity.is_of_another_cluster(&primarys_identity) {
        return refused(STRANGER);
    }
    if identity.is_of_another_database(&primarys_identity) {
        return refused(OTHER_DATABASE);
    }
    if report.role != primary.role {
        return refused(&format!(
            "The URL has the role {}, but the database's has {}. A clip's rows must not depend on the server: give a URL with the same role.",
            report.role, primary.role
        ));
    }
    let same = others
        .into_iter()
        .find(|(_, other)| server_tag.is_some() && *other == server_tag);
    match same {
        Some((name, _)) => Err(NotAFollower::Known(name)),
        None => Ok(report),
    }
}

async fn inspect_one(opener: &Opener) -> Result<Inspected, Failure> {
    let inspected = async {
        let mut connection = opener.connect().await?;
        let report = connection.report().await?;
        Ok(Inspected {
            server_tag: read_tag(&connection.client).await?,
            identity: connection.identity.clone(),
            report,
        })
    };
    timeout(OPENING_MAX, inspected)
        .await
        .unwrap_or_else(|_| Err(Failure::no_answer(OPENING_MAX)))
}

async fn read_tag(client: &Client) -> Result<Option<String>, Failure> {
    let tag = known(client.query_typed_opt(SERVER_TAG, &[]).await);
    tag.map_err(|error| Failure::from_connect_error(&error))
}

async fn tag_of(database: &Database) -> Option<String> {
    let mut session = database.side().session().await.ok()?;
    let objects = session.objects(SERVER_TAG).await;
    session.close().await;
    let ServerTag { tag } = serde_json::from_str(objects.ok()?.first()?).ok()?;
    Some(tag)
}
