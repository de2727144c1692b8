//! `GET /{slug}/columns`: whole columns of a stored result, for a chart. Queries no database.

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
use crate::web::rows::open_clip::OpenClip;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::source::RequestedRows;
use crate::web::rows::visible_rows::{VisibleResult, describe};

/// As many as a chart needs: its y columns, its x column, and the column that separates series.
const COLUMNS_MAX: usize = CHART_COLUMNS_MAX + 2;

/// Columns of a result. Each value is the text that PostgreSQL printed; booleans are `true` and `false`.
#[derive(Serialize, ToSchema)]
#[schema(as = Columns)]
pub struct ColumnsBody<'a> {
    fields: Vec<&'a str>,
    type_names: Vec<&'a str>,
    /// Rows of the whole result.
    rows: u64,
    /// Rows that match the filter, which is also the number of values in each column.
    matching: u64,
    truncated: bool,
    version: i32,
    result: u32,
    /// The values of each column, in the order of the rows.
    // The last key: it is serialized empty, and the columns are streamed into it.
    columns: Vec<Vec<Option<String>>>,
}

/// Whole columns of a stored result, or of a live clip's newest result.
#[utoipa::path(get, operation_id = "read_columns", path = "/{slug}/columns", tag = "clips", security((), ("token" = [])),
    params(
        ("slug" = String, Path),
        ("version" = Option<i32>, Query),
        ("result" = Option<u32>, Query),
        ("columns" = String, Query, description = "Numbers from 1, separated by commas; 22 at most."),
        ("filter" = Option<String>, Query, description = "Only rows with a cell that contains this text."),
        ("sort" = Option<String>, Query, description = "As in `/{slug}/rows`."),
    ),
    responses((status = 200, body = ColumnsBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    OpenClip { clip, format, .. }: OpenClip,
    query: RowsQuery,
) -> Result<Response, Error> {
    let (requested, query) = RequestedRows::find_part(&app, &clip, &query).await?;
    let version = requested.version.number;
    let result = requested.latest(&app, &clip, format).await?;
    let summary = result.summary.clone();
    let mut response = read(&app, &query, result, version).await?;
    describe(&mut response, clip.number, version, &summary);
    Ok(response)
}

/// The columns that the query asks for.
pub async fn read(
    app: &App,
    query: &RowsQuery,
    result: VisibleResult,
    version: i32,
) -> Result<Response, Error> {
    let VisibleResult { summary, rows } = result;
    let indexes = parse(query.text("columns").unwrap_or_default(), rows.columns())?;
    let (rows, matching) = match query.selection(rows.columns())? {
        None => (rows, summary.rows),
        Some(selection) => {
            let selected = rows
                .select(&selection, summary.clone(), &app.memory)
                .await?;
            (selected.rows, selected.summary.rows)
        }
    };
    let spools = rows.columns_as_json(&indexes, &app.memory).await?;
    let chosen: Vec<&Column> = indexes
        .iter()
        .map(|index| &rows.columns()[*index])
        .collect();
    let head = ColumnsBody {
        fields: chosen.iter().map(|column| column.name.as_str()).collect(),
        type_names: chosen
            .iter()
            .map(|column| column.type_name.as_str())
            .collect(),
        rows: summary.rows,
        matching,
        truncated: summary.truncated.is_some(),
        version,
        result: summary.number,
        columns: Vec::new(),
    };
    let head = serde_json::to_string(&head).map_err(Error::internal)?;
    let mut response = body(&head, spools).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}

/// The JSON of the head with the columns in it. A column is freed as soon as it has been sent.
fn body(head: &str, spools: Vec<Spool>) -> Body {
    let beginning = head.strip_suffix("]}").unwrap_or(head);
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
            "`columns` must be 1 to {COLUMNS_MAX} column numbers from 1 to {}, separated by commas.",
            columns.len()
        ))
    })
}
