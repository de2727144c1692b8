//! Rows that the viewer may see. Everything that sends rows takes them as this type, so that no response can forget the
//! check. `clippy.toml` bans the ways around it.

use axum::response::Response;

use super::headers;
use super::last_fetched::Fetched;
use crate::access::{Queryable, Readable, Visible};
use crate::encode::{self, Caption, Coding, Format, Options};
use crate::error::Error;
use crate::live::ResultWithRows;
use crate::model::{Clip, Database, Version};
use crate::result::{Column, Memory, Rows, Selection, Spool, Summary, Totals, View, Window};
use crate::run::Values;

/// The rows of one result, or of a run that is still returning them.
#[derive(Clone)]
pub struct VisibleRows {
    rows: Rows,
    proof: Visible,
}

/// A finished result with its rows.
#[derive(Clone)]
pub struct VisibleResult {
    pub summary: Summary,
    pub rows: VisibleRows,
}

impl VisibleRows {
    /// The rows of a clip's version, which ran with these values. [`Error::Forbidden`] where they explain a hidden query, or a link does
    /// not open the format.
    pub fn open(
        clip: &Readable<Clip>,
        version: &Version,
        format: Format,
        values: &Values,
        rows: Rows,
    ) -> Result<Self, Error> {
        let proof = clip.show(version, values, rows.columns(), format)?;
        Ok(Self { rows, proof })
    }

    #[cfg(test)]
    pub fn for_tests(rows: Rows) -> Self {
        Self {
            rows,
            proof: Visible::for_tests(),
        }
    }

    pub fn columns(&self) -> &[Column] {
        self.rows.columns()
    }

    /// For the store, which shows them to nobody.
    pub fn to_store(&self) -> &Rows {
        &self.rows
    }

    /// Equal for clones of the same rows alone.
    pub fn identity(&self) -> u64 {
        self.rows.identity()
    }

    #[expect(clippy::disallowed_methods, reason = "these rows are visible")]
    pub async fn window(&self, view: &View) -> Result<Window, Error> {
        let window = self.rows.window(view).await;
        window.map_err(|_| Error::internal("a result's rows cannot be read"))
    }

    #[expect(clippy::disallowed_methods, reason = "these rows are visible")]
    pub async fn totals(&self, column: usize, filter: Option<&str>) -> Result<Totals, Error> {
        let totals = self.rows.totals(column, filter).await;
        totals.map_err(|_| Error::internal("a result's rows cannot be read"))
    }

    /// The selected rows, and what is known of them instead of the whole result.
    #[expect(clippy::disallowed_methods, reason = "these rows are visible")]
    pub async fn select(
        &self,
        selection: &Selection,
        summary: Summary,
        memory: &Memory,
    ) -> Result<VisibleResult, Error> {
        let selected = self.rows.select(selection, summary.truncated, memory).await;
        let (rows, checksum) =
            selected.map_err(|_| Error::internal("a result's rows cannot be read"))?;
        Ok(VisibleResult {
            summary: Summary {
                rows: rows.rows_so_far(),
                checksum,
                ..summary
            },
            rows: VisibleRows {
                rows,
                proof: self.proof,
            },
        })
    }

    /// Whole columns, each as a JSON array of texts.
    #[expect(clippy::disallowed_methods, reason = "these rows are visible")]
    pub async fn columns_as_json(
        &self,
        indexes: &[usize],
        memory: &Memory,
    ) -> Result<Vec<Spool>, Error> {
        let spools = encode::write_columns(&self.rows, indexes, memory).await;
        spools.map_err(|_| Error::internal("a result's rows cannot be read"))
    }

    /// All rows in one format, once `outcome` has resolved to the end of the run that returns them.
    #[expect(clippy::disallowed_methods, reason = "these rows are visible")]
    pub async fn encode<E>(
        self,
        format: Format,
        options: Options,
        caption: Caption,
        coding: Coding,
        outcome: impl Future<Output = Result<Summary, E>>,
        memory: &Memory,
    ) -> Result<(Spool, Summary), encode::Failure<E>> {
        encode::produce(self.rows, format, options, caption, coding, outcome, memory).await
    }
}

impl VisibleResult {
    /// What a viewer's own query returned.
    pub fn preview(database: &Queryable<Database>, rows: Rows, summary: Summary) -> Self {
        let rows = VisibleRows {
            rows,
            proof: database.show(),
        };
        Self { summary, rows }
    }

    /// See [`VisibleRows::open`].
    pub fn open(
        clip: &Readable<Clip>,
        version: &Version,
        format: Format,
        result: ResultWithRows,
    ) -> Result<Self, Error> {
        let ResultWithRows {
            result,
            summary,
            rows,
        } = result;
        Ok(Self {
            rows: VisibleRows::open(clip, version, format, &result.values, rows)?,
            summary,
        })
    }
}

/// Describes a result in the headers of a response that shows its rows, and marks that the clip with this number was
/// fetched.
pub fn describe(response: &mut Response, clip: i64, version: i32, summary: &Summary) {
    headers::describe(response.headers_mut(), version, summary);
    response.extensions_mut().insert(Fetched(clip));
}
