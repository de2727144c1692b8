//! `GET /{slug}/rows`: a window of a stored result, for a page's table. Queries no database.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::totals::TotalsBody;
use super::window_form::{Form, Printed};
use crate::error::Error;
use crate::result::{Column, View};
use crate::web::app::App;
use crate::web::rows::open_clip::OpenClip;
use crate::web::rows::query::{RowsQuery, column, refusal};
use crate::web::rows::source::RequestedRows;
use crate::web::rows::visible_rows::{VisibleResult, describe};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;
/// Bytes of text in a window: it contains fewer rows where they are long.
const BYTES_MAX: usize = 4 << 20;

/// A window of a result, with the same keys as the JSON of the whole result.
#[derive(Serialize, ToSchema)]
#[schema(as = Window)]
pub struct WindowBody<'a> {
    fields: Vec<&'a str>,
    types: Vec<u32>,
    type_names: Vec<&'a str>,
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    values: Box<RawValue>,
    /// Row and column, from 0, of each text that is cut short here.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Vec<(usize, usize)>>,
    offset: u64,
    /// Rows that match the filter.
    matching: u64,
    /// Rows of the whole result.
    rows: u64,
    truncated: bool,
    version: i32,
    result: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    totals: Option<TotalsBody>,
}

/// A window of a stored result, or of a live clip's newest result.
#[utoipa::path(get, operation_id = "read_window", path = "/{slug}/rows", tag = "clips", security((), ("token" = [])),
    params(
        ("slug" = String, Path),
        ("version" = Option<i32>, Query),
        ("result" = Option<u32>, Query),
        ("offset" = Option<u64>, Query, description = "The first row, from 0, among the rows that match the filter."),
        ("limit" = Option<usize>, Query, description = "Number of rows: 100 by default, 1,000 at most; fewer are returned if rows are long."),
        ("sort" = Option<String>, Query,
            description = "A column's number from 1, or its name, with a minus for descending order. Values have PostgreSQL's order of their type, text that of its code points (collation \"C\"). NULLs come last."),
        ("filter" = Option<String>, Query, description = "Only rows with a cell that contains this text."),
        ("column" = Option<String>, Query, description = "Only this column, by its number from 1 or its name."),
        ("totals" = Option<String>, Query,
            description = "Adds the totals of this column, by its number from 1 or its name, over all rows that match the filter."),
        ("form" = Option<String>, Query,
            description = "`text`: each value as a string exactly as PostgreSQL printed it (booleans as true and false, geometries as WKT), or null."),
        ("characters" = Option<usize>, Query,
            description = "Each text is cut to this many characters; `cut` lists those that are longer. Only with `form=text`."),
    ),
    responses((status = 200, body = WindowBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    OpenClip { clip, format, .. }: OpenClip,
    query: RowsQuery,
) -> Result<Response, Error> {
    let (requested, query) = RequestedRows::find_part(&app, &clip, &query).await?;
    let version = requested.version.number;
    let result = requested.latest(&app, &clip, format).await?;
    let summary = result.summary.clone();
    let mut response = read(&query, result, version).await?;
    describe(&mut response, clip.number, version, &summary);
    Ok(response)
}

/// The window that the query asks for.
pub async fn read(
    query: &RowsQuery,
    result: VisibleResult,
    version: i32,
) -> Result<Response, Error> {
    let form = Form::parse(query)?;
    let VisibleResult { summary, rows } = result;
    let view = view(query, rows.columns(), form)?;
    let window = rows.window(&view).await?;
    if window.rows.is_empty() && view.limit > 0 && view.offset < window.matching {
        return Err(Error::TooLargeForFormat(format!(
            "Row {} is too long to show here. Download the rows instead.",
            view.offset + 1
        )));
    }
    let totals = TotalsBody::read(query, &rows).await?;
    let columns = match view.column {
        Some(column) => &rows.columns()[column..=column],
        None => rows.columns(),
    };
    let matching = window.matching;
    let Printed { values, cut } = form.print(columns, window)?;
    let body = WindowBody {
        fields: columns.iter().map(|column| column.name.as_str()).collect(),
        types: columns.iter().map(|column| column.type_oid).collect(),
        type_names: columns
            .iter()
            .map(|column| column.type_name.as_str())
            .collect(),
        values,
        cut,
        offset: view.offset,
        matching,
        rows: summary.rows,
        truncated: summary.truncated.is_some(),
        version,
        result: summary.number,
        totals,
    };
    Ok(Json(body).into_response())
}

fn view(query: &RowsQuery, columns: &[Column], form: Form) -> Result<View, Error> {
    let limit: Option<usize> = query.number("limit")?;
    Ok(View {
        sort: query.sort(columns)?,
        filter: query.text("filter").map(str::to_owned),
        offset: query.number("offset")?.unwrap_or(0),
        limit: limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX),
        column: query
            .text("column")
            .map(|text| only(text, columns))
            .transpose()?,
        cell_characters_max: form.characters_read(),
        bytes_max: Some(BYTES_MAX),
    })
}

fn only(text: &str, columns: &[Column]) -> Result<usize, Error> {
    column(text, columns).ok_or_else(|| refusal("column", "a column's number from 1, or its name"))
}
