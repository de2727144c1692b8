//! `/databases/{id}/schema`: the tables and columns that clips on a database can query, for viewers who may query it. The
//! explorer beside a query shows this page's list; completion uses `schema_search`.

use std::ops::Range;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::queryable;
use super::schema_search;
use super::schema_search::SchemaQuery;
use crate::error::Error;
use crate::model::Database;
use crate::run::schema::{Kind, Reference, Schema, Table};
use crate::web::app::App;
use crate::web::http::extract::{Path, Query};
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::in_words::count;
use crate::web::page::query_error::QueryError;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "database/schema.html")]
struct SchemaPage<'a> {
    visitor: &'a Visitor,
    database: &'a Database,
    search: &'a str,
    /// Or why it cannot be read now.
    schema: Result<Schema, QueryError>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Query(query): Query<SchemaQuery>,
) -> Result<Response, Error> {
    let database = queryable::by_id(&app, &visitor.viewer, &id).await?;
    let search = schema_search::parse_tables(&query)?;
    let text = search.text.clone().unwrap_or_default();
    let (status, schema) = match schema_search::read(&app, &database, search).await {
        Ok(schema) => (StatusCode::OK, Ok(schema)),
        Err(error) => (
            error_response::status(&error),
            Err(QueryError::new(&error, None)),
        ),
    };
    let page = SchemaPage {
        visitor: &visitor,
        database: &database,
        search: text.trim(),
        schema,
    };
    Ok((status, render(&page)).into_response())
}

impl SchemaPage<'_> {
    /// Tables by their schemas, in the order in which they were found.
    fn groups<'a>(&self, schema: &'a Schema) -> Vec<(&'a str, Vec<&'a Table>)> {
        let mut groups: Vec<(&str, Vec<&Table>)> = Vec::new();
        for table in &schema.tables {
            match groups.iter_mut().find(|(name, _)| *name == table.schema) {
                Some((_, tables)) => tables.push(table),
                None => groups.push((&table.schema, vec![table])),
            }
        }
        groups
    }

    /// Whether its columns show at once: the search is exactly its name, or found it by a column only.
    fn is_open(&self, table: &Table) -> bool {
        let search = self.search.to_lowercase();
        let full_name = full_name(table).to_lowercase();
        search == table.name.to_lowercase() || search == full_name || !full_name.contains(&search)
    }

    /// A column's name in three: before what the search found, that, and after it.
    fn parts<'a>(&self, name: &'a str) -> [&'a str; 3] {
        find_ignoring_case(name, self.search).map_or([name, "", ""], |found| {
            let (before, after) = (&name[..found.start], &name[found.end..]);
            [before, &name[found], after]
        })
    }

    /// The address that finds the table to which a column refers.
    fn target(&self, reference: &Reference) -> String {
        let search = format!("{}.{}", reference.schema, reference.table);
        format!(
            "{}?search={}",
            url::schema(self.database),
            url::encode(&search)
        )
    }

    /// The form for a clip with a table's first rows, which the user can read before it runs.
    fn first_rows(&self, table: &Table) -> String {
        url::new_clip_with(self.database, &first_rows(table))
    }
}

/// Where the text first is in the name. Nothing is found of an empty one.
fn find_ignoring_case(name: &str, text: &str) -> Option<Range<usize>> {
    let text = text.to_lowercase();
    let starts = name.char_indices().map(|(start, _)| start);
    let ends = |start| {
        let rest = name[start..].char_indices();
        rest.map(move |(at, letter)| start + at + letter.len_utf8())
    };
    let mut ranges = starts.flat_map(|start| ends(start).map(move |end| start..end));
    ranges.find(|range| name[range.clone()].to_lowercase() == text)
}

/// The name that finds a table, and no table of the same name in other schemas.
fn full_name(table: &Table) -> String {
    format!("{}.{}", table.schema, table.name)
}

/// The name as a query has to write it.
fn name_in_query(table: &Table) -> &str {
    table.qualified.as_deref().unwrap_or(&table.identifier)
}

fn first_rows(table: &Table) -> String {
    format!("select * from {} limit 100", name_in_query(table))
}

/// `departments.dept_no`; with the schema where it is not the table's own.
fn reference_name(reference: &Reference, table: &Table) -> String {
    match reference.schema == table.schema {
        true => format!("{}.{}", reference.table, reference.column),
        false => format!(
            "{}.{}.{}",
            reference.schema, reference.table, reference.column
        ),
    }
}

/// `view, 6 columns, ≈ 1.2 million rows`; a plain table's kind is left out.
fn summary(table: &Table) -> String {
    let kind = match table.kind {
        Kind::Table => None,
        kind @ (Kind::PartitionedTable
        | Kind::View
        | Kind::MaterializedView
        | Kind::ForeignTable) => Some(kind.word().to_owned()),
    };
    let columns = count(table.columns.len() as u64, "column");
    let rows = table.rows_estimate.map(rows);
    let parts = [kind, Some(columns), rows].into_iter().flatten();
    parts.collect::<Vec<_>>().join(", ")
}

/// An estimate, rounded so that it does not look exact.
fn rows(estimate: i64) -> String {
    let (unit, word) = match estimate {
        ..=0 => return "no rows".to_owned(),
        1 => return "≈ 1 row".to_owned(),
        2..1_000 => return format!("≈ {estimate} rows"),
        1_000..1_000_000 => return format!("≈ {},{:03} rows", estimate / 1_000, estimate % 1_000),
        1_000_000..1_000_000_000 => (100_000, "million"),
        1_000_000_000.. => (100_000_000, "billion"),
    };
    let tenths = estimate / unit;
    match tenths % 10 {
        0 => format!("≈ {} {word} rows", tenths / 10),
        tenth => format!("≈ {}.{tenth} {word} rows", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_search_found_is_marked_in_any_case() {
        for (name, text, found) in [
            ("customer_id", "id", Some("id")),
            ("Customer_ID", "customer", Some("Customer")),
            ("Straße_2", "STRASSE", None),
            ("Überhang", "über", Some("Über")),
            ("id", "name", None),
            ("id", "", None),
        ] {
            let marked = find_ignoring_case(name, text).map(|range| &name[range]);
            assert_eq!(marked, found, "{name} {text}");
        }
    }

    #[test]
    fn an_estimate_reads_as_people_say_it() {
        for (estimate, words) in [
            (0, "no rows"),
            (1, "≈ 1 row"),
            (999, "≈ 999 rows"),
            (12_034, "≈ 12,034 rows"),
            (1_000_000, "≈ 1 million rows"),
            (1_250_000, "≈ 1.2 million rows"),
            (30_000_000_000, "≈ 30 billion rows"),
        ] {
            assert_eq!(rows(estimate), words);
        }
    }
}
