//! Daily looks at the health of databases: which one is due, and what each found. Knows nothing of the checks.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;
use tokio_postgres::{Row, Transaction};

use super::Database;
use crate::error::Error;
use crate::store::Store;

/// How long looks are kept, in days.
const KEPT_DAYS: i32 = 400;

/// What one look found.
#[derive(Clone, Debug)]
pub struct HealthLook {
    pub at: Timestamp,
    pub found: LookFound,
}

#[derive(Clone, Debug, Default)]
pub struct LookFound {
    /// Why the database could not be examined: then nothing else is known.
    pub failure: Option<String>,
    pub checks: CheckCounts,
    /// At most [`Self::REDS_MAX`].
    pub reds: Vec<RedFinding>,
    /// Of the whole database. `None` where it is not known.
    pub size_bytes: Option<i64>,
    /// The largest ones.
    pub tables: Vec<TableSize>,
}

/// How many checks there were of each grade, by their worst finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckCounts {
    pub red: i32,
    pub amber: i32,
    pub blind: i32,
    pub green: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedFinding {
    /// The name of its check.
    pub check: String,
    /// What it is about, such as a table's name. May be empty.
    pub subject: String,
    /// Whether the last look that succeeded had not found it. At the first look, nothing is new.
    pub is_new: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSize {
    /// With its schema.
    pub name: String,
    /// With its indexes and its TOAST.
    pub bytes: i64,
}

impl Database {
    /// One for which a look is due, and which this server is to make. If that fails or the server ends, another does it
    /// after ten minutes. A time further ahead than any look is due was set by a wrong clock.
    pub async fn claim_look(store: &Store) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let claimed = client
            .query_opt(
                "update daily_looks set due_at = now() + interval '10 minutes'
                 where database_id = (
                     select database_id
                     from daily_looks
                     where (due_at <= now() or due_at > now() + interval '25 hours')
                     and not exists (
                         select from database_removals where database_removals.database_id = daily_looks.database_id
                     )
                     order by due_at
                     limit 1
                     for update skip locked
                 )
                 returning database_id",
                &[],
            )
            .await?;
        match claimed {
            Some(row) => Ok(Some(Self::load(&client, row.get(0)).await?)),
            None => Ok(None),
        }
    }

    /// Keeps what a look found, and returns it with the new red findings marked. The next look is due at the same time tomorrow.
    pub async fn keep_look(&self, store: &Store, found: LookFound) -> Result<LookFound, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let found = match found.reds.is_empty() {
            true => found,
            false => found.since(self.last_reds(&transaction).await?.as_deref()),
        };
        transaction
            .execute(
                "insert into health_looks (database_id, failure, red, amber, blind, green, reds, size_bytes, tables)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                &[
                    &self.id,
                    &found.failure,
                    &found.checks.red,
                    &found.checks.amber,
                    &found.checks.blind,
                    &found.checks.green,
                    &Json(&found.reds),
                    &found.size_bytes,
                    &Json(&found.tables),
                ],
            )
            .await?;
        transaction
            .execute(
                "update daily_looks
                 set due_at = created_at
                     + (floor(extract(epoch from now() - created_at) / 86400) + 1) * interval '24 hours'
                 where database_id = $1",
                &[&self.id],
            )
            .await?;
        transaction.commit().await?;
        Ok(found)
    }

    /// What the last look that succeeded found. `None` before the first.
    async fn last_reds(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<Option<Vec<RedFinding>>, Error> {
        let sql = "select reds from health_looks where database_id = $1 and failure is null order by at desc limit 1";
        let row = transaction.query_opt(sql, &[&self.id]).await?;
        Ok(row.map(|row| row.get::<_, Json<_>>(0).0))
    }

    /// All looks that are kept, the oldest first.
    pub async fn looks(&self, store: &Store) -> Result<Vec<HealthLook>, Error> {
        let sql = "select * from health_looks where database_id = $1 order by at";
        let rows = store.client().await?.query(sql, &[&self.id]).await?;
        Ok(rows.iter().map(HealthLook::from_row).collect())
    }
}

impl HealthLook {
    /// The newest one of each database that is looked at daily, by its id.
    pub async fn newest(store: &Store) -> Result<HashMap<i64, Self>, Error> {
        let sql = "select newest.*
                   from daily_looks
                   cross join lateral (
                       select * from health_looks
                       where health_looks.database_id = daily_looks.database_id
                       order by at desc
                       limit 1
                   ) as newest";
        let rows = store.client().await?.query(sql, &[]).await?;
        let looks = rows.iter();
        Ok(looks
            .map(|row| (row.get("database_id"), Self::from_row(row)))
            .collect())
    }

    /// Deletes old looks, and those at databases that were removed.
    pub async fn sweep(store: &Store) -> Result<(), Error> {
        let sql = "delete from health_looks
                   where at < now() - $1 * interval '1 day'
                   or database_id in (select database_id from database_removals)";
        let days = f64::from(KEPT_DAYS);
        store.client().await?.execute(sql, &[&days]).await?;
        Ok(())
    }

    fn from_row(row: &Row) -> Self {
        Self {
            at: row.get("at"),
            found: LookFound {
                failure: row.get("failure"),
                checks: CheckCounts {
                    red: row.get("red"),
                    amber: row.get("amber"),
                    blind: row.get("blind"),
                    green: row.get("green"),
                },
                reds: row.get::<_, Json<_>>("reds").0,
                size_bytes: row.get("size_bytes"),
                tables: row.get::<_, Json<_>>("tables").0,
            },
        }
    }
}

impl LookFound {
    /// There may be a red finding for each of thousands of sequences.
    pub const REDS_MAX: usize = 100;

    pub fn failed(failure: String) -> Self {
        Self {
            failure: Some(failure),
            ..Self::default()
        }
    }

    /// The checks with a red finding that is new.
    pub fn newly_red(&self) -> Vec<&str> {
        let new = self.reds.iter().filter(|red| red.is_new);
        let mut checks: Vec<_> = new.map(|red| red.check.as_str()).collect();
        checks.dedup();
        checks
    }

    /// Marks what the look before had not found.
    fn since(mut self, before: Option<&[RedFinding]>) -> Self {
        for red in &mut self.reds {
            let is_same =
                |known: &RedFinding| known.check == red.check && known.subject == red.subject;
            red.is_new = before.is_some_and(|before| !before.iter().any(is_same));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn red(check: &str, subject: &str) -> RedFinding {
        RedFinding {
            check: check.to_owned(),
            subject: subject.to_owned(),
            is_new: false,
        }
    }

    #[test]
    fn what_the_look_before_had_not_is_new() {
        let found = LookFound {
            reds: vec![
                red("sequences", "a"),
                red("sequences", "b"),
                red("sequences", "c"),
                red("settings", "a"),
            ],
            ..LookFound::default()
        };
        let before = [red("sequences", "a"), red("blocking", "b")];
        let since = found.clone().since(Some(&before));
        let new: Vec<bool> = since.reds.iter().map(|red| red.is_new).collect();
        assert_eq!(new, [false, true, true, true]);
        assert_eq!(since.newly_red(), ["sequences", "settings"]);
        assert!(found.since(None).newly_red().is_empty());
    }
}
