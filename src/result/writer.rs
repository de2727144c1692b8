//! The run's end of a result: cells are pushed as they arrive, and gathered into pages.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::checksum::Hasher;
use super::page::open_page::{NotUtf8, OpenPage};
use super::page::page::Page;
use super::page::shared_pages::SharedPages;
use super::{Checksum, Column, Cut};

/// A page is closed when its text reaches this size. Part of the checksum's definition: see `checksum`.
const PAGE_BYTES: usize = 256 << 10;
/// Likewise for the number of cells: each end takes four bytes.
const PAGE_CELLS: usize = PAGE_BYTES / 4;

/// Appends rows to a result: `begin_row`, its cells in order, `end_row`. If it is dropped before [`Writer::finish`],
/// readers get [`Interrupted`](super::Interrupted).
pub struct Writer {
    open: OpenPage,
    part_bytes: usize,
    /// Whether the current row is spread over several pages.
    is_long: bool,
    hasher: Hasher,
    rows: u64,
    text_bytes: u64,
    so_far: Arc<AtomicU64>,
    pages: SharedPages,
    progress: watch::Sender<Progress>,
}

/// How far a run has come, for those who follow it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Those on closed pages.
    pub(super) rows: u64,
    pub(super) finished: bool,
}

/// Why rows could not be appended. The result cannot be continued.
#[derive(Debug)]
pub enum AppendError {
    /// The disk is full.
    Storage(io::Error),
    /// Some cell of the page is not UTF-8.
    NotUtf8,
}

impl Writer {
    pub(super) fn new(
        columns: &[Column],
        part_bytes: usize,
        so_far: Arc<AtomicU64>,
        pages: SharedPages,
        progress: watch::Sender<Progress>,
    ) -> Self {
        Self {
            open: OpenPage::default(),
            part_bytes,
            is_long: false,
            hasher: Hasher::new(columns),
            rows: 0,
            text_bytes: 0,
            so_far,
            pages,
            progress,
        }
    }

    /// Starts a row whose text has this many bytes in all.
    pub fn begin_row(&mut self, text_bytes: usize) -> Result<(), AppendError> {
        self.text_bytes += text_bytes as u64;
        self.is_long = text_bytes > self.part_bytes;
        if self.is_full() || (self.is_long && !self.open.is_empty()) {
            self.close_page()?;
        }
        self.open.reserve(text_bytes.min(self.part_bytes));
        Ok(())
    }

    pub fn append_null(&mut self) {
        self.open.append_null();
    }

    /// A whole cell.
    pub fn append_cell(&mut self, text: &[u8]) -> Result<(), AppendError> {
        self.append_part(text)?;
        self.end_cell();
        Ok(())
    }

    /// A part of the current cell; UTF-8 characters may be cut anywhere between parts.
    pub fn append_part(&mut self, part: &[u8]) -> Result<(), AppendError> {
        if !self.is_long {
            self.open.append_text(part);
            return Ok(());
        }
        let mut rest = part;
        while !rest.is_empty() {
            let room = self.part_bytes - self.open.text_bytes();
            if room == 0 {
                let page = self.open.close_within_cell()?;
                self.keep(page)?;
            }
            let (now, later) = rest.split_at(rest.len().min(room));
            self.open.append_text(now);
            rest = later;
        }
        Ok(())
    }

    /// Ends the cell whose parts were appended.
    pub fn end_cell(&mut self) {
        self.open.end_cell();
    }

    pub fn end_row(&mut self) -> Result<(), AppendError> {
        self.rows += 1;
        self.so_far.store(self.rows, Ordering::Relaxed);
        match self.is_long {
            true => self.close_page(),
            false => Ok(()),
        }
    }

    /// Appends a whole row.
    pub fn append<'a>(
        &mut self,
        cells: impl Iterator<Item = Option<&'a str>> + Clone,
    ) -> Result<(), AppendError> {
        self.begin_row(cells.clone().flatten().map(str::len).sum())?;
        for cell in cells {
            match cell {
                Some(text) => self.append_cell(text.as_bytes())?,
                None => self.append_null(),
            }
        }
        self.end_row()
    }

    /// Of the text of all rows so far.
    pub fn text_bytes(&self) -> u64 {
        self.text_bytes
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Closes the last page and marks the end for readers.
    pub fn finish(mut self, truncated: Option<Cut>) -> Result<Checksum, AppendError> {
        if !self.open.is_empty() {
            self.close_page()?;
        }
        self.progress
            .send_modify(|progress| progress.finished = true);
        Ok(self.hasher.finish(truncated))
    }

    fn is_full(&self) -> bool {
        self.open.text_bytes() >= PAGE_BYTES || self.open.cells() >= PAGE_CELLS
    }

    fn close_page(&mut self) -> Result<(), AppendError> {
        let page = self.open.close()?;
        Ok(self.keep(page)?)
    }

    fn keep(&mut self, page: Page) -> io::Result<()> {
        self.hasher.update(&page);
        self.pages.append(page, self.rows)?;
        let rows = self.rows;
        self.progress.send_modify(|progress| progress.rows = rows);
        Ok(())
    }
}

impl From<io::Error> for AppendError {
    fn from(error: io::Error) -> Self {
        Self::Storage(error)
    }
}

impl From<NotUtf8> for AppendError {
    fn from(_: NotUtf8) -> Self {
        Self::NotUtf8
    }
}

impl From<AppendError> for io::Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Storage(error) => error,
            AppendError::NotUtf8 => io::ErrorKind::InvalidData.into(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]
mod tests {
    use super::*;
    use crate::result::{Memory, Rows, View};

    fn column() -> Column {
        Column {
            name: "a".to_owned(),
            type_oid: 25,
            type_name: "text".to_owned(),
            element_oid: None,
            ..Column::default()
        }
    }

    #[tokio::test]
    async fn a_row_pushed_in_parts_equals_one_appended_whole() {
        let memory = Memory::new(1 << 20);
        let text = "größe 😀";
        let (mut writer, rows) = Rows::new(vec![column(); 4], &memory);
        writer.begin_row(text.len()).unwrap();
        for byte in text.as_bytes() {
            writer.append_part(&[*byte]).unwrap();
        }
        writer.end_cell();
        writer.append_null();
        writer.append_cell(b"").unwrap();
        writer.end_cell();
        writer.end_row().unwrap();
        assert_eq!((writer.rows(), rows.rows_so_far()), (1, 1));
        let pushed = writer.finish(None).unwrap();

        let (mut writer, appended) = Rows::new(vec![column(); 4], &memory);
        let cells = [Some(text), None, Some(""), Some("")];
        writer.append(cells.into_iter()).unwrap();
        assert_eq!(writer.finish(None).unwrap(), pushed);
        let view = View {
            limit: 1,
            ..View::default()
        };
        let window = rows.window(&view).await.unwrap();
        assert_eq!(window, appended.window(&view).await.unwrap());
        assert_eq!(window.rows[0], cells.map(|cell| cell.map(str::to_owned)));
    }

    #[tokio::test]
    async fn a_window_decodes_only_the_pages_it_shows() {
        let (mut writer, rows) = Rows::new(vec![column()], &Memory::new(1 << 20));
        let long = "x".repeat(PAGE_BYTES);
        writer.append([Some(&long[..])].into_iter()).unwrap();
        writer.close_page().unwrap();
        writer
            .pages
            .lock()
            .append_compressed(b"not a page".to_vec(), 2)
            .unwrap();
        writer.rows = 2;
        writer.append([Some("last")].into_iter()).unwrap();
        writer.finish(None).unwrap();

        let view = |offset| View {
            offset,
            limit: 1,
            ..View::default()
        };
        for (offset, text) in [(0, &long[..]), (2, "last")] {
            let window = rows.window(&view(offset)).await.unwrap();
            assert_eq!(window.rows, [[Some(text.to_owned())]]);
            assert_eq!(window.matching, 3);
        }
        assert!(rows.window(&view(1)).await.is_err());
    }

    #[test]
    fn bytes_that_are_not_utf8_fail_at_the_end_of_their_page() {
        let (a, b) = "é".as_bytes().split_at(1);
        for cells in [&[b"\xff" as &[u8], b"x"], &[a, b], &[b"x", a]] {
            let (mut writer, _) = Rows::new(vec![column(); 2], &Memory::new(1 << 20));
            writer.begin_row(2).unwrap();
            for cell in cells {
                writer.append_cell(cell).unwrap();
            }
            writer.end_row().unwrap();
            let failed = writer.finish(None);
            assert!(matches!(failed, Err(AppendError::NotUtf8)), "{cells:?}");
        }
    }
}
