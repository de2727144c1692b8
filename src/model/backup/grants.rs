//! The grants of the clips.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::May;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GrantRecord {
    /// An address, or `@example.com`.
    to: String,
    may: String,
    granted_by: Option<String>,
    granted_at: Timestamp,
}

/// By the clip's number.
pub(super) async fn take(
    transaction: &Transaction<'_>,
    clips: &[i64],
) -> Result<HashMap<i64, Vec<GrantRecord>>, Error> {
    let select = transaction
        .prepare_cached(
            "select clip_grants.*, users.email as granted_by
             from clip_grants
             left join users on users.id = clip_grants.user_id
             where clip_id = any ($1)
             order by clip_id, grantee",
        )
        .await?;
    let rows = transaction.query(&select, &[&clips]).await?;
    let mut grants: HashMap<i64, Vec<GrantRecord>> = HashMap::new();
    for row in &rows {
        grants
            .entry(row.get("clip_id"))
            .or_default()
            .push(GrantRecord {
                to: row.get("grantee"),
                may: row.get("may"),
                granted_by: row.get("granted_by"),
                granted_at: row.get("created_at"),
            });
    }
    Ok(grants)
}

impl GrantRecord {
    /// Checks what the store's table checks: older servers accepted addresses that are refused today.
    pub(super) fn is_sound(&self) -> bool {
        self.to.contains('@')
            && self.to == self.to.to_ascii_lowercase()
            && May::parse(&self.may).is_some()
    }

    pub(super) async fn restore(
        &self,
        transaction: &Transaction<'_>,
        clip_id: i64,
    ) -> Result<(), Error> {
        let insert = transaction
            .prepare_cached(
                "insert into clip_grants (clip_id, grantee, may, user_id, created_at)
                 values ($1, $2, $3, (select id from users where email = $4), $5)",
            )
            .await?;
        transaction
            .execute(
                &insert,
                &[
                    &clip_id,
                    &self.to,
                    &self.may,
                    &self.granted_by,
                    &self.granted_at,
                ],
            )
            .await?;
        Ok(())
    }
}
