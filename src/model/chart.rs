//! Charts: how an editor chose to draw a clip's rows.

mod look;
mod picture;
mod proposal;
mod role;

use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::clip::activity::Kind;
use super::{Clip, User};
use crate::error::Error;
use crate::store::Store;
pub use look::{ChartLook, NumberFormat};
pub use picture::Picture;
pub use role::Role;

/// Columns in `y`: more lines or bars could not be distinguished.
pub const CHART_COLUMNS_MAX: usize = 20;
/// PostgreSQL cuts names at 63 bytes; repeated names get a number appended.
const NAME_CHARACTERS_MAX: usize = 100;

/// A chart that is stored with its clip. Columns are identified by their [unique names](crate::result::unique_names).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    pub kind: ChartKind,
    /// `None`: the row's number. A figure has none.
    pub x: Option<String>,
    pub y: Vec<String>,
    /// The column whose values distinguish series. `None`: each column of `y` is a series.
    pub series: Option<String>,
    pub stacking: Stacking,
    pub look: ChartLook,
    pub opening: Opening,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartKind {
    Line,
    Bar,
    Scatter,
    /// A few numbers, written large.
    Figure,
}

/// Whether lines and bars are stacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stacking {
    Apart,
    Stacked,
}

/// What a clip's page shows first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    Table,
    Chart,
}

impl ChartKind {
    pub const ALL: [Self; 4] = [Self::Line, Self::Bar, Self::Scatter, Self::Figure];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Bar => "bar",
            Self::Scatter => "scatter",
            Self::Figure => "figure",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether this kind can be stacked.
    pub fn stacks(self) -> bool {
        match self {
            Self::Line | Self::Bar => true,
            Self::Scatter | Self::Figure => false,
        }
    }
}

impl Stacking {
    pub fn new(is_stacked: bool) -> Self {
        match is_stacked {
            true => Self::Stacked,
            false => Self::Apart,
        }
    }

    pub fn is_stacked(self) -> bool {
        matches!(self, Self::Stacked)
    }
}

impl Opening {
    pub fn new(is_chart_first: bool) -> Self {
        match is_chart_first {
            true => Self::Chart,
            false => Self::Table,
        }
    }

    pub fn is_chart_first(self) -> bool {
        matches!(self, Self::Chart)
    }
}

impl Chart {
    pub async fn find(store: &Store, clip: &Clip) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let row = client
            .query_opt("select * from charts where clip_id = $1", &[&clip.number])
            .await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// Replaces the chart that the clip had.
    pub async fn keep(&self, store: &Store, clip: &Clip, by: &User) -> Result<(), Error> {
        self.check()?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let kept = transaction
            .execute(
                "insert into charts (clip_id, kind, x, y, series, is_stacked, look, opens_first, user_id)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 on conflict (clip_id) do update
                 set kind = excluded.kind, x = excluded.x, y = excluded.y, series = excluded.series,
                     is_stacked = excluded.is_stacked, look = excluded.look, opens_first = excluded.opens_first,
                     user_id = excluded.user_id, updated_at = now()
                 where (charts.kind, charts.x, charts.y, charts.series, charts.is_stacked, charts.look, charts.opens_first)
                     is distinct from
                     (excluded.kind, excluded.x, excluded.y, excluded.series, excluded.is_stacked, excluded.look, excluded.opens_first)",
                &[
                    &clip.number,
                    &self.kind.as_str(),
                    &self.x,
                    &self.y,
                    &self.series,
                    &self.stacking.is_stacked(),
                    &Json(&self.look),
                    &self.opening.is_chart_first(),
                    &by.id,
                ],
            )
            .await?;
        if kept > 0 {
            let detail = self.kind.as_str();
            clip.note(&transaction, by, Kind::Charted, detail).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    pub async fn delete(store: &Store, clip: &Clip, by: &User) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let deleted = transaction
            .execute("delete from charts where clip_id = $1", &[&clip.number])
            .await?;
        if deleted > 0 {
            clip.note(&transaction, by, Kind::Uncharted, "").await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Copies the chart of an origin to its fork, if there is one.
    pub(super) async fn copy(
        transaction: &Transaction<'_>,
        from: i64,
        to: i64,
        by: &User,
    ) -> Result<(), Error> {
        transaction
            .execute(
                "insert into charts (clip_id, kind, x, y, series, is_stacked, look, opens_first, user_id)
                 select $2, kind, x, y, series, is_stacked, look, opens_first, $3
                 from charts
                 where clip_id = $1",
                &[&from, &to, &by.id],
            )
            .await?;
        Ok(())
    }

    /// Whether it could be drawn from rows that have its columns.
    pub fn check(&self) -> Result<(), Error> {
        check_y(&self.y)?;
        let names = self.x.iter().map(|name| ("x", name));
        let names = names.chain(self.y.iter().map(|name| ("y", name)));
        let names = names.chain(self.series.iter().map(|name| ("series", name)));
        for (field, name) in names {
            if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
                return Err(Error::invalid(field, "Give the name of a column."));
            }
        }
        self.look.check(self.stacking)?;
        if self.look != self.look.clone().suited_to(self.kind, self.stacking) {
            return Err(Error::invalid(
                "look",
                "This `look` does not fit the kind of chart: only lines have an `area`, only stacked charts have a `share`, and a figure has none.",
            ));
        }
        let is_alone = self.x.is_none() && self.series.is_none() && !self.stacking.is_stacked();
        if self.kind == ChartKind::Figure && !is_alone {
            return Err(Error::invalid(
                "kind",
                "A figure has only `y`: leave out `x`, `series` and `stacked`.",
            ));
        }
        Ok(())
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            kind: ChartKind::parse(row.get("kind"))
                .ok_or_else(|| Error::internal("a stored chart cannot be read"))?,
            x: row.get("x"),
            y: row.get("y"),
            series: row.get("series"),
            stacking: Stacking::new(row.get("is_stacked")),
            look: row.get::<_, Json<ChartLook>>("look").0,
            opening: Opening::new(row.get("opens_first")),
        })
    }
}

/// Columns by name or by index.
fn check_y<T>(y: &[T]) -> Result<(), Error> {
    match (1..=CHART_COLUMNS_MAX).contains(&y.len()) {
        true => Ok(()),
        false => Err(Error::invalid(
            "y",
            format!("Choose 1 to {CHART_COLUMNS_MAX} columns with numbers."),
        )),
    }
}
