//! `GET /{slug}/rows`: a window of a stored result, for a page's table. Asks no database.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::window_form::{Form, Printed};
use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::live::Settled;
use crate::model::Clip;
use crate::result::{Column, Direction, Sort, View};
use crate::web::app::App;
use crate::web::clip::page::clip_page::find;
use crate::web::http::extract::{Path, Query};
use crate::web::http::{cors, security_headers};
use crate::web::page::error_response::ErrorBody;
use crate::web::rows::query::Asked;
use crate::web::rows::source::{Source, Wanted, failed};
use crate::web::visitor::Visitor;

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;
/// Of text: of long rows a window holds fewer.
const BYTES_MAX: usize = 4 << 20;

/// Keys as in the JSON of the whole result.
#[derive(Serialize, ToSchema)]
#[schema(as = Window)]
pub struct WindowBody<'a> {
    fields: Vec<&'a str>,
    types: Vec<u32>,
    type_names: Vec<&'a str>,
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    values: Box<RawValue>,
    /// Row and place, from 0, of each text that is longer than what is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Vec<(usize, usize)>>,
    offset: u64,
    /// Rows that the filter leaves.
    matching: u64,
    /// Rows of the whole result.
    rows: u64,
    truncated: bool,
    version: i32,
    result: u32,
}

/// A window of a stored result, or of a live clip's newest one.
#[utoipa::path(get, path = "/{slug}/rows", tag = "clips", security((), ("token" = [])),
    params(
        ("slug" = String, Path),
        ("version" = Option<i32>, Query),
        ("result" = Option<u32>, Query),
        ("offset" = Option<u64>, Query, description = "Of the rows that the filter leaves."),
        ("limit" = Option<usize>, Query, description = "100 rows unless it is given, 1,000 at most; fewer come where they are long."),
        ("sort" = Option<String>, Query,
            description = "A column's number from 1, or its name, with a minus for the other way round. NULLs come last."),
        ("filter" = Option<String>, Query, description = "Only rows with a cell that contains this text."),
        ("column" = Option<String>, Query, description = "Only this column, by its number from 1 or its name."),
        ("form" = Option<String>, Query,
            description = "`text`: each value as a string exactly as PostgreSQL printed it (booleans as true and false), or null."),
        ("characters" = Option<usize>, Query,
            description = "Of each text at most so many characters; `cut` tells which are longer. Only with `form=text`."),
    ),
    responses((status = 200, body = WindowBody), (status = "4XX", body = ErrorBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    let clip = find(&app, &segment).await?;
    let clip = visitor.viewer.read_rows(clip)?;
    let answer = window(&app, &visitor, &clip, &query).await;
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    if clip.anyone || !visitor.is_by_cookie {
        cors::allow(response.headers_mut());
    }
    Ok(response)
}

async fn window(
    app: &App,
    visitor: &Visitor,
    clip: &Readable<Clip>,
    query: &HashMap<String, String>,
) -> Result<Response, Error> {
    visitor.viewer.read_format(clip, Format::Json)?;
    let (version, settled) = stored(app, clip, &Asked::parse(query)?).await?;
    let Settled { summary, rows, .. } = settled;
    clip.show(rows.columns())?;
    let form = Form::parse(query)?;
    let view = view(query, rows.columns(), form)?;
    let window = rows.window(&view).await;
    let window = window.map_err(|_| Error::internal("a result's rows cannot be read"))?;
    if window.rows.is_empty() && view.limit > 0 && view.offset < window.matching {
        return Err(Error::TooLargeForFormat(format!(
            "The row at {} is longer than a window holds. Download the rows instead.",
            view.offset
        )));
    }
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
    };
    app.last_fetched.note(&app.store, clip);
    let mut response = Json(body).into_response();
    security_headers::describe(response.headers_mut(), version, &summary);
    Ok(response)
}

/// The stored result that is asked for, or the newest one; and the number of its version.
pub async fn stored(
    app: &App,
    clip: &Readable<Clip>,
    asked: &Asked,
) -> Result<(i32, Settled), Error> {
    let wanted = Wanted::find(app, clip, asked).await?;
    let version = wanted.version.number;
    let settled = match &wanted.source {
        Source::Kept(result) => {
            let settled = app.live.open(result).await?;
            settled.map_err(|failure| failed(clip, failure))?
        }
        Source::Live(live) => live.latest().await?.ok_or_else(|| no_result(version))?,
    };
    Ok((version, settled))
}

fn no_result(version: i32) -> Error {
    Error::NotFound(format!(
        "Version {version} has no result yet. Open its page, or ask for it in a format: that runs it."
    ))
}

fn view(query: &HashMap<String, String>, columns: &[Column], form: Form) -> Result<View, Error> {
    let text = |name: &str| {
        query
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    };
    Ok(View {
        sort: text("sort").map(|text| sort(text, columns)).transpose()?,
        filter: text("filter").map(str::to_owned),
        offset: text("offset").map_or(Ok(0), |text| number("offset", text))?,
        limit: text("limit")
            .map_or(Ok(LIMIT_DEFAULT), |text| number("limit", text))?
            .min(LIMIT_MAX),
        column: text("column").map(|text| only(text, columns)).transpose()?,
        cell_characters_max: form.characters_taken(),
        bytes_max: Some(BYTES_MAX),
    })
}

/// A column's number from 1, or its name; with a minus for the other way round.
fn sort(text: &str, columns: &[Column]) -> Result<Sort, Error> {
    let (name, direction) = match text.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (text, Direction::Ascending),
    };
    let column = column(name, columns).ok_or_else(|| {
        Error::BadRequest(
            "`sort` is a column's number from 1, or its name, with a minus for the other way round."
                .to_owned(),
        )
    })?;
    Ok(Sort { column, direction })
}

fn only(text: &str, columns: &[Column]) -> Result<usize, Error> {
    column(text, columns).ok_or_else(|| {
        Error::BadRequest("`column` is a column's number from 1, or its name.".to_owned())
    })
}

/// Its place from 0, by its number from 1 or its name.
fn column(text: &str, columns: &[Column]) -> Option<usize> {
    match text.parse::<usize>() {
        Ok(number) => number.checked_sub(1).filter(|index| *index < columns.len()),
        Err(_) => columns.iter().position(|column| column.name == text),
    }
}

pub fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|_| Error::BadRequest(format!("`{name}` is a whole number from 0.")))
}
