//! The users, without their passwords.

use deadpool_postgres::Transaction;
use serde::{Deserialize, Serialize};

use crate::error::Error;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UserRecord {
    email: String,
    role: String,
    /// Absent in older backups, from when everybody was verified.
    #[serde(default = "verified")]
    is_verified: bool,
    #[serde(default)]
    is_deactivated: bool,
}

pub(super) async fn take(transaction: &Transaction<'_>) -> Result<Vec<UserRecord>, Error> {
    let rows = transaction
        .query(
            "select email, role, verified_at is not null as is_verified,
                 exists (select from user_deactivations where user_id = users.id) as is_deactivated
             from users
             order by id",
            &[],
        )
        .await?;
    let users = rows.iter().map(|row| UserRecord {
        email: row.get("email"),
        role: row.get("role"),
        is_verified: row.get("is_verified"),
        is_deactivated: row.get("is_deactivated"),
    });
    Ok(users.collect())
}

impl UserRecord {
    pub(super) async fn restore(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        transaction
            .execute(
                "with added as (
                     insert into users (email, role, verified_at)
                     values ($1, $2, case when $3 then now() end)
                     on conflict (email) do nothing
                     returning id
                 )
                 insert into user_deactivations (user_id) select id from added where $4",
                &[
                    &self.email,
                    &self.role,
                    &self.is_verified,
                    &self.is_deactivated,
                ],
            )
            .await?;
        Ok(())
    }
}

fn verified() -> bool {
    true
}
