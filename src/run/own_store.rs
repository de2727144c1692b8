//! Whether two connections reach the same database, however their URLs are written.

use tokio_postgres::types::FromSql;
use tokio_postgres::{Client, Error, Row};

/// The table that marks a store: one row with one text, readable by every role.
const MARKER: &str = "public.store_marker";

const DATABASE: &str = "
    select oid, pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')
    from pg_catalog.pg_database
    where datname = pg_catalog.current_database()";

/// What identifies a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Shared by the cluster, its followers and its copies; `None` if the service hides it.
    system_identifier: Option<i64>,
    database: u32,
    marker: Option<String>,
}

impl Identity {
    /// Of no database: for commands that have no store.
    pub fn none() -> Self {
        Self {
            system_identifier: None,
            database: 0,
            marker: None,
        }
    }

    /// Runs a few short queries; call it outside a transaction.
    pub async fn read(client: &Client) -> Result<Self, Error> {
        // Sent together: one round trip.
        let (row, has_marker) = tokio::join!(
            client.query_typed_one(DATABASE, &[]),
            has_readable_marker(client)
        );
        let (row, has_marker) = (row?, has_marker?);
        let (system_identifier, marker) = tokio::join!(
            async {
                match row.try_get(1)? {
                    true => read_system_identifier(client).await,
                    false => Ok(None),
                }
            },
            async {
                match has_marker {
                    true => read_marker(client).await,
                    false => Ok(None),
                }
            }
        );
        Ok(Self {
            system_identifier: system_identifier?,
            database: row.try_get(0)?,
            marker: marker?,
        })
    }

    /// `false` where one of them is not known.
    pub(super) fn is_of_another_cluster(&self, other: &Identity) -> bool {
        let both = self.system_identifier.zip(other.system_identifier);
        both.is_some_and(|(own, others)| own != others)
    }

    /// Of the same cluster.
    pub(super) fn is_of_another_database(&self, other: &Identity) -> bool {
        self.database != other.database
    }

    /// A copy with the same marker counts as the same: it holds the same secrets.
    pub fn is_same(&self, other: &Identity) -> bool {
        let is_same_place = self.system_identifier.is_some()
            && self.system_identifier == other.system_identifier
            && self.database == other.database;
        is_same_place || (self.marker.is_some() && self.marker == other.marker)
    }
}

async fn read_system_identifier(client: &Client) -> Result<Option<i64>, Error> {
    let sql = "select system_identifier from pg_catalog.pg_control_system()";
    known(client.query_typed_opt(sql, &[]).await)
}

/// Asked before the table is read, so that the log of a queried database is not filled with errors.
async fn has_readable_marker(client: &Client) -> Result<bool, Error> {
    let sql = format!(
        "select coalesce(pg_catalog.has_schema_privilege(oid, 'usage')
                         and pg_catalog.has_table_privilege(pg_catalog.to_regclass('{MARKER}'), 'select'), false)
         from pg_catalog.pg_namespace where nspname = 'public'"
    );
    match client.query_typed_opt(&sql, &[]).await? {
        Some(row) => row.try_get(0),
        None => Ok(false),
    }
}

async fn read_marker(client: &Client) -> Result<Option<String>, Error> {
    let sql = format!("select marker::text from {MARKER} limit 1");
    known(client.query_typed_opt(&sql, &[]).await)
}

/// `None` for a value that PostgreSQL refuses, or returns in an unexpected form; a broken connection is an error.
pub(in crate::run) fn known<T>(row: Result<Option<Row>, Error>) -> Result<Option<T>, Error>
where
    T: for<'a> FromSql<'a>,
{
    match row {
        Ok(row) => Ok(row.and_then(|row| row.try_get(0).ok())),
        Err(error) if error.as_db_error().is_some() => Ok(None),
        Err(error) => Err(error),
    }
}
