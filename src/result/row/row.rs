//! A row, as readers see it: on one page, or on several.

use std::io;
use std::ops::ControlFlow;

use super::cell::Cell;
use super::long_row::LongRow;
use crate::result::page::ends::place;

/// As many cells as the result has columns.
#[derive(Clone, Copy)]
pub struct Row<'a>(Place<'a>);

#[derive(Clone, Copy)]
enum Place<'a> {
    OnPage {
        start: usize,
        ends: &'a [u32],
        text: &'a str,
    },
    OnPages(&'a LongRow),
}

impl<'a> Row<'a> {
    pub(super) fn on_page(start: usize, ends: &'a [u32], text: &'a str) -> Self {
        Self(Place::OnPage { start, ends, text })
    }

    pub(super) fn on_pages(row: &'a LongRow) -> Self {
        Self(Place::OnPages(row))
    }

    /// Passes each cell with its index to `take`, in order. Holds one page at a time, and may read it from a file.
    pub fn cells(self, mut take: impl FnMut(usize, Cell<'_>) -> io::Result<()>) -> io::Result<()> {
        match self.0 {
            Place::OnPage {
                mut start,
                ends,
                text,
            } => {
                for (index, end) in ends.iter().enumerate() {
                    take(index, Cell::on_page(start, *end, text))?;
                    start = place(*end);
                }
                Ok(())
            }
            Place::OnPages(row) => row.cells(&mut |index, cell| {
                take(index, cell)?;
                Ok(ControlFlow::Continue(()))
            }),
        }
    }

    /// Passes one cell to `take`; `None` if there is no such column.
    pub fn cell<T>(
        self,
        index: usize,
        mut take: impl FnMut(Cell<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        match self.0 {
            Place::OnPage { start, ends, text } => {
                let Some(end) = ends.get(index) else {
                    return Ok(None);
                };
                let before = index.checked_sub(1).map(|before| place(ends[before]));
                take(Cell::on_page(before.unwrap_or(start), *end, text)).map(Some)
            }
            Place::OnPages(row) => {
                let mut taken = None;
                row.cells(&mut |at, cell| {
                    if at < index {
                        return Ok(ControlFlow::Continue(()));
                    }
                    taken = Some(take(cell)?);
                    Ok(ControlFlow::Break(()))
                })?;
                Ok(taken)
            }
        }
    }
}
