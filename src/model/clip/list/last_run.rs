//! A clip's last run, as a list shows it. For a pinned clip, it is the run that it is pinned to.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::error::Error;
use crate::store::Store;

/// The last run of a clip.
#[derive(Clone, Copy, Debug)]
pub struct LastRun {
    /// When it ended, or when an equal one last did.
    pub at: Timestamp,
    /// `None`: it failed.
    pub rows: Option<i64>,
}

/// In SQL: a column of the last run of the row's clip.
macro_rules! of_last_run {
    ($column:literal, $none:literal) => {
        concat!(
            "coalesce((
                select ",
            $column,
            " from results
                where results.clip_id = clips.id
                and not exists (
                    select from clip_pins
                    where clip_pins.clip_id = clips.id and clip_pins.result_id <> results.id
                )
                order by results.version desc, results.number desc
                limit 1
            ), ",
            $none,
            ")"
        )
    };
}

/// -1 where there are none.
pub(super) const ROWS: &str = of_last_run!("row_count", "-1");
/// The epoch if the clip never ran.
pub(super) const CHECKED_AT: &str = of_last_run!("checked_at", "timestamptz 'epoch'");

impl LastRun {
    /// The last runs of these clips, by the clips' numbers. Clips that never ran have none.
    pub async fn find_many(store: &Store, numbers: &[i64]) -> Result<HashMap<i64, Self>, Error> {
        let client = store.client().await?;
        let sql = format!(
            "select id, {ROWS} as rows, {CHECKED_AT} as at
             from clips
             where id = any ($1) and exists (select from results where clip_id = clips.id)"
        );
        let rows = client.query(&sql, &[&numbers]).await?;
        let runs = rows.iter().map(|row| {
            let rows = Some(row.get("rows")).filter(|rows| *rows >= 0);
            let at = row.get("at");
            (row.get("id"), Self { at, rows })
        });
        Ok(runs.collect())
    }
}
