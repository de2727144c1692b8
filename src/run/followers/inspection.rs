//! Whether a server that someone has just entered follows a database.

use tokio::time::timeout;

use crate::run::pool::connection::{OPENING_MAX, Opener};
use crate::run::{Failure, Identity, Report};

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
}

/// Connects to both as a run would.
pub(in crate::run) async fn inspect(
    primary: &Opener,
    follower: &Opener,
) -> Result<Report, NotAFollower> {
    let (primary, follower) = tokio::join!(look(primary), look(follower));
    let (report, identity) = follower.map_err(NotAFollower::Unusable)?;
    let (primary, primarys_identity) = primary.map_err(|failure| {
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
    Ok(report)
}

async fn look(opener: &Opener) -> Result<(Report, Identity), Failure> {
    let look = async {
        let mut connection = opener.connect().await?;
        let report = connection.report().await?;
        Ok((report, connection.identity.clone()))
    };
    timeout(OPENING_MAX, look)
        .await
        .unwrap_or_else(|_| Err(Failure::no_answer(OPENING_MAX)))
}
