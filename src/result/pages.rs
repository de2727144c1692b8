//! The compressed pages of a result, and which of its rows lie in which.

use std::io;

use super::spool::Piece;
use super::{Memory, Spool};

/// Pages in the order in which they were closed.
#[derive(Debug)]
pub(super) struct Pages {
    spool: Spool,
    /// How many rows the result has up to the end of each page.
    ends: Vec<u64>,
}

impl Pages {
    pub(super) fn new(memory: &Memory) -> Self {
        Self {
            spool: Spool::new(memory),
            ends: Vec::new(),
        }
    }

    /// `rows` counts those of the whole result so far, this page included.
    pub(super) fn append(&mut self, compressed: Vec<u8>, rows: u64) -> io::Result<()> {
        self.spool.append(compressed)?;
        self.ends.push(rows);
        Ok(())
    }

    pub(super) fn piece(&self, index: usize) -> Option<Piece> {
        self.spool.piece(index)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.spool.bytes()
    }

    pub(super) fn ends(&self) -> &[u64] {
        &self.ends
    }
}
