//! What encoders write to: a buffer that is compressed, and goes to the spool, piece by piece; also within a row, and
//! within a long cell.

use std::io::{self, Write};
use std::mem;

use super::coding::{Coder, Coding};
use crate::result::{Cell, Memory, Spool};

/// A piece is passed on when it reaches this size.
const PIECE_BYTES: usize = 64 << 10;

pub(crate) struct Output {
    coding: Coding,
    open: Vec<u8>,
    coder: Coder,
    spool: Spool,
}

impl Output {
    pub(super) fn new(coding: Coding, memory: &Memory) -> io::Result<Self> {
        Ok(Self {
            coding,
            open: Vec::new(),
            coder: Coder::new(coding)?,
            spool: Spool::new(memory),
        })
    }

    /// Append to it, and call [`Output::pass_on`] at least once for each piece of a cell.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.open
    }

    /// Empties the buffer if there is enough in it.
    pub(super) fn pass_on(&mut self) -> io::Result<()> {
        match self.open.len() < PIECE_BYTES {
            true => Ok(()),
            false => self.compress(),
        }
    }

    /// Calls `write` for each piece of a cell's text.
    pub(super) fn write_pieces(
        &mut self,
        cell: Cell<'_>,
        mut write: impl FnMut(&str, &mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        cell.pieces(|piece| {
            write(piece, &mut self.open)?;
            self.pass_on()
        })
    }

    /// Passes on everything. Works only once.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.coder.append(&mut self.open)?;
        let coded = self.coder.finish()?;
        self.append(coded)
    }

    /// Counts what the format cannot hold: characters for which U+FFFD was written, or values for which NULL was.
    pub(super) fn add_replaced(&mut self, count: u64) {
        self.spool.add_replaced(count);
    }

    pub(super) fn coding(&self) -> Coding {
        self.coding
    }

    pub(super) fn into_spool(self) -> Spool {
        self.spool
    }

    fn compress(&mut self) -> io::Result<()> {
        self.coder.append(&mut self.open)?;
        self.open.shrink_to(2 * PIECE_BYTES);
        match self.coder.coded() {
            coded if coded.len() < PIECE_BYTES => Ok(()),
            coded => {
                let coded = mem::take(coded);
                self.append(coded)
            }
        }
    }

    fn append(&mut self, mut coded: Vec<u8>) -> io::Result<()> {
        if coded.len() > 2 * PIECE_BYTES {
            return coded
                .chunks(PIECE_BYTES)
                .try_for_each(|piece| self.spool.append(piece.to_vec()));
        }
        coded.shrink_to_fit();
        self.spool.append(coded)
    }
}

/// A text that is no result, compressed.
pub fn write_coded(text: &[u8], coding: Coding, memory: &Memory) -> io::Result<Spool> {
    let mut out = Output::new(coding, memory)?;
    out.write_all(text)?;
    out.finish()?;
    Ok(out.into_spool())
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open.extend_from_slice(bytes);
        self.pass_on()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
