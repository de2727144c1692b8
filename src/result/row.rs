//! A row and its cells, as readers see them: on one page, or on several.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;

use super::long_row::{LongCell, LongRow};
use super::page::{NULL, place};

/// A long text is passed on in pieces of at most this size.
const PIECE_BYTES: usize = 64 << 10;

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

/// One cell of a row.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    Null,
    Text(&'a str),
    /// A text of more than a mebibyte, in a row that spans several pages.
    Long(&'a LongCell<'a>),
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

impl<'a> Cell<'a> {
    pub(super) fn on_page(start: usize, end: u32, text: &'a str) -> Self {
        match end & NULL {
            0 => Self::Text(&text[start..place(end)]),
            _ => Self::Null,
        }
    }

    /// Passes the text to `take` in pieces, which end between characters. There are none for NULL and the empty text.
    pub fn pieces(self, mut take: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) if text.len() <= PIECE_BYTES => take(text),
            Self::Text(text) => pieces(text).try_for_each(take),
            Self::Long(long) => long.parts(&mut |part| {
                pieces(part).try_for_each(&mut take)?;
                Ok(ControlFlow::Continue(()))
            }),
        }
    }

    /// The text, or of a long one about this many bytes; `None` is NULL.
    pub fn beginning(self, bytes: usize) -> io::Result<Option<Cow<'a, str>>> {
        Ok(match self {
            Self::Null => None,
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Long(long) => Some(Cow::Owned(long.beginning(bytes)?)),
        })
    }
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, later) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        rest = later;
        (!piece.is_empty()).then_some(piece)
    })
}
