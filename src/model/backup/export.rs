//! Writes a backup, clip by clip.

use std::io::{self, Write};
use std::pin::pin;

use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;
use serde::Serialize;
use thiserror::Error;

use super::clips::{self, ClipRecord};
use super::pages::{self, PageRecord};
use super::results::{self, KeptResults, ResultRecord};
use super::target::Target;
use super::{FORMAT, Head, databases, users};
use crate::error::Error;
use crate::store::Store;

/// How many clips are read at once.
const CLIPS: i64 = 200;
/// The same where each may have a long history.
const CLIPS_WITH_HISTORY: i64 = 20;

/// What an export wrote.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Exported {
    pub clips: usize,
    pub results: usize,
}

#[derive(Debug, Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] Error),
    #[error("The backup cannot be written: {0}.")]
    Write(#[from] io::Error),
}

/// Writes one consistent snapshot of the store.
pub async fn export(
    store: &Store,
    kept: KeptResults,
    target: &mut impl Target,
) -> Result<Exported, ExportError> {
    let mut client = store.patient_client().await?;
    let transaction = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(Error::from)?;
    let head = Head {
        format: FORMAT,
        users: users::take(&transaction).await?,
        databases: databases::take(&transaction).await?,
    };
    target.begin(&open_object(&head)?)?;
    let exported = export_clips(&transaction, kept, target).await?;
    target.finish()?;
    Ok(exported)
}

async fn export_clips(
    transaction: &Transaction<'_>,
    kept: KeptResults,
    target: &mut impl Target,
) -> Result<Exported, ExportError> {
    let mut exported = Exported::default();
    let mut last = 0;
    let count = match kept {
        KeptResults::All => CLIPS_WITH_HISTORY,
        KeptResults::Pinned | KeptResults::None => CLIPS,
    };
    loop {
        let clips = clips::take(transaction, last, count).await?;
        let ids: Vec<i64> = clips.iter().map(|(id, _)| *id).collect();
        let Some(newest) = ids.last() else {
            return Ok(exported);
        };
        last = *newest;
        let mut results = results::take(transaction, &ids, kept).await?;
        for (id, clip) in &clips {
            let results = results.remove(id).unwrap_or_default();
            exported.clips += 1;
            exported.results += results.len();
            export_clip(transaction, clip, &results, target).await?;
        }
    }
}

async fn export_clip(
    transaction: &Transaction<'_>,
    clip: &ClipRecord,
    results: &[(i64, ResultRecord)],
    target: &mut impl Target,
) -> Result<(), ExportError> {
    let writer = target.begin_clip(&clip.slug)?;
    writer.write_all(&open_object(clip)?)?;
    let (pinned, others): (Vec<_>, Vec<_>) = results
        .iter()
        .partition(|(_, result)| result.pinned_at.is_some());
    for (id, result) in pinned {
        writer.write_all(b",\n  \"pin\": ")?;
        export_result(transaction, *id, result, writer).await?;
    }
    if !others.is_empty() {
        let mut separator: &[u8] = b",\n  \"results\": [\n";
        for (id, result) in others {
            writer.write_all(separator)?;
            export_result(transaction, *id, result, writer).await?;
            separator = b",\n";
        }
        writer.write_all(b"]")?;
    }
    writer.write_all(b"\n}")?;
    Ok(target.finish_clip()?)
}

async fn export_result(
    transaction: &Transaction<'_>,
    id: i64,
    result: &ResultRecord,
    writer: &mut dyn Write,
) -> Result<(), ExportError> {
    writer.write_all(&open_object(result)?)?;
    writer.write_all(b",\n  \"pages\": [")?;
    let mut pages = pin!(pages::take(transaction, id).await?);
    let mut separator: &[u8] = b"\n";
    while let Some(row) = pages.try_next().await.map_err(Error::from)? {
        writer.write_all(separator)?;
        writer.write_all(&serde_json::to_vec(&PageRecord::new(&row)).map_err(io::Error::from)?)?;
        separator = b",\n";
    }
    Ok(writer.write_all(b"]\n}")?)
}

/// The record as JSON without its closing brace, for more to follow.
fn open_object(record: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(record)?;
    json.truncate(json.len() - b"\n}".len());
    Ok(json)
}
