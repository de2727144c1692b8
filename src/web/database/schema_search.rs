//! Searches of a database's schema, with the results as JSON. `/databases/{id}/schema/search` is for the scripts of pages: the
//! editor's completion asks it for tables, columns and functions. The API and the page of a schema search as well.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::queryable;
use crate::access::Queryable;
use crate::error::Error;
use crate::model::Database;
use crate::run::schema::{
    Column, ForeignKey, Form, Function, Reference, Schema, SchemaSearch, Table,
};
use crate::web::app::App;
use crate::web::http::extract::{Path, Query};
use crate::web::visitor::Visitor;

/// The pairs of a query string: a name may come several times.
pub type SchemaQuery = Vec<(String, String)>;

/// What the role of a database may read.
#[derive(Serialize, ToSchema)]
#[schema(as = Schema)]
pub struct SchemaBody {
    /// First the tables whose name begins with the search, then those whose name contains it, then those with such a column.
    tables: Vec<TableBody>,
    /// Whether there is more than is listed here.
    truncated: bool,
}

/// A schema, with functions that a query may call.
#[derive(Serialize)]
pub struct SearchBody {
    #[serde(flatten)]
    schema: SchemaBody,
    functions: Vec<FunctionBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SchemaTable)]
struct TableBody {
    schema: String,
    name: String,
    /// The name as a query has to write it.
    identifier: String,
    /// Schema and name as a query has to write them; `null` where the name is enough.
    qualified: Option<String>,
    /// `table`, `partitioned table`, `view`, `materialized view` or `foreign table`.
    kind: &'static str,
    /// Its first 500 characters.
    comment: Option<String>,
    /// `null` where PostgreSQL has not counted yet, and for views.
    rows_estimate: Option<i64>,
    columns: Vec<ColumnBody>,
    /// Those whose columns may be read on both sides.
    foreign_keys: Vec<ForeignKeyBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SchemaColumn)]
struct ColumnBody {
    name: String,
    /// The name as a query has to write it.
    identifier: String,
    r#type: String,
    nullable: bool,
    primary_key: bool,
    /// Its first 500 characters.
    comment: Option<String>,
    /// What a foreign key refers to.
    references: Option<ReferenceBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SchemaReference)]
struct ReferenceBody {
    schema: String,
    table: String,
    column: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SchemaForeignKey)]
struct ForeignKeyBody {
    columns: Vec<String>,
    references: ReferencedKeyBody,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SchemaReferencedKey)]
struct ReferencedKeyBody {
    schema: String,
    table: String,
    /// In the order of the columns that refer to them.
    columns: Vec<String>,
}

#[derive(Serialize)]
struct FunctionBody {
    schema: String,
    name: String,
    forms: Vec<FormBody>,
}

#[derive(Serialize)]
struct FormBody {
    arguments: String,
    returns: String,
}

/// For the scripts of pages, because cookies do not open the API.
pub async fn search(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Query(query): Query<SchemaQuery>,
) -> Result<Json<SearchBody>, Error> {
    let database = queryable::by_id(&app, &visitor.viewer, &id).await?;
    let schema = read(&app, &database, parse_search(&query)?).await?;
    Ok(Json(schema.into()))
}

/// Searches the database itself, for a viewer who may query it.
pub async fn read(
    app: &App,
    database: &Queryable<Database>,
    search: SchemaSearch,
) -> Result<Schema, Error> {
    let target = app.target(database)?;
    let schema = app.runner.schema(&target, search).await;
    schema.map_err(|failure| Error::Run {
        failure,
        sees_sql: true,
    })
}

/// A search for tables: `search` and `limit`.
pub fn parse_tables(query: &SchemaQuery) -> Result<SchemaSearch, Error> {
    if query.iter().any(|(_, value)| value.contains('\0')) {
        return Err(Error::BadRequest(
            "The query string contains a NUL character, which no name in PostgreSQL has."
                .to_owned(),
        ));
    }
    Ok(SchemaSearch {
        text: text(query, "search").map(str::to_owned),
        tables: Vec::new(),
        functions: None,
        limit: limit(text(query, "limit"))?,
    })
}

/// The same, and each `table` that is requested by its name, and the `functions` whose names begin with a text.
fn parse_search(query: &SchemaQuery) -> Result<SchemaSearch, Error> {
    let named = query.iter().filter(|(name, _)| name == "table");
    let tables: Vec<String> = named.map(|(_, value)| value.clone()).collect();
    if tables.len() > SchemaSearch::TABLES_MAX {
        return Err(Error::BadRequest(format!(
            "`table` can be given {} times at most.",
            SchemaSearch::TABLES_MAX
        )));
    }
    Ok(SchemaSearch {
        tables,
        functions: text(query, "functions").map(str::to_owned),
        ..parse_tables(query)?
    })
}

fn limit(text: Option<&str>) -> Result<usize, Error> {
    let Some(text) = text else {
        return Ok(SchemaSearch::LIMIT_DEFAULT);
    };
    match text.parse() {
        Ok(limit) if limit > 0 => Ok(SchemaSearch::LIMIT_MAX.min(limit)),
        Ok(_) | Err(_) => Err(Error::BadRequest(
            "`limit` must be a whole number above 0.".to_owned(),
        )),
    }
}

fn text<'a>(query: &'a SchemaQuery, name: &str) -> Option<&'a str> {
    let mut pairs = query.iter();
    let (_, value) = pairs.find(|(given, _)| given == name)?;
    Some(value)
}

impl SchemaBody {
    fn new(tables: Vec<Table>, truncated: bool) -> Self {
        Self {
            tables: tables.into_iter().map(TableBody::from).collect(),
            truncated,
        }
    }
}

impl From<Schema> for SchemaBody {
    fn from(schema: Schema) -> Self {
        Self::new(schema.tables, schema.truncated)
    }
}

impl From<Schema> for SearchBody {
    fn from(schema: Schema) -> Self {
        Self {
            schema: SchemaBody::new(schema.tables, schema.truncated),
            functions: schema
                .functions
                .into_iter()
                .map(FunctionBody::from)
                .collect(),
        }
    }
}

impl From<Table> for TableBody {
    fn from(table: Table) -> Self {
        Self {
            schema: table.schema,
            name: table.name,
            identifier: table.identifier,
            qualified: table.qualified,
            kind: table.kind.word(),
            comment: table.comment,
            rows_estimate: table.rows_estimate,
            columns: table.columns.into_iter().map(ColumnBody::from).collect(),
            foreign_keys: table
                .foreign_keys
                .into_iter()
                .map(ForeignKeyBody::from)
                .collect(),
        }
    }
}

impl From<Column> for ColumnBody {
    fn from(column: Column) -> Self {
        Self {
            name: column.name,
            identifier: column.identifier,
            r#type: column.type_name,
            nullable: column.nullable,
            primary_key: column.primary_key,
            comment: column.comment,
            references: column.references.map(ReferenceBody::from),
        }
    }
}

impl From<Reference> for ReferenceBody {
    fn from(reference: Reference) -> Self {
        Self {
            schema: reference.schema,
            table: reference.table,
            column: reference.column,
        }
    }
}

impl From<ForeignKey> for ForeignKeyBody {
    fn from(key: ForeignKey) -> Self {
        Self {
            columns: key.columns,
            references: ReferencedKeyBody {
                schema: key.references.schema,
                table: key.references.table,
                columns: key.references.columns,
            },
        }
    }
}

impl From<Function> for FunctionBody {
    fn from(function: Function) -> Self {
        Self {
            schema: function.schema,
            name: function.name,
            forms: function.forms.into_iter().map(FormBody::from).collect(),
        }
    }
}

impl From<Form> for FormBody {
    fn from(form: Form) -> Self {
        Self {
            arguments: form.arguments,
            returns: form.returns,
        }
    }
}
