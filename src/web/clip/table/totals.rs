//! Totals of one column beside a window of rows, as JSON. Each value is a text, so that no number passes through a float.

use serde::Serialize;
use utoipa::ToSchema;

use crate::encode::{Shown, is_number};
use crate::error::Error;
use crate::result::{Column, Totals};
use crate::web::rows::query::{RowsQuery, column, refusal};
use crate::web::rows::visible_rows::VisibleRows;

/// Characters of the first and the last text; numbers are whole.
const CHARACTERS: usize = 1_000;

/// Totals of a column over all rows that match the filter.
#[derive(Serialize, ToSchema)]
#[schema(as = Totals)]
pub struct TotalsBody {
    /// From 1.
    column: usize,
    /// Values that are not NULL.
    count: u64,
    nulls: u64,
    distinct: u64,
    /// Exact. Only of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    average: Option<String>,
    /// Whether the average has more decimals than these.
    #[serde(skip_serializing_if = "Option::is_none")]
    average_rounded: Option<bool>,
    /// The first value in the order of the column's type. A long text is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<String>,
}

impl TotalsBody {
    /// `None` where the request asks for none.
    pub async fn read(query: &RowsQuery, rows: &VisibleRows) -> Result<Option<Self>, Error> {
        let Some(text) = query.text("totals") else {
            return Ok(None);
        };
        let index = column(text, rows.columns())
            .ok_or_else(|| refusal("totals", "a column's number from 1, or its name"))?;
        let totals = rows.totals(index, query.text("filter")).await?;
        Ok(Some(Self::new(index, &rows.columns()[index], totals)))
    }

    fn new(index: usize, column: &Column, totals: Totals) -> Self {
        let characters = (!is_number(column)).then_some(CHARACTERS);
        let shown = |text: String| {
            let (text, is_cut) = Shown::new(column).text(text, characters);
            if is_cut { text + "…" } else { text }
        };
        Self {
            column: index + 1,
            count: totals.count,
            nulls: totals.nulls,
            distinct: totals.distinct,
            sum: totals.sum,
            average_rounded: totals.average.as_ref().map(|average| average.is_rounded),
            average: totals.average.map(|average| average.text),
            min: totals.min.map(shown),
            max: totals.max.map(shown),
        }
    }
}
