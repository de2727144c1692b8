//! A row that spans several pages, of which readers hold one or two at a time.
//!
//! Each of these pages has cells of this row only. A cell that continues on the next page is the last one on its page.

use std::io;
use std::ops::Range;

use super::cell::Cell;
use super::long_cell::{Flow, LongCell};
use crate::result::page::ends::{CONTINUES, place};
use crate::result::page::shared_pages::SharedPages;

#[derive(Debug)]
pub(in crate::result) struct LongRow {
    pages: SharedPages,
    range: Range<usize>,
    columns: usize,
    /// A text of at most this size is passed on whole.
    part_bytes: usize,
}

impl LongRow {
    pub(super) fn new(
        pages: SharedPages,
        range: Range<usize>,
        columns: usize,
        part_bytes: usize,
    ) -> Self {
        Self {
            pages,
            range,
            columns,
            part_bytes,
        }
    }

    /// Passes each cell with its index to `take`, until that breaks off.
    pub(super) fn cells(&self, take: &mut dyn FnMut(usize, Cell<'_>) -> Flow) -> io::Result<()> {
        let mut column = 0;
        let mut index = self.range.start;
        let mut page = self.pages.read(index)?;
        // The end of a cell that began on an earlier page.
        let mut skipped = 0;
        loop {
            let (ends, text) = (page.ends(), page.text());
            let mut start = ends[..skipped].last().map_or(0, |end| place(*end));
            let mut continued = None;
            for end in &ends[skipped..] {
                let flow = if end & CONTINUES == 0 {
                    take(column, Cell::on_page(start, *end, text))?
                } else {
                    let cell = LongCell::new(&self.pages, &text[start..], index);
                    let flow = self.pass_on(&cell, &mut |cell| take(column, cell))?;
                    if column + 1 < self.columns && flow.is_continue() {
                        continued = Some(cell.last_page()?);
                    }
                    flow
                };
                column += 1;
                if flow.is_break() || column == self.columns {
                    return Ok(());
                }
                start = place(*end);
            }
            (index, page, skipped) = match continued {
                Some((index, page)) => (index, page, 1),
                None => (index + 1, self.pages.read(index + 1)?, 0),
            };
        }
    }

    /// A text that merely lies across the end of a page is joined: only a long one is worth the effort.
    fn pass_on(&self, cell: &LongCell<'_>, take: &mut dyn FnMut(Cell<'_>) -> Flow) -> Flow {
        let bytes_max = self.part_bytes;
        let text = cell.beginning(bytes_max.saturating_add(4))?;
        match text.len() <= bytes_max {
            true => take(Cell::Text(&text)),
            false => {
                drop(text);
                take(Cell::Long(cell))
            }
        }
    }
}

#[cfg(test)]
mod tests;
