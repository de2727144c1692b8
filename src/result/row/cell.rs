//! One cell of a row.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;

use super::long_cell::LongCell;
use crate::result::page::ends::{NULL, place};

/// A long text is passed on in pieces of at most this size.
const PIECE_BYTES: usize = 64 << 10;

#[derive(Clone, Copy)]
pub enum Cell<'a> {
    Null,
    Text(&'a str),
    /// A text of more than a mebibyte, in a row that spans several pages.
    Long(&'a LongCell<'a>),
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
