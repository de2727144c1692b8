//! Takes from everyone (PUBLIC) the rights that PostgreSQL gives to every role, so that a new role can only read.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use crate::run::Failure;

const REVOKING_MAX: Duration = Duration::from_secs(10);
const PREPARATION: &str = "set local search_path to pg_catalog; set local lock_timeout = '3s'; set local statement_timeout = '8s'";

/// As far as the client's role may. Each right that stays is in the warnings of the next report, with the same SQL.
pub(super) async fn revoke(client: &mut Client, revokes: &[String]) -> Result<(), Failure> {
    timeout(REVOKING_MAX, run(client, revokes))
        .await
        .map_err(|_| Failure::no_answer(REVOKING_MAX))?
        .map_err(|error| Failure::from_statement_error(&error))
}

async fn run(client: &mut Client, revokes: &[String]) -> Result<(), Error> {
    let mut transaction = client.build_transaction().read_only(false).start().await?;
    transaction.batch_execute(PREPARATION).await?;
    for revoke in revokes {
        let savepoint = transaction.transaction().await?;
        match savepoint.batch_execute(revoke).await {
            Ok(()) => savepoint.commit().await?,
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                savepoint.rollback().await?;
            }
            Err(error) => return Err(error),
        }
    }
    transaction.commit().await
}
