//! The chart on a clip's page, with the form that chooses what is drawn.

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::chart_query::ChartQuery;
use super::drawing::Drawing;
use crate::access::Readable;
use crate::error::Error;
use crate::model::{Chart, ChartKind, Clip, ColumnRole, Opening, Picture, Version};
use crate::result::{Column, Summary};
use crate::web::clip::table::rows_table::{Table, grouped};
use crate::web::http::form::FieldErrors;

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/chart/chart.html")]
pub struct ChartView {
    slug: String,
    title: String,
    choices: Vec<Choice>,
    /// What the form shows; unless there is a problem, this is also what is drawn.
    picture: Option<Picture>,
    opening: Opening,
    drawing: Drawing,
    problems: FieldErrors,
    /// Why the kept chart does not fit these columns.
    unfit: Option<String>,
    /// Whether the drawn chart is the kept one.
    is_kept: bool,
    has_kept: bool,
    edits: bool,
    /// The parameters of the page's address that say which rows it shows.
    rows_parameters: Vec<(String, String)>,
    /// A request with this moment reuses the shown rows instead of running the query.
    since: Timestamp,
    version: i32,
    result: u32,
    checked_at: Timestamp,
    rows: u64,
    cut: Option<String>,
    /// The address of the table of the same rows.
    table: String,
    /// This page's own address, without the choices of the form.
    chart: String,
}

/// A column to choose from.
struct Choice {
    /// From 1.
    number: usize,
    name: String,
    type_name: String,
    role: ColumnRole,
}

/// The parts from which a chart is made.
pub struct ChartSource<'a> {
    pub clip: &'a Readable<Clip>,
    pub version: &'a Version,
    pub table: &'a Table,
    pub query: &'a ChartQuery,
    pub kept: Option<&'a Chart>,
    pub edits: bool,
}

/// What to draw, or what was requested if it cannot be drawn.
struct Chosen {
    picture: Option<Picture>,
    problems: FieldErrors,
    unfit: Option<String>,
}

impl ChartView {
    /// `None` where the page shows the table.
    pub fn new(source: &ChartSource<'_>) -> Result<Option<Self>, Error> {
        let ChartSource {
            clip,
            version,
            table,
            query,
            kept,
            edits,
        } = *source;
        let columns = &table.columns;
        let Chosen {
            picture,
            problems,
            unfit,
        } = Chosen::new(source)?;
        if !query.shows_chart(kept) || (picture.is_none() && !query.is_for_chart) {
            return Ok(None);
        }
        let drawing = match &picture {
            _ if !problems.is_empty() => Drawing::Refused,
            Some(picture) => Drawing::new(picture, clip, version, table)?,
            None => Drawing::NoNumbers,
        };
        let fitting = kept.and_then(|chart| Picture::from_chart(chart, columns).ok());
        let opening = match (query.chooses_columns(), kept) {
            (false, Some(chart)) => chart.opening,
            (true, _) | (false, None) => query.opening,
        };
        Ok(Some(Self {
            slug: clip.slug.as_str().to_owned(),
            title: clip.title.clone(),
            choices: choices(columns),
            is_kept: picture.is_some() && picture == fitting,
            picture,
            opening,
            drawing,
            problems,
            unfit,
            has_kept: kept.is_some(),
            edits,
            rows_parameters: parameters(&table.address),
            since: as_of(&table.summary),
            version: version.number,
            result: table.summary.number,
            checked_at: table.summary.checked_at,
            rows: table.summary.rows,
            cut: table.cut(),
            table: with(&table.address, "page=1"),
            chart: with(&table.address, "chart=1"),
        }))
    }

    /// Whether the request has errors.
    pub fn is_refused(&self) -> bool {
        !self.problems.is_empty()
    }

    fn kind_is(&self, kind: &ChartKind) -> bool {
        self.picture
            .as_ref()
            .is_some_and(|picture| picture.kind == *kind)
    }

    fn is_x(&self, choice: &Choice) -> bool {
        let x = self.picture.as_ref().and_then(|picture| picture.x);
        x == Some(choice.number - 1)
    }

    fn is_y(&self, choice: &Choice) -> bool {
        let picture = self.picture.as_ref();
        picture.is_some_and(|picture| picture.y.contains(&(choice.number - 1)))
    }

    fn is_series(&self, choice: &Choice) -> bool {
        let series = self.picture.as_ref().and_then(|picture| picture.series);
        series == Some(choice.number - 1)
    }

    fn is_stacked(&self) -> bool {
        let picture = self.picture.as_ref();
        picture.is_some_and(|picture| picture.stacking.is_stacked())
    }

    /// For the caption of a saved picture.
    fn checked(&self) -> String {
        self.checked_at.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// A note that figures are from one row of several.
    fn first_of_many(&self) -> Option<String> {
        (self.rows > 1).then(|| format!("From the first of {} rows.", grouped(self.rows)))
    }

    /// The form's address for keeping the chart. It names the rows, since the form identifies columns by number.
    fn keep_action(&self) -> String {
        let Self {
            slug,
            version,
            result,
            ..
        } = self;
        format!("/{slug}/chart?version={version}&result={result}")
    }
}

impl Chosen {
    fn new(source: &ChartSource<'_>) -> Result<Self, Error> {
        let columns = &source.table.columns;
        let proposed = || Picture::propose(columns, source.table.summary.rows);
        if source.query.chooses_columns() {
            let requested = source.query.picture();
            let typed = requested.as_ref().ok().cloned();
            return match requested.and_then(|picture| picture.choose(columns)) {
                Ok(picture) => Ok(Self::fitting(Some(picture))),
                Err(error) => Ok(Self {
                    problems: FieldErrors::from_error(error)?,
                    ..Self::fitting(typed.or_else(proposed))
                }),
            };
        }
        match source.kept.map(|chart| Picture::from_chart(chart, columns)) {
            None => Ok(Self::fitting(proposed())),
            Some(Ok(picture)) => Ok(Self::fitting(Some(picture))),
            Some(Err(error)) => Ok(Self {
                unfit: Some(error.to_string()),
                ..Self::fitting(proposed())
            }),
        }
    }

    fn fitting(picture: Option<Picture>) -> Self {
        Self {
            picture,
            problems: FieldErrors::default(),
            unfit: None,
        }
    }
}

/// The address of the same rows as a chart.
pub fn link(table: &Table) -> String {
    let since = as_of(&table.summary);
    with(&table.address, &format!("chart=1&since={since}"))
}

fn choices(columns: &[Column]) -> Vec<Choice> {
    let choices = columns.iter().enumerate().map(|(index, column)| Choice {
        number: index + 1,
        name: column.name.clone(),
        type_name: column.type_name.clone(),
        role: ColumnRole::from_column(column),
    });
    choices.collect()
}

/// The latest moment at which the run that last read these rows can have begun.
fn as_of(summary: &Summary) -> Timestamp {
    let elapsed = SignedDuration::try_from(summary.elapsed).unwrap_or(SignedDuration::MAX);
    let as_of = summary.checked_at.checked_sub(elapsed);
    as_of.unwrap_or(Timestamp::MIN)
}

fn parameters(address: &str) -> Vec<(String, String)> {
    let (_, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn with(address: &str, query: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{query}")
}

fn kind_label(kind: ChartKind) -> &'static str {
    match kind {
        ChartKind::Line => "Line",
        ChartKind::Bar => "Bars",
        ChartKind::Scatter => "Points",
        ChartKind::Figure => "Figure",
    }
}
