//! A row that spans several pages, of which readers hold one or two at a time.
//!
//! Each of these pages has cells of this row only. A cell that continues on the next page is the last one on its page.

use std::cell::RefCell;
use std::io;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::page::{CONTINUES, Page, place};
use super::{Cell, Rows};

#[derive(Debug)]
pub(super) struct LongRow {
    rows: Rows,
    pages: Range<usize>,
}

/// A text that spans pages. May be read any number of times.
pub struct LongCell<'a> {
    rows: &'a Rows,
    /// Its part on its first page, which has this index.
    first: &'a str,
    index: usize,
    /// Its last page, once that has been read.
    last: RefCell<Option<(usize, Arc<Page>)>>,
}

type Flow = io::Result<ControlFlow<()>>;

impl LongRow {
    pub(super) fn new(rows: Rows, pages: Range<usize>) -> Self {
        Self { rows, pages }
    }

    /// Passes each cell with its index to `take`, until that breaks off.
    pub(super) fn cells(&self, take: &mut dyn FnMut(usize, Cell<'_>) -> Flow) -> io::Result<()> {
        let columns = self.rows.columns().len();
        let mut column = 0;
        let mut index = self.pages.start;
        let mut page = self.rows.read_page(index)?;
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
                    let cell = LongCell::new(&self.rows, &text[start..], index);
                    let flow = cell.pass_on(&mut |cell| take(column, cell))?;
                    if column + 1 < columns && flow.is_continue() {
                        continued = Some(cell.last_page()?);
                    }
                    flow
                };
                column += 1;
                if flow.is_break() || column == columns {
                    return Ok(());
                }
                start = place(*end);
            }
            (index, page, skipped) = match continued {
                Some((index, page)) => (index, page, 1),
                None => (index + 1, self.rows.read_page(index + 1)?, 0),
            };
        }
    }
}

impl<'a> LongCell<'a> {
    fn new(rows: &'a Rows, first: &'a str, index: usize) -> Self {
        Self {
            rows,
            first,
            index,
            last: RefCell::default(),
        }
    }

    /// As much of the text as fits into this many bytes.
    pub fn beginning(&self, bytes_max: usize) -> io::Result<String> {
        let mut beginning = String::new();
        self.parts(&mut |part| {
            let end = part.floor_char_boundary(bytes_max - beginning.len());
            beginning.push_str(&part[..end]);
            Ok(match end == part.len() {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        })?;
        Ok(beginning)
    }

    /// Whether some part of the text passes.
    pub fn any(&self, mut passes: impl FnMut(&str) -> bool) -> io::Result<bool> {
        let mut is_found = false;
        self.parts(&mut |part| {
            is_found = passes(part);
            Ok(match is_found {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })?;
        Ok(is_found)
    }

    /// Passes the part on each page to `take`, until that breaks off.
    pub(super) fn parts(&self, take: &mut dyn FnMut(&str) -> Flow) -> io::Result<()> {
        let mut flow = take(self.first)?;
        for index in self.index + 1.. {
            if flow.is_break() {
                break;
            }
            let page = self.rows.read_page(index)?;
            let end = *page.ends().first().ok_or(io::ErrorKind::InvalidData)?;
            flow = take(&page.text()[..place(end)])?;
            if end & CONTINUES == 0 {
                self.last.replace(Some((index, page)));
                break;
            }
        }
        Ok(())
    }

    /// A text that merely lies across the end of a page is joined: only a long one is worth the effort.
    fn pass_on(&self, take: &mut dyn FnMut(Cell<'_>) -> Flow) -> Flow {
        let bytes_max = self.rows.part_bytes();
        let text = self.beginning(bytes_max.saturating_add(4))?;
        match text.len() <= bytes_max {
            true => take(Cell::Text(&text)),
            false => {
                drop(text);
                take(Cell::Long(self))
            }
        }
    }

    fn last_page(&self) -> io::Result<(usize, Arc<Page>)> {
        if self.last.borrow().is_none() {
            self.parts(&mut |_| Ok(ControlFlow::Continue(())))?;
        }
        Ok(self.last.take().ok_or(io::ErrorKind::InvalidData)?)
    }
}

#[cfg(test)]
mod tests;
