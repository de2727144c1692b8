//! Stores a backup, batch by batch. A clip is stored with all that belongs to it or not at all, so that an import that was
//! stopped is completed by running it again.

use std::collections::HashSet;

use deadpool_postgres::Transaction;
use futures_util::future::try_join_all;
use thiserror::Error;
use tokio::sync::mpsc::Receiver;
use tokio::task::spawn_blocking;

use super::batches::{Batch, Batches};
use super::read_clip::{ReadClip, ReadResult};
use super::source::Source;
use super::{FORMAT, FORMATS_READ, Head, clips, pages};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::clip::adoption::adopt_sample_clips;
use crate::model::{SecretKey, What};
use crate::result::Spool;
use crate::store::Store;

/// The words of all clips of a batch go into the search indexes together, which takes a tenth of the time, as long as there is
/// room for them (4 MB by default). Nobody else sees the settings: they are back before the transaction ends.
const COLLECT_WORDS: &str = "
    set local gin_pending_list_limit = '64MB';
    set local work_mem = '64MB';
    alter index clips_search set (fastupdate = on);
    alter index versions_search set (fastupdate = on)";
const INDEX_WORDS: &str = "
    select gin_clean_pending_list('clips_search'), gin_clean_pending_list('versions_search');
    alter index clips_search set (fastupdate = off);
    alter index versions_search set (fastupdate = off)";

/// What an import did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub clips: usize,
    /// Clips that existed already, and were left as they are.
    pub known: usize,
}

#[derive(Debug, Error)]
pub enum ImportError {
    #[error("{why}{}", .imported.advice())]
    Stopped { why: String, imported: Imported },
    #[error(transparent)]
    Store(#[from] Error),
}

/// Adds everything that does not exist yet. The URLs must have been sealed with this key.
pub async fn import(
    store: &Store,
    key: &SecretKey,
    source: Source,
) -> Result<Imported, ImportError> {
    let (mut batches, mut receiver) = Batches::new();
    let reading = spawn_blocking(move || {
        source.read(&mut batches)?;
        batches.finish()
    });
    let mut imported = Imported::default();
    let stored = restore_all(store, key, &mut receiver, &mut imported).await;
    // Whoever reads would wait for it.
    drop(receiver);
    let why = match stored {
        Err(error) => error.cause(),
        Ok(()) => match reading.await.map_err(Error::internal)? {
            Ok(()) => return Ok(imported),
            Err(why) => why,
        },
    };
    Err(ImportError::Stopped { why, imported })
}

impl Imported {
    fn advice(&self) -> String {
        match self.clips {
            0 => String::new(),
            clips => format!(
                " {clips} clips were imported before that; running the import again goes on after them."
            ),
        }
    }
}

async fn restore_all(
    store: &Store,
    key: &SecretKey,
    batches: &mut Receiver<Batch>,
    imported: &mut Imported,
) -> Result<(), Error> {
    let mut client = store.patient_client().await?;
    let mut databases = HashSet::new();
    while let Some(batch) = batches.recv().await {
        if let Some(head) = &batch.head {
            head.check()?;
            databases = head.database_names();
        }
        if !batch.clips.iter().all(|clip| clip.is_sound(&databases)) {
            return Err(Error::BadRequest(
                "The backup is damaged: a clip lacks a valid slug, a version or its database, or a grant, chart or result cannot be read."
                    .to_owned(),
            ));
        }
        batch.clips.iter().try_for_each(|read| read.clip.check())?;
        let transaction = client.transaction().await?;
        transaction.batch_execute(COLLECT_WORDS).await?;
        let new = batch.restore(&transaction, key).await?;
        transaction.batch_execute(INDEX_WORDS).await?;
        let known = batch.clips.len() - new;
        let detail = format!("{new} clips; {known} already existed");
        let note = Note::new(What::StoreImported).detail(&detail);
        note.write(&transaction).await?;
        transaction.commit().await?;
        imported.clips += new;
        imported.known += known;
    }
    let transaction = client.transaction().await?;
    adopt_sample_clips(&transaction).await?;
    Ok(transaction.commit().await?)
}

impl Head {
    fn check(&self) -> Result<(), Error> {
        match FORMATS_READ.contains(&self.format) {
            true => Ok(()),
            false => Err(Error::BadRequest(format!(
                "This backup has format {}; this version of Dataclips reads format {FORMAT} and older ones.",
                self.format
            ))),
        }
    }

    fn database_names(&self) -> HashSet<String> {
        let databases = self.databases.iter();
        databases.map(|database| database.name.clone()).collect()
    }

    async fn restore(&self, transaction: &Transaction<'_>, key: &SecretKey) -> Result<(), Error> {
        for user in &self.users {
            user.restore(transaction).await?;
        }
        for database in &self.databases {
            database.restore(transaction, key).await?;
        }
        Ok(())
    }
}

impl Batch {
    /// Returns how many of its clips are new. Sends the statements of all clips without waiting for each.
    async fn restore(
        &self,
        transaction: &Transaction<'_>,
        key: &SecretKey,
    ) -> Result<usize, Error> {
        if let Some(head) = &self.head {
            head.restore(transaction, key).await?;
        }
        let inserting = self.clips.iter().map(|read| read.clip.insert(transaction));
        let ids = try_join_all(inserting).await?;
        let new: Vec<(i64, &ReadClip)> = ids
            .into_iter()
            .zip(&self.clips)
            .filter_map(|(id, read)| Some((id?, read)))
            .collect();
        let clips: Vec<_> = new.iter().map(|(id, read)| (*id, &read.clip)).collect();
        clips::restore_versions(transaction, &clips).await?;
        try_join_all(
            new.iter()
                .map(|(id, read)| read.restore_rest(transaction, *id)),
        )
        .await?;
        Ok(new.len())
    }
}

impl ReadClip {
    fn is_sound(&self, databases: &HashSet<String>) -> bool {
        let pins = self
            .results
            .iter()
            .filter(|read| read.result.pinned_at.is_some());
        let mut numbers = HashSet::new();
        self.clip.is_sound(databases)
            && pins.count() <= 1
            && self.results.iter().all(|read| {
                read.is_sound()
                    && self.clip.has_version(read.result.version)
                    && numbers.insert((read.result.version, read.result.result))
            })
    }

    async fn restore_rest(&self, transaction: &Transaction<'_>, id: i64) -> Result<(), Error> {
        self.clip.restore_rest(transaction, id).await?;
        for result in &self.results {
            result.restore(transaction, id, &self.spool).await?;
        }
        Ok(())
    }
}

impl ReadResult {
    fn is_sound(&self) -> bool {
        let has_rows = self.result.has_rows;
        let rows = self.result.rows.filter(|_| has_rows).unwrap_or(0);
        self.result.is_sound()
            && (has_rows || self.result.pinned_at.is_none())
            && pages::are_sound(&self.pages, rows)
    }

    async fn restore(
        &self,
        transaction: &Transaction<'_>,
        clip: i64,
        spool: &Spool,
    ) -> Result<(), Error> {
        let lengths = self
            .pages
            .iter()
            .map(|page| page.bytes.end - page.bytes.start);
        let bytes = lengths.sum::<u64>() as i64;
        let id = self.result.restore(transaction, clip, bytes).await?;
        for (number, page) in (0_i32..).zip(&self.pages) {
            page.restore(transaction, spool, id, number).await?;
        }
        self.result.restore_pin(transaction, clip, id).await
    }
}
