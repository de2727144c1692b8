//! The chart on a clip's page, with the form that chooses what is drawn.

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::chart_query::ChartQuery;
use super::drawing::Drawing;
use super::drawing_view::DrawingView;
use crate::error::Error;
use crate::model::{
    Chart, ChartKind, ChartLook, Clip, ColumnRole, NumberFormat, Opening, Picture, Version,
};
use crate::result::{Column, Summary};
use crate::web::clip::table::rows_table::Table;
use crate::web::http::form::FieldErrors;
use crate::web::http::url;

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/chart/chart.html")]
pub struct ChartView {
    /// The path of the page with these rows.
    page: String,
    drawn: DrawingView,
    choices: Vec<Choice>,
    /// What the form shows; unless there is a problem, this is also what is drawn.
    picture: Option<Picture>,
    opening: Opening,
    /// Of `picture`; the default without one.
    look: ChartLook,
    problems: FieldErrors,
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
    pub place: ChartPlace<'a>,
    pub table: &'a Table,
    pub query: &'a ChartQuery,
    pub kept: Option<&'a Chart>,
    pub edits: bool,
}

/// Where the drawn rows are: a clip's, or a preview's.
#[derive(Clone, Debug)]
pub struct ChartPlace<'a> {
    pub title: &'a str,
    /// The path of the page with these rows.
    pub page: String,
    /// The address of their columns, except the numbers.
    pub columns: String,
    pub version: i32,
}

/// What to draw, or what was requested if it cannot be drawn.
struct Chosen {
    picture: Option<Picture>,
    problems: FieldErrors,
    unfit: Option<String>,
}

impl<'a> ChartPlace<'a> {
    pub fn of_clip(clip: &'a Clip, version: &Version, table: &Table) -> Self {
        let rows = url::result(clip, version.number, table.summary.number);
        let (path, query) = rows.split_once('?').unwrap_or((&rows, ""));
        Self {
            title: &clip.title,
            page: url::clip(clip),
            columns: format!("{path}/columns?{query}"),
            version: version.number,
        }
    }
}

impl ChartView {
    /// `None` where the page shows the table.
    pub fn new(source: &ChartSource<'_>) -> Result<Option<Self>, Error> {
        let ChartSource {
            ref place,
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
            Some(picture) => Drawing::new(picture, &place.columns, table)?,
            None if table.summary.rows == 0 => Drawing::NoRows,
            None => Drawing::NoNumbers,
        };
        let fitting = kept.and_then(|chart| Picture::from_chart(chart, columns).ok());
        let opening = match (query.chooses_columns(), kept) {
            (false, Some(chart)) => chart.opening,
            (true, _) | (false, None) => query.opening,
        };
        Ok(Some(Self {
            page: place.page.clone(),
            drawn: DrawingView::new(place.title, drawing, table).with_misfit(unfit),
            choices: choices(columns),
            is_kept: picture.is_some() && picture == fitting,
            look: picture
                .as_ref()
                .map(|picture| picture.look.clone())
                .unwrap_or_default(),
            picture,
            opening,
            problems,
            has_kept: kept.is_some(),
            edits,
            rows_parameters: parameters(table),
            since: as_of(&table.summary),
            version: place.version,
            result: table.summary.number,
            chart: url::with(&narrowed(table), &[("chart", "1".to_owned())]),
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

    /// Whether any field of the look is filled in or has a problem.
    fn has_look(&self) -> bool {
        let look = &self.look;
        let fields = ["log", "goal", "decimals", "x_title", "y_title"];
        let shares = ChartLook {
            share: look.share,
            ..ChartLook::default()
        };
        *look != shares || fields.iter().any(|name| self.problems.at(name).is_some())
    }

    fn decimals(&self) -> String {
        let decimals = self.look.decimals;
        decimals
            .map(|decimals| decimals.to_string())
            .unwrap_or_default()
    }

    /// What is drawn, without the form.
    pub fn into_drawing(self) -> DrawingView {
        self.drawn
    }

    /// The form's address for keeping the chart. It names the rows, since the form identifies columns by number.
    fn keep_action(&self) -> String {
        let Self {
            page,
            version,
            result,
            ..
        } = self;
        format!("{page}/chart?version={version}&result={result}")
    }
}

impl Chosen {
    fn new(source: &ChartSource<'_>) -> Result<Self, Error> {
        let columns = &source.table.columns;
        let table = source.table;
        let proposed =
            || Picture::propose(columns, table.matching(), |column| table.repeats(column));
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
    let options = [("chart", "1".to_owned()), ("since", since.to_string())];
    url::with(&narrowed(table), &options)
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

fn parameters(table: &Table) -> Vec<(String, String)> {
    let narrowing = table.narrowing().into_iter();
    url::options(&table.address)
        .into_iter()
        .chain(narrowing.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

/// The page's address with the filter and the sort of the rows.
fn narrowed(table: &Table) -> String {
    url::with(&table.address, &table.narrowing())
}

fn format_label(format: NumberFormat) -> &'static str {
    match format {
        NumberFormat::Grouped => "1,234,567",
        NumberFormat::Plain => "1234567",
        NumberFormat::Compact => "1.2M",
        NumberFormat::Percent => "0.12 as 12 %",
    }
}

fn kind_label(kind: ChartKind) -> &'static str {
    match kind {
        ChartKind::Line => "Line",
        ChartKind::Bar => "Bars",
        ChartKind::Scatter => "Points",
        ChartKind::Figure => "Figure",
    }
}
