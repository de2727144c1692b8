//! The charts of the clips.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;

use crate::error::Error;
use crate::model::{Chart, ChartKind, ChartLook, Opening, Stacking};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ChartRecord {
    kind: String,
    x: Option<String>,
    y: Vec<String>,
    series: Option<String>,
    stacked: bool,
    #[serde(default, skip_serializing_if = "ChartLook::is_plain")]
    look: ChartLook,
    opens_first: bool,
    kept_by: Option<String>,
    kept_at: Timestamp,
}

/// By the clip's number.
pub(super) async fn take(
    transaction: &Transaction<'_>,
    clips: &[i64],
) -> Result<HashMap<i64, ChartRecord>, Error> {
    let select = transaction
        .prepare_cached(
            "select charts.*, users.email as kept_by
             from charts
             left join users on users.id = charts.user_id
             where clip_id = any ($1)",
        )
        .await?;
    let rows = transaction.query(&select, &[&clips]).await?;
    let charts = rows.iter().map(|row| {
        let chart = ChartRecord {
            kind: row.get("kind"),
            x: row.get("x"),
            y: row.get("y"),
            series: row.get("series"),
            stacked: row.get("is_stacked"),
            look: row.get::<_, Json<ChartLook>>("look").0,
            opens_first: row.get("opens_first"),
            kept_by: row.get("kept_by"),
            kept_at: row.get("updated_at"),
        };
        (row.get("clip_id"), chart)
    });
    Ok(charts.collect())
}

impl ChartRecord {
    pub(super) fn is_sound(&self) -> bool {
        let chart = ChartKind::parse(&self.kind).map(|kind| Chart {
            kind,
            x: self.x.clone(),
            y: self.y.clone(),
            series: self.series.clone(),
            stacking: Stacking::new(self.stacked),
            look: self.look.clone(),
            opening: Opening::new(self.opens_first),
        });
        chart.is_some_and(|chart| chart.check().is_ok())
    }

    pub(super) async fn restore(
        &self,
        transaction: &Transaction<'_>,
        clip_id: i64,
    ) -> Result<(), Error> {
        transaction
            .execute(
                "insert into charts (clip_id, kind, x, y, series, is_stacked, look, opens_first, user_id, updated_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, (select id from users where email = $9), $10)",
                &[
                    &clip_id,
                    &self.kind,
                    &self.x,
                    &self.y,
                    &self.series,
                    &self.stacked,
                    &Json(&self.look),
                    &self.opens_first,
                    &self.kept_by,
                    &self.kept_at,
                ],
            )
            .await?;
        Ok(())
    }
}
