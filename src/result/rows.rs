//! The rows of a result, appended by one run and followed by any number of readers while they arrive.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;

use super::page::shared_pages::SharedPages;
use super::writer::Progress;
use super::{Batch, Column, KeptPage, Memory, Writer};

/// Of a row with more text than this, no page and no reader holds more. Part of the checksum's definition, too.
const PART_BYTES: usize = 1 << 20;

/// One result is compressed at a time: no request waits for it.
static COMPRESSING: Semaphore = Semaphore::const_new(1);

/// A handle to read with. Clones share the same pages.
#[derive(Clone, Debug)]
pub struct Rows {
    columns: Arc<[Column]>,
    pub(super) part_bytes: usize,
    pages: SharedPages,
    so_far: Arc<AtomicU64>,
    progress: watch::Receiver<Progress>,
}

/// Stored rows that are being loaded page by page.
pub struct Restoring {
    columns: Arc<[Column]>,
    pages: SharedPages,
}

/// The run ended before all rows arrived; the reason is in the run.
#[derive(Debug)]
pub struct Interrupted;

impl Rows {
    pub fn new(columns: Vec<Column>, memory: &Memory) -> (Writer, Rows) {
        Self::with_parts(columns, memory, PART_BYTES)
    }

    /// A row with more text than this is spread over several pages.
    pub(crate) fn with_parts(
        columns: Vec<Column>,
        memory: &Memory,
        part_bytes: usize,
    ) -> (Writer, Rows) {
        let (sender, receiver) = watch::channel(Progress::default());
        let pages = SharedPages::new(memory);
        let so_far = Arc::new(AtomicU64::new(0));
        let writer = Writer::new(&columns, part_bytes, so_far.clone(), pages.clone(), sender);
        let rows = Rows {
            columns: columns.into(),
            part_bytes,
            pages,
            so_far,
            progress: receiver,
        };
        (writer, rows)
    }

    /// Loads stored rows page by page.
    pub fn restore(columns: Vec<Column>, memory: &Memory) -> Restoring {
        Restoring {
            columns: columns.into(),
            pages: SharedPages::new(memory),
        }
    }

    /// Identifies these rows and their clones among all that this process has had.
    pub fn identity(&self) -> u64 {
        self.pages.identity()
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number of rows appended so far, including those of the open page. Does not wait.
    pub fn rows_so_far(&self) -> u64 {
        self.so_far.load(Ordering::Relaxed)
    }

    /// The current size of all pages: compressed, except for those that wait for compression.
    pub fn bytes(&self) -> u64 {
        self.pages.lock().bytes()
    }

    /// The batch that begins on the page with this index: 0, or [`Batch::next`] of the one before. Waits until it has
    /// arrived. `None` after the last one.
    pub async fn batch(&self, index: usize) -> Result<Option<Batch>, Interrupted> {
        let before = index
            .checked_sub(1)
            .and_then(|before| self.pages.lock().ends().get(before).copied());
        self.progress
            .clone()
            .wait_for(|progress| progress.finished || progress.rows > before.unwrap_or(0))
            .await
            .map_err(|_| Interrupted)?;
        self.read_batch(index)
    }

    /// Compresses the pages that wait for it, once the run has ended. Slow; does not block readers.
    pub async fn compress(&self) -> io::Result<()> {
        let _turn = COMPRESSING.acquire().await.map_err(io::Error::other)?;
        let pages = self.pages.clone();
        let compressed = spawn_blocking(move || pages.compress());
        compressed.await.map_err(io::Error::other)?
    }

    /// A page in the form in which it is stored, once the run has finished. `None` after the last one. May read from a
    /// file.
    pub fn kept_page(&self, index: usize) -> io::Result<Option<KeptPage>> {
        self.pages.kept(index)
    }

    /// Whether rows of another database have the same columns and texts, once both runs have finished. Checksums differ for types
    /// that are not PostgreSQL's own, since those have other numbers there. May read from files.
    pub async fn are_same_elsewhere(&self, other: &Self) -> Result<bool, Interrupted> {
        let columns = self.columns.iter().zip(other.columns.iter());
        if self.columns.len() != other.columns.len()
            || !columns
                .into_iter()
                .all(|(own, others)| own.is_same_elsewhere(others))
        {
            return Ok(false);
        }
        self.finished().await?;
        other.finished().await?;
        let (own, others) = (self.pages.clone(), other.pages.clone());
        let compared = spawn_blocking(move || own.is_equal(&others));
        Ok(compared.await.map_err(io::Error::other)??)
    }

    /// Waits until the run has finished; fails if it was interrupted.
    pub(super) async fn finished(&self) -> Result<(), Interrupted> {
        self.progress
            .clone()
            .wait_for(|progress| progress.finished)
            .await
            .map_err(|_| Interrupted)?;
        Ok(())
    }

    /// The number of rows up to the end of each page so far.
    pub(super) fn page_ends(&self) -> Vec<u64> {
        self.pages.lock().ends().to_vec()
    }

    /// The index of the first page of the batch with this row, and the number of rows before it.
    pub(super) fn batch_of(&self, row: u64) -> (usize, u64) {
        self.pages.lock().batch_of(row)
    }

    /// The same as [`Rows::batch`], without waiting. May read from a file.
    pub(super) fn read_batch(&self, index: usize) -> Result<Option<Batch>, Interrupted> {
        let columns = self.columns.len();
        Ok(Batch::read(&self.pages, columns, self.part_bytes, index)?)
    }
}

impl From<io::Error> for Interrupted {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl From<Interrupted> for io::Error {
    fn from(_: Interrupted) -> Self {
        Self::other("the rows cannot be read")
    }
}

impl Restoring {
    /// Appends the next page. May write to a file.
    pub fn append(&mut self, page: KeptPage) -> io::Result<()> {
        self.pages.append_kept(page)
    }

    pub fn finish(self) -> Rows {
        let rows = self.pages.lock().ends().last().copied().unwrap_or(0);
        let progress = Progress {
            rows,
            finished: true,
        };
        Rows {
            columns: self.columns,
            part_bytes: PART_BYTES,
            pages: self.pages,
            so_far: Arc::new(AtomicU64::new(rows)),
            progress: watch::channel(progress).1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_before_their_page_is_closed() {
        let (mut writer, rows) = Rows::new(vec![column()], &Memory::new(1 << 20));
        for count in 1..=3 {
            writer.append([None].into_iter()).unwrap();
            assert_eq!(rows.rows_so_far(), count);
        }
        assert!(rows.page_ends().is_empty());
        writer.finish(None).unwrap();
        assert_eq!(rows.rows_so_far(), 3);
    }

    #[tokio::test]
    async fn rows_of_another_database_are_compared_by_their_texts() {
        let rows = |type_oid, cells: &[Option<&str>]| {
            let column = Column {
                type_oid,
                type_name: "mood".to_owned(),
                ..column()
            };
            let (mut writer, rows) = Rows::new(vec![column], &Memory::new(1 << 20));
            for cell in cells {
                writer.append([*cell].into_iter()).unwrap();
            }
            writer.finish(None).unwrap();
            rows
        };
        let here = rows(20_000, &[Some("glad"), None]);
        for (there, is_same) in [
            (rows(30_000, &[Some("glad"), None]), true),
            (rows(30_000, &[None, Some("glad")]), false),
            (rows(30_000, &[Some("glad"), Some("")]), false),
            (rows(30_000, &[Some("glad")]), false),
            (rows(30_000, &[]), false),
        ] {
            assert_eq!(here.are_same_elsewhere(&there).await.unwrap(), is_same);
        }
    }

    fn column() -> Column {
        Column {
            name: "a".to_owned(),
            type_oid: 25,
            type_name: "text".to_owned(),
            element_oid: None,
            ..Column::default()
        }
    }
}
