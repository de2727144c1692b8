//! The rows of a result, appended by one run and followed by any number of readers while they arrive.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use zstd::bulk::Compressor;
use zstd::zstd_safe;

use super::page::Page;
use super::pages::{Pages, Place};
use super::{Batch, Column, Memory, Writer};

/// Of a row with more text than this, no page and no reader holds more. Part of the checksum's definition, too.
const PART_BYTES: usize = 1 << 20;
/// The fastest level that still halves ordinary rows.
const ZSTD_LEVEL: i32 = 1;

/// A frame that declares more bytes is not trusted, but decompressed incrementally.
const AT_ONE_GO_BYTES_MAX: u64 = 16 << 20;

/// One result is compressed at a time: no request waits for it.
static COMPRESSING: Semaphore = Semaphore::const_new(1);

/// A handle to read with. Clones share the same pages.
#[derive(Clone, Debug)]
pub struct Rows {
    columns: Arc<[Column]>,
    pub(super) part_bytes: usize,
    pages: Arc<Mutex<Pages>>,
    so_far: Arc<AtomicU64>,
    progress: watch::Receiver<Progress>,
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

/// A page as it is stored outside memory.
#[derive(Clone, Debug)]
pub struct KeptPage {
    /// Compressed.
    pub bytes: Bytes,
    /// The number of rows up to the end of this page.
    pub rows_end: u64,
}

/// Stored rows that are being loaded page by page.
pub struct Restoring {
    columns: Arc<[Column]>,
    pages: Pages,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Those on closed pages.
    pub(super) rows: u64,
    pub(super) finished: bool,
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
        let pages = Arc::new(Mutex::new(Pages::new(memory)));
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
            pages: Pages::new(memory),
        }
    }

    /// Identifies these rows and their clones among all that are in memory at the same time.
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.pages).addr()
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
        lock(&self.pages).bytes()
    }

    /// The batch that begins on the page with this index: 0, or [`Batch::next`] of the one before. Waits until it has
    /// arrived. `None` after the last one.
    pub async fn batch(&self, index: usize) -> Result<Option<Batch>, Interrupted> {
        let before = index
            .checked_sub(1)
            .and_then(|before| lock(&self.pages).ends().get(before).copied());
        self.progress
            .clone()
            .wait_for(|progress| progress.finished || progress.rows > before.unwrap_or(0))
            .await
            .map_err(|_| Interrupted)?;
        Batch::read(self, index)
    }

    /// Compresses the pages that wait for it, once the run has ended. Slow; does not block readers.
    pub async fn compress(&self) -> io::Result<()> {
        let _turn = COMPRESSING.acquire().await.map_err(io::Error::other)?;
        let rows = self.clone();
        let compressed = spawn_blocking(move || rows.compress_pages());
        compressed.await.map_err(io::Error::other)?
    }

    fn compress_pages(&self) -> io::Result<()> {
        let mut compressor = compressor()?;
        for index in 0.. {
            let place = lock(&self.pages).place(index);
            match place {
                Some(Place::Open { page, .. }) => {
                    let bytes = compressor.compress(&page.to_bytes())?;
                    lock(&self.pages).compressed(index, bytes)?;
                }
                Some(Place::Compressed(_)) => {}
                None => break,
            }
        }
        Ok(())
    }

    /// A page in the form in which it is stored, once the run has finished. `None` after the last one. May read from a
    /// file.
    pub fn kept_page(&self, index: usize) -> io::Result<Option<KeptPage>> {
        let (place, rows_end) = {
            let pages = lock(&self.pages);
            (pages.place(index), pages.ends().get(index).copied())
        };
        let Some((place, rows_end)) = place.zip(rows_end) else {
            return Ok(None);
        };
        let bytes = match place {
            Place::Open { page, .. } => compressor()?.compress(&page.to_bytes())?.into(),
            Place::Compressed(piece) => piece.read()?,
        };
        Ok(Some(KeptPage { bytes, rows_end }))
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
        lock(&self.pages).ends().to_vec()
    }

    pub(super) fn batch_end(&self, start: usize) -> Option<usize> {
        lock(&self.pages).batch_end(start)
    }

    pub(super) fn batch_of(&self, row: u64) -> (usize, u64) {
        lock(&self.pages).batch_of(row)
    }

    pub(super) fn part_bytes(&self) -> usize {
        self.part_bytes
    }

    /// An existing page. May read from a file.
    pub(super) fn read_page(&self, index: usize) -> Result<Arc<Page>, Interrupted> {
        let piece = match lock(&self.pages).place(index).ok_or(Interrupted)? {
            Place::Open { page, .. } => return Ok(page),
            Place::Compressed(piece) => piece,
        };
        let bytes = piece.read().map_err(|_| Interrupted)?;
        let bytes = decompress(&bytes).map_err(|_| Interrupted)?;
        let page = Page::from_bytes(self.columns.len(), bytes);
        page.map(Arc::new).ok_or(Interrupted)
    }
}

impl Restoring {
    /// Appends the next page. May write to a file.
    pub fn append(&mut self, page: KeptPage) -> io::Result<()> {
        self.pages
            .append_compressed(page.bytes.into(), page.rows_end)
    }

    pub fn finish(self) -> Rows {
        let ends = self.pages.ends();
        let rows = ends.last().copied().unwrap_or(0);
        let progress = Progress {
            rows,
            finished: true,
        };
        Rows {
            columns: self.columns,
            part_bytes: PART_BYTES,
            pages: Arc::new(Mutex::new(self.pages)),
            so_far: Arc::new(AtomicU64::new(rows)),
            progress: watch::channel(progress).1,
        }
    }
}

pub(super) fn compressor() -> io::Result<Compressor<'static>> {
    Compressor::new(ZSTD_LEVEL)
}

/// Decompresses in one call if the frame declares the length of its content; frames written by earlier versions do not.
fn decompress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    match zstd_safe::get_frame_content_size(bytes) {
        Ok(Some(length)) if length <= AT_ONE_GO_BYTES_MAX => {
            zstd::bulk::decompress(bytes, length as usize)
        }
        _ => zstd::decode_all(bytes),
    }
}

/// A panic while the lock is held leaves the pages consistent: `append` changes each list last.
pub(super) fn lock(pages: &Mutex<Pages>) -> std::sync::MutexGuard<'_, Pages> {
    pages.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn column() -> Column {
        Column {
            name: "a".to_owned(),
            type_oid: 25,
            type_name: "text".to_owned(),
            element_oid: None,
        }
    }
}
