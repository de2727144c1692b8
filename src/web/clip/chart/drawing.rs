//! How a picture is put on the page: figures as text, other charts by the page's script, which fetches the columns.

use serde::Serialize;

use crate::error::Error;
use crate::model::{ChartKind, ChartLook, ColumnRole, Picture};
use crate::result::Column;
use crate::web::clip::table::rows_table::Table;
use crate::web::http::url;

/// What the page shows instead of the table.
pub enum Drawing {
    /// Drawn by the page's script.
    Canvas(Canvas),
    /// The name and value of each figure, from the first row.
    Figures(Vec<(String, String)>),
    NoRows,
    /// The filter leaves no row.
    NoMatch,
    NoNumbers,
    /// Nothing is drawn; the form says why.
    Refused,
}

pub struct Canvas {
    /// The address of the columns.
    pub source: String,
    /// How they are drawn, as JSON.
    pub plan: String,
}

/// Columns are identified by their index among the fetched ones.
#[derive(Serialize)]
struct Plan<'a> {
    kind: &'static str,
    x: Option<usize>,
    y: Vec<usize>,
    series: Option<usize>,
    stacked: bool,
    #[serde(flatten)]
    look: &'a ChartLook,
    /// The role of each fetched column.
    roles: Vec<&'static str>,
}

impl Drawing {
    pub fn new(picture: &Picture, columns: &str, table: &Table) -> Result<Self, Error> {
        if table.summary.rows == 0 {
            return Ok(Self::NoRows);
        }
        if table.matching() == 0 {
            return Ok(Self::NoMatch);
        }
        if picture.kind == ChartKind::Figure {
            let figures = picture.y.iter().map(|index| {
                let name = table.columns[*index].name.clone();
                (name, table.first_cell(*index))
            });
            return Ok(Self::Figures(figures.collect()));
        }
        let fetched: Vec<usize> = picture
            .x
            .into_iter()
            .chain(picture.y.iter().copied())
            .chain(picture.series)
            .collect();
        let plan = Plan::new(picture, fetched.iter().map(|index| &table.columns[*index]));
        let numbers: Vec<String> = fetched
            .iter()
            .map(|index| (index + 1).to_string())
            .collect();
        let separator = if columns.contains('?') { '&' } else { '?' };
        let columns = format!("{columns}{separator}columns={}", numbers.join(","));
        Ok(Self::Canvas(Canvas {
            source: url::with(&columns, &table.narrowing()),
            plan: serde_json::to_string(&plan).map_err(Error::internal)?,
        }))
    }
}

impl<'a> Plan<'a> {
    /// The columns are fetched in this order: x, y, series.
    fn new(picture: &'a Picture, fetched: impl Iterator<Item = &'a Column>) -> Self {
        let first = usize::from(picture.x.is_some());
        let last = first + picture.y.len();
        Self {
            kind: picture.kind.as_str(),
            x: picture.x.map(|_| 0),
            y: (first..last).collect(),
            series: picture.series.map(|_| last),
            stacked: picture.stacking.is_stacked(),
            look: &picture.look,
            roles: fetched
                .map(|column| ColumnRole::from_column(column).as_str())
                .collect(),
        }
    }
}
