//! The pages of a result, shared by the run that closes them and all readers.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use zstd::bulk::Compressor;
use zstd::zstd_safe;

use super::page::Page;
use super::pages::{Pages, Place};
use crate::result::space::memory::Memory;

/// The fastest level that still halves ordinary rows.
const ZSTD_LEVEL: i32 = 1;
/// A frame that declares more bytes is not trusted, but decompressed incrementally.
const AT_ONE_GO_BYTES_MAX: u64 = 16 << 20;

#[derive(Clone, Debug)]
pub(in crate::result) struct SharedPages {
    identity: u64,
    pages: Arc<Mutex<Pages>>,
}

/// A page as it is stored outside memory.
#[derive(Clone, Debug)]
pub struct KeptPage {
    /// Compressed.
    pub bytes: Bytes,
    /// The number of rows up to the end of this page.
    pub rows_end: u64,
}

impl SharedPages {
    pub(in crate::result) fn new(memory: &Memory) -> Self {
        static CREATED: AtomicU64 = AtomicU64::new(0);
        Self {
            identity: CREATED.fetch_add(1, Ordering::Relaxed),
            pages: Arc::new(Mutex::new(Pages::new(memory))),
        }
    }

    /// Identifies these pages among all that this process has had.
    pub(in crate::result) fn identity(&self) -> u64 {
        self.identity
    }

    /// Appends a page; compresses it right away if too many pages wait for that. `rows` is the number of rows of the
    /// whole result so far, including this page.
    pub(in crate::result) fn append(&self, page: Page, rows: u64) -> io::Result<()> {
        let appended = self.lock().append_open(page, rows);
        match appended {
            Ok(()) => Ok(()),
            Err(page) => {
                let bytes = compressor()?.compress(&page.to_bytes())?;
                self.lock().append_compressed(bytes, rows)
            }
        }
    }

    pub(in crate::result) fn append_kept(&self, page: KeptPage) -> io::Result<()> {
        self.lock()
            .append_compressed(page.bytes.into(), page.rows_end)
    }

    /// Compresses the pages that wait for it.
    pub(in crate::result) fn compress(&self) -> io::Result<()> {
        let mut compressor = compressor()?;
        for index in 0.. {
            let place = self.lock().place(index);
            match place {
                Some(Place::Open { page, .. }) => {
                    let bytes = compressor.compress(&page.to_bytes())?;
                    self.lock().compressed(index, bytes)?;
                }
                Some(Place::Compressed(_)) => {}
                None => break,
            }
        }
        Ok(())
    }

    /// A page in the form in which it is stored; `None` after the last one. May read from a file.
    pub(in crate::result) fn kept(&self, index: usize) -> io::Result<Option<KeptPage>> {
        let (place, rows_end) = {
            let pages = self.lock();
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

    /// An existing page. May read from a file.
    pub(in crate::result) fn read(&self, index: usize) -> io::Result<Arc<Page>> {
        let place = self.lock().place(index);
        let piece = match place.ok_or(io::ErrorKind::NotFound)? {
            Place::Open { page, .. } => return Ok(page),
            Place::Compressed(piece) => piece,
        };
        let page = Page::from_bytes(decompress(&piece.read()?)?);
        Ok(Arc::new(page.ok_or(io::ErrorKind::InvalidData)?))
    }

    /// Whether others hold the same cells: pages are cut by size alone. May read from files.
    pub(in crate::result) fn is_equal(&self, others: &Self) -> io::Result<bool> {
        let (own, others_ends) = (self.lock().ends().to_vec(), others.lock().ends().to_vec());
        if own != others_ends {
            return Ok(false);
        }
        for index in 0..own.len() {
            if *self.read(index)? != *others.read(index)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A panic while the lock is held leaves the pages consistent: appending changes each list last.
    pub(in crate::result) fn lock(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn compressor() -> io::Result<Compressor<'static>> {
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
