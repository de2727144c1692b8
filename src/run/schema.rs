//! The part of a database that a role may read: tables, views and their columns, and the functions that it may call.
//! Reads `pg_catalog` only and locks none of them, so that nothing blocks it.
//!
//! Nothing is cached: each search reads the catalogue over the side connection, and sees what the role may see now.

mod functions;
mod search;
mod tables;

use std::time::Duration;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use super::Failure;
use super::error::failure::is_cancellation;
pub use functions::{Form, Function};
pub use search::SchemaSearch;
pub use tables::{Column, ForeignKey, Kind, Reference, ReferencedKey, Table};

/// For each statement that reads the catalogue.
pub(super) const STATEMENT_MAX: Duration = Duration::from_secs(3);

/// A part of what a role may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// First those that were named, then those that the search found, the best match first.
    pub tables: Vec<Table>,
    pub functions: Vec<Function>,
    /// There are more tables or functions than the search's limit, or than [`tables::COLUMNS_MAX`] allows.
    pub truncated: bool,
}

/// A statement with its parameters.
struct Statement<'a> {
    sql: String,
    parameters: Vec<(&'a (dyn ToSql + Sync), Type)>,
}

impl Schema {
    /// All statements are sent together: one round trip.
    pub(super) async fn read(
        client: &Client,
        opening: &str,
        search: &SchemaSearch,
    ) -> Result<Self, Failure> {
        let (named, found) = (tables::Named::new(search), tables::Found::new(search));
        let called = functions::Called::new(search);
        let (opened, named, found, called) = tokio::join!(
            client.batch_execute(opening),
            rows(client, named.as_ref().map(tables::Named::statement)),
            rows(client, found.as_ref().map(tables::Found::statement)),
            rows(client, called.as_ref().map(functions::Called::statement)),
        );
        opened.map_err(|error| failed(&error))?;
        let (named, found, called) = (named?, found?, called?);
        Self::from_rows(search, &named, &found, &called).map_err(|_| Failure::NotUtf8)
    }

    /// Fails for a name that is not UTF-8, in a database without an encoding.
    fn from_rows(
        search: &SchemaSearch,
        named: &[Row],
        found: &[Row],
        called: &[Row],
    ) -> Result<Self, Error> {
        let mut schema = Self {
            truncated: tables::are_cut(found)? || called.len() > search.limit,
            ..Self::default()
        };
        for row in named.iter().chain(found) {
            let table = Table::from_row(row)?;
            if !schema.tables.iter().any(|other| other.is_same(&table)) {
                schema.tables.push(table);
            }
        }
        for row in called.iter().take(search.limit) {
            schema.functions.push(Function::from_row(row)?);
        }
        Ok(schema)
    }
}

async fn rows(client: &Client, statement: Option<Statement<'_>>) -> Result<Vec<Row>, Failure> {
    let Some(Statement { sql, parameters }) = statement else {
        return Ok(Vec::new());
    };
    let rows = client.query_typed(&sql, &parameters).await;
    rows.map_err(|error| failed(&error))
}

fn failed(error: &Error) -> Failure {
    match is_cancellation(error) {
        true => Failure::no_answer(STATEMENT_MAX),
        false => Failure::from_connect_error(error),
    }
}

/// For lengths that never exceed a search's limit.
fn number(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX - 1)
}
