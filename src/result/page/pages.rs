//! The pages of a result, and which rows are on which page.
//!
//! A page is compressed only after the run: while rows arrive the processor has more urgent work, and a result that
//! equals the previous one is never compressed.

use std::io;
use std::sync::Arc;

use super::page::Page;
use crate::result::space::memory::{Memory, WaitingBytes};
use crate::result::space::spool::{Piece, Spool};

/// Pages in the order in which they were closed.
#[derive(Debug)]
pub(in crate::result) struct Pages {
    memory: Memory,
    spool: Spool,
    places: Vec<Place>,
    /// The number of rows up to the end of each page.
    ends: Vec<u64>,
}

/// Where a page is kept. Cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::result) enum Place {
    /// Uncompressed.
    Open {
        page: Arc<Page>,
        _waiting: Arc<WaitingBytes>,
    },
    Compressed(Piece),
}

impl Pages {
    pub(in crate::result) fn new(memory: &Memory) -> Self {
        Self {
            memory: memory.clone(),
            spool: Spool::new(memory),
            places: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Appends a page that will be compressed later; returns it if too many pages are waiting already. `rows` is the
    /// number of rows of the whole result so far, including this page.
    pub(in crate::result) fn append_open(&mut self, page: Page, rows: u64) -> Result<(), Page> {
        let Some(waiting) = self.memory.wait(page.bytes() as u64) else {
            return Err(page);
        };
        self.places.push(Place::Open {
            page: Arc::new(page),
            _waiting: Arc::new(waiting),
        });
        self.ends.push(rows);
        Ok(())
    }

    pub(in crate::result) fn append_compressed(
        &mut self,
        bytes: Vec<u8>,
        rows: u64,
    ) -> io::Result<()> {
        let piece = self.spool.append_piece(bytes)?;
        self.places.push(Place::Compressed(piece));
        self.ends.push(rows);
        Ok(())
    }

    /// Replaces an open page by its compressed form.
    pub(in crate::result) fn compressed(&mut self, index: usize, bytes: Vec<u8>) -> io::Result<()> {
        if let Some(place @ Place::Open { .. }) = self.places.get_mut(index) {
            *place = Place::Compressed(self.spool.append_piece(bytes)?);
        }
        Ok(())
    }

    pub(in crate::result) fn place(&self, index: usize) -> Option<Place> {
        self.places.get(index).cloned()
    }

    pub(in crate::result) fn bytes(&self) -> u64 {
        self.places.iter().map(Place::bytes).sum()
    }

    pub(in crate::result) fn ends(&self) -> &[u64] {
        &self.ends
    }

    /// The index of the page after the batch that begins on this page; `None` if it has not arrived to its end. No row
    /// ends on the pages of a long row but the last.
    pub(in crate::result) fn batch_end(&self, start: usize) -> Option<usize> {
        let before = start.checked_sub(1).map_or(0, |before| self.ends[before]);
        let mut ends = self.ends.iter().skip(start);
        ends.position(|end| *end > before)
            .map(|more| start + more + 1)
    }

    /// The index of the first page of the batch with this row, and the number of rows before it.
    pub(in crate::result) fn batch_of(&self, row: u64) -> (usize, u64) {
        let last = self.ends.partition_point(|end| *end <= row);
        let before = last.checked_sub(1).map_or(0, |before| self.ends[before]);
        let start = match before {
            0 => 0,
            before => self.ends.partition_point(|end| *end < before) + 1,
        };
        (start, before)
    }
}

impl Place {
    fn bytes(&self) -> u64 {
        match self {
            Self::Open { page, .. } => page.bytes() as u64,
            Self::Compressed(piece) => piece.length() as u64,
        }
    }
}
