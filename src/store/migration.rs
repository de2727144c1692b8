//! Brings the store's schema up to date while other servers use it.
//!
//! A migration adds what an older program does not need to know; what nobody uses any more is removed by the next release.

use std::error::Error as _;
use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as StoreError};

use crate::error::{Error, StoreUnfit};

mod files {
    refinery::embed_migrations!("migrations");
}

/// An advisory lock's key: servers that start together migrate one after the other.
const LOCK: i64 = 0x6461_7461_636c_6970;
/// A migration that waits for a table's lock holds up everybody who comes later. During the pause they get their turn.
const LOCK_WAIT: &str = "set lock_timeout = '2s'";
const PAUSE: Duration = Duration::from_secs(1);
const TRIES: usize = 60;
const APPLIED: &str = "select max(version) from refinery_schema_history";

/// The schema that this program knows.
pub(super) fn newest() -> i32 {
    let runner = files::migrations::runner();
    let versions = runner.get_migrations().iter().map(|file| file.version());
    versions.max().unwrap_or_default()
}

/// Takes a connection of its own, without limits of time.
pub(super) async fn migrate(client: &mut Client) -> Result<(), Error> {
    client
        .execute("select pg_advisory_lock($1)", &[&LOCK])
        .await?;
    let migrated = migrate_alone(client).await;
    client
        .execute("select pg_advisory_unlock($1)", &[&LOCK])
        .await?;
    migrated
}

async fn migrate_alone(client: &mut Client) -> Result<(), Error> {
    refuse_newer(client).await?;
    client.batch_execute(LOCK_WAIT).await?;
    for _ in 1..TRIES {
        match run(client).await {
            Err(error) if is_about_lock(&error) => {
                tracing::warn!("a table of the store is locked: the upgrade tries again");
                sleep(PAUSE).await;
            }
            outcome => return outcome.map_err(Error::internal),
        }
    }
    run(client)
        .await
        .map_err(|error| match is_about_lock(&error) {
            true => StoreUnfit::Locked.into(),
            false => Error::internal(error),
        })
}

/// Each migration is a transaction of its own: those that succeeded are not repeated.
async fn run(client: &mut Client) -> Result<(), refinery::Error> {
    files::migrations::runner().run_async(client).await?;
    Ok(())
}

async fn refuse_newer(client: &Client) -> Result<(), Error> {
    let applied = match client.query_one(APPLIED, &[]).await {
        Ok(row) => row.try_get::<_, Option<i32>>(0)?.unwrap_or_default(),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => 0,
        Err(error) => return Err(error.into()),
    };
    let known = newest();
    match applied <= known {
        true => Ok(()),
        false => Err(StoreUnfit::Newer { applied, known }.into()),
    }
}

fn is_about_lock(error: &refinery::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<StoreError>() {
            let codes = [
                SqlState::LOCK_NOT_AVAILABLE,
                SqlState::T_R_DEADLOCK_DETECTED,
            ];
            return error.code().is_some_and(|code| codes.contains(code));
        }
        cause = error.source();
    }
    false
}
