//! `GET /{slug}/columns`: whole columns of a stored result, for a chart. Asks no database.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::CHART_COLUMNS_MAX;
use crate::result::{Column, Spool};
use crate::web::app::App;
use crate::web::page::error_response::ErrorBody;
use crate::web::rows::open_clip::OpenClip;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::source::RequestedRows;
use crate::web::rows::visible_rows::{VisibleResult, describe};

/// Of a chart: its columns, what they lie along, and what tells series apart.
const COLUMNS_MAX: usize = CHART_COLUMNS_MAX + 2;

/// Columns of a result, value by value as PostgreSQL's texts; booleans are `true` and `false`.
#[derive(Serialize, ToSchema)]
#[schema(as = Columns)]
pub struct ColumnsBody<'a> {
    fields: Vec<&'a str>,
    type_names: Vec<&'a str>,
    /// Of the whole result: as many as each column has values.
    rows: u64,
    truncated: bool,
    version: i32,
    result: u32,
    /// The last key. Nothing is here yet: they follow as they are printed.
    columns: Vec<Vec<Option<String>>>,
}

/// Whole columns of a stored result, or of a live clip's newest one.
#[utoipa::path(get, path = "/{slug}/columns", tag = "clips", security((), ("token" = [])),
    params(
        ("slug" = String, Path),
        ("version" = Option<i32>, Query),
        ("result" = Option<u32>, Query),
        ("columns" = String, Query, description = "Numbers from 1, with commas between them; 22 at most."),
    ),
    responses((status = 200, body = ColumnsBody), (status = "4XX", body = ErrorBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    OpenClip { clip, format }: OpenClip,
    query: RowsQuery,
) -> Result<Response, Error> {
    let requested = RequestedRows::find(&app, &clip, &query).await?;
    let version = requested.version.number;
    let VisibleResult { summary, rows } = requested.latest(&app, &clip, format).await?;
    let indexes = parse(query.text("columns").unwrap_or_default(), rows.columns())?;
    let spools = rows.columns_as_json(&indexes, &app.memory).await?;
    let chosen: Vec<&Column> = indexes
        .iter()
        .map(|index| &rows.columns()[*index])
        .collect();
    let facts = ColumnsBody {
        fields: chosen.iter().map(|column| column.name.as_str()).collect(),
        type_names: chosen
            .iter()
            .map(|column| column.type_name.as_str())
            .collect(),
        rows: summary.rows,
        truncated: summary.truncated.is_some(),
        version,
        result: summary.number,
        columns: Vec::new(),
    };
    let facts = serde_json::to_string(&facts).map_err(Error::internal)?;
    let mut response = body(&facts, spools).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    describe(&mut response, clip.number, version, &summary);
    Ok(response)
}

/// The facts with the columns in them. A column is freed as soon as it has been sent.
fn body(facts: &str, spools: Vec<Spool>) -> Body {
    let beginning = facts.strip_suffix("]}").unwrap_or(facts);
    let beginning = Bytes::copy_from_slice(beginning.as_bytes());
    let columns = spools.into_iter().enumerate().flat_map(|(index, spool)| {
        let comma = (index > 0).then_some(Ok(Bytes::from_static(b",")));
        comma.into_iter().chain(spool.pieces(0..spool.bytes()))
    });
    let pieces = std::iter::once(Ok(beginning)).chain(columns);
    Body::from_stream(stream::iter(pieces.chain([Ok(Bytes::from_static(b"]}"))])))
}

/// `1,3` → 0, 2
fn parse(text: &str, columns: &[Column]) -> Result<Vec<usize>, Error> {
    let index = |number: &str| {
        let number: usize = number.trim().parse().ok()?;
        number.checked_sub(1).filter(|index| *index < columns.len())
    };
    let indexes: Option<Vec<usize>> = text.split(',').map(index).collect();
    let indexes = indexes.filter(|indexes| indexes.len() <= COLUMNS_MAX);
    indexes.ok_or_else(|| {
        Error::BadRequest(format!(
            "`columns` are 1 to {COLUMNS_MAX} numbers of columns, from 1 to {}, with commas between them.",
            columns.len()
        ))
    })
}
