//! `/api/v1/databases/{name}/schema`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::schema_search;
use super::schema_search::{SchemaBody, SchemaQuery};
use crate::error::Error;
use crate::model::Database;
use crate::web::app::App;
use crate::web::http::extract::{Path, Query};
use crate::web::visitor::ApiUser;

/// Tables and columns that the database's role may read.
#[utoipa::path(get, operation_id = "read_schema", path = "/api/v1/databases/{name}/schema", tag = "databases",
    params(
        ("name" = String, Path),
        ("search" = Option<String>, Query,
            description = "Part of a table's name, with or without its schema, or of a column's name; matched literally, ignoring case. PostgreSQL's own schemas are searched if it begins with `pg_` or `information_schema`; partitions, if their names contain it."),
        ("limit" = Option<usize>, Query, description = "50 tables unless given, 200 at most; fewer are returned if they have many columns.",
            minimum = 1),
    ),
    responses((status = 200, body = SchemaBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
    Query(query): Query<SchemaQuery>,
) -> Result<Json<SchemaBody>, Error> {
    let unknown = || Error::not_found("database");
    let database = Database::find_by_name(&app.store, &name).await?;
    let database = database.ok_or_else(unknown)?;
    let database = viewer.query(database).map_err(|_| unknown())?;
    let search = schema_search::parse_tables(&query)?;
    let schema = schema_search::read(&app, &database, search).await?;
    Ok(Json(schema.into()))
}
