//! `GET /{slug}`: a clip's page, or its rows where the address ends in a format.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::address::Address;
use super::options::Asked;
use super::problem::{self, Problem};
use super::viewer::DataViewer;
use super::{App, cors, headers, rows};
use crate::access::Readable;
use crate::encode::{Format, is_number};
use crate::error::Error;
use crate::model::{Clip, Slug, Version};
use crate::result::{Column, Cut, Page, Row, Summary};
use crate::run::Mark;

/// Rows that the page shows; the files have all.
const ROWS_SHOWN: usize = 100;
/// Characters of a cell that the page shows before it folds the rest.
const CELL_CHARACTERS: usize = 300;

pub async fn show(
    State(app): State<Arc<App>>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    viewer: Result<DataViewer, Error>,
    request: HeaderMap,
) -> Response {
    let address = Address::of(&uri);
    let clip = find(&app, viewer, address.slug.as_ref()).await;
    match address.suffix {
        Some(suffix) => machine(&app, clip, &suffix, &query, &request).await,
        None => page(&app, clip, &query)
            .await
            .unwrap_or_else(|error| problem::page(&error)),
    }
}

/// The rows in a machine format. Access is decided first, and decides whether other origins may read the answer.
async fn machine(
    app: &App,
    clip: Result<Readable<Clip>, Error>,
    suffix: &str,
    query: &HashMap<String, String>,
    request: &HeaderMap,
) -> Response {
    // That a clip was removed is only told to those who might see it.
    let may_read = matches!(clip, Ok(_) | Err(Error::Removed));
    let answer = async {
        let clip = clip?;
        let format = Format::parse(suffix).ok_or_else(|| unknown_format(suffix))?;
        rows::show(app, &clip, format, &Asked::parse(query)?, request).await
    };
    let mut response = answer.await.unwrap_or_else(IntoResponse::into_response);
    if may_read {
        cors::allow(response.headers_mut());
    }
    response
}

async fn page(
    app: &App,
    clip: Result<Readable<Clip>, Error>,
    query: &HashMap<String, String>,
) -> Result<Response, Error> {
    let clip = clip?;
    let version = rows::version(app, &clip, &Asked::parse(query)?).await?;
    let outcome = run(app, &clip, &version).await;
    let (status, result, problem) = match &outcome {
        Ok(result) => (StatusCode::OK, Some(result), None),
        Err(error @ Error::Internal(_)) => return Ok(problem::page(error)),
        Err(error) => (problem::status(error), None, Some(Problem::new(error))),
    };
    let sql = clip.sql(&version);
    let mark = problem
        .as_ref()
        .and_then(|problem| Mark::find(sql?, problem.position?));
    let page = ClipPage {
        clip: &clip,
        version: &version,
        sql,
        result,
        problem,
        mark,
    };
    let mut response = (status, problem::render(&page)).into_response();
    match &outcome {
        Ok(result) => headers::describe(response.headers_mut(), version.number, &result.summary),
        Err(error) => problem::add_headers(error, response.headers_mut()),
    }
    Ok(response)
}

async fn find(
    app: &App,
    viewer: Result<DataViewer, Error>,
    slug: Option<&Slug>,
) -> Result<Readable<Clip>, Error> {
    let slug = slug.ok_or_else(|| Error::not_found("page"))?;
    let DataViewer(viewer) = viewer?;
    let clip = Clip::find_by_slug(&app.store, slug).await?;
    viewer.read(clip.ok_or_else(|| Error::not_found("dataclip"))?)
}

/// Runs the version and keeps its first rows.
async fn run(app: &App, clip: &Readable<Clip>, version: &Version) -> Result<ShownResult, Error> {
    let failed = |failure| Error::Run {
        failure,
        sees_sql: clip.sees_sql,
    };
    let running = rows::start(app, clip, version).await?;
    let rows = running.rows().await.map_err(failed)?;
    let summary = running.summary().await.map_err(failed)?;
    let summary = app.recent.settle(clip.number, version.number, summary);
    let headings = rows.columns().iter().map(Heading::new).collect();
    let mut shown = ShownResult {
        headings,
        rows: Vec::new(),
        summary,
    };
    for index in 0.. {
        let Ok(Some(page)) = rows.page(index).await else {
            break;
        };
        shown.take(&page);
        if shown.rows.len() == ROWS_SHOWN {
            break;
        }
    }
    Ok(shown)
}

fn unknown_format(suffix: &str) -> Error {
    Error::NotFound(format!(
        "There is no format “{suffix}”. A dataclip answers as {}.",
        Format::SUFFIXES.join(", ")
    ))
}

#[derive(Template)]
#[template(path = "clip.html")]
struct ClipPage<'a> {
    clip: &'a Clip,
    version: &'a Version,
    /// Where the viewer may see it.
    sql: Option<&'a str>,
    result: Option<&'a ShownResult>,
    problem: Option<Problem>,
    mark: Option<Mark>,
}

/// A result's first rows, as the page shows them.
struct ShownResult {
    headings: Vec<Heading>,
    rows: Vec<Vec<Cell>>,
    summary: Summary,
}

struct Heading {
    name: String,
    type_name: String,
    is_number: bool,
    is_boolean: bool,
}

enum Cell {
    Null,
    Text(String),
    /// The beginning, and the whole.
    Long(String, String),
}

impl ClipPage<'_> {
    /// The address of this version in a format, relative to the page.
    fn download(&self, extension: &str) -> String {
        let slug = self.clip.slug.as_str();
        if self.version.number == self.clip.version.number {
            format!("/{slug}.{extension}")
        } else {
            format!("/{slug}.{extension}?version={}", self.version.number)
        }
    }

    /// Blank, as wide as the line number beside the marked line.
    fn gutter(&self) -> String {
        let line = self.mark.as_ref().map_or(0, |mark| mark.line);
        " ".repeat(line.to_string().len())
    }

    fn excel_csv(&self) -> String {
        let csv = self.download("csv");
        let separator = if csv.contains('?') { '&' } else { '?' };
        format!("{csv}{separator}bom=1&guard=1")
    }
}

impl ShownResult {
    /// “at 2026-11-22 03:04:05 UTC”
    fn checked(&self) -> String {
        self.summary
            .checked_at
            .strftime("at %Y-%m-%d %H:%M:%S UTC")
            .to_string()
    }

    fn count(&self) -> String {
        grouped(self.summary.rows)
    }

    fn cut_sentence(&self, cut: &Cut) -> String {
        let limit = match cut {
            Cut::Rows => "as many as a dataclip holds",
            Cut::Bytes => "as much as a dataclip holds in bytes",
        };
        format!(
            "The query returns more rows. Only the first {} are here, {limit}; every download is cut at the same row.",
            self.count()
        )
    }

    fn take(&mut self, page: &Page) {
        let wanted = ROWS_SHOWN - self.rows.len();
        let headings = &self.headings;
        let cells = |row: Row<'_>| {
            let columns = headings.iter().zip(row.cells());
            columns.map(|(heading, text)| heading.cell(text)).collect()
        };
        self.rows.extend(page.rows().take(wanted).map(cells));
    }

    /// “returned 5 rows, ran in 0.675 ms”
    fn sentence(&self) -> String {
        let rows = match self.summary.rows {
            1 => "1 row".to_owned(),
            rows => format!("{} rows", grouped(rows)),
        };
        let milliseconds = self.summary.elapsed.as_secs_f64() * 1_000.0;
        let time = match milliseconds {
            ..1_000.0 => format!("{milliseconds:.3} ms"),
            ..60_000.0 => format!("{:.2} s", milliseconds / 1_000.0),
            _ => format!(
                "{:.0} min {:.0} s",
                (milliseconds / 60_000.0).floor(),
                (milliseconds % 60_000.0) / 1_000.0
            ),
        };
        format!("returned {rows}, ran in {time}")
    }

    fn has_more(&self) -> bool {
        self.summary.rows > self.rows.len() as u64
    }
}

impl Heading {
    fn new(column: &Column) -> Self {
        Self {
            name: column.name.clone(),
            type_name: match column.type_name.strip_prefix('_') {
                Some(element) if column.element_oid.is_some() => format!("{element}[]"),
                _ => column.type_name.clone(),
            },
            is_boolean: column.type_name == "bool",
            is_number: is_number(column),
        }
    }

    fn cell(&self, text: Option<&str>) -> Cell {
        let Some(text) = text else { return Cell::Null };
        let text = match text {
            "t" if self.is_boolean => "true",
            "f" if self.is_boolean => "false",
            text => text,
        };
        match text.char_indices().nth(CELL_CHARACTERS) {
            None => Cell::Text(text.to_owned()),
            Some((end, _)) => Cell::Long(text[..end].to_owned(), text.to_owned()),
        }
    }
}

/// 29,999
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (29_999, "29,999"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
