//! A growing sequence of byte pieces: in memory while the limit allows it, otherwise in an unlinked file.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;

use super::blocks::BLOCK_BYTES;
use super::memory::{HeldBytes, Memory, Size};

/// A spool is large beyond this size. The first bytes stay in memory if at all possible: a file for a few kilobytes is
/// not worth opening.
const SMALL_BYTES: u64 = 256 << 10;

/// Pieces in the order in which they were appended. Dropping it releases the memory and the file.
#[derive(Debug)]
pub struct Spool {
    memory: Memory,
    pieces: Vec<Piece>,
    file: Option<Arc<File>>,
    file_bytes: u64,
    bytes: u64,
    replaced: u64,
}

/// One appended piece. Cheap to clone, and readable after the spool is dropped.
#[derive(Clone, Debug)]
pub(in crate::result) struct Piece(Arc<Place>);

/// One block of a piece in memory, for zero-copy reads.
struct Block {
    piece: Piece,
    index: usize,
}

#[derive(Debug)]
enum Place {
    Memory(HeldBytes),
    File {
        file: Arc<File>,
        offset: u64,
        length: usize,
    },
}

impl Spool {
    pub fn new(memory: &Memory) -> Self {
        Self {
            memory: memory.clone(),
            pieces: Vec::new(),
            file: None,
            file_bytes: 0,
            bytes: 0,
            replaced: 0,
        }
    }

    /// Length of all pieces together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many characters the bytes have U+FFFD for, or values NULL, since their format cannot hold them.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    pub fn add_replaced(&mut self, count: u64) {
        self.replaced += count;
    }

    /// May write to a file. On failure (a full disk) the spool is unchanged.
    pub fn append(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        self.append_piece(bytes).map(|_| ())
    }

    /// Like [`Spool::append`], but returns the piece.
    pub(in crate::result) fn append_piece(&mut self, bytes: Vec<u8>) -> io::Result<Piece> {
        let length = bytes.len();
        let size = match self.bytes {
            0..SMALL_BYTES => Size::Small,
            _ => Size::Large,
        };
        let place = match self.memory.hold(&bytes, size) {
            Some(held) => Place::Memory(held),
            None => {
                let file = match &self.file {
                    Some(file) => file.clone(),
                    None => self.file.insert(Arc::new(tempfile::tempfile()?)).clone(),
                };
                let offset = self.file_bytes;
                file.write_all_at(&bytes, offset)?;
                self.file_bytes += length as u64;
                Place::File {
                    file,
                    offset,
                    length,
                }
            }
        };
        let piece = Piece(Arc::new(place));
        self.pieces.push(piece.clone());
        self.bytes += length as u64;
        Ok(piece)
    }

    /// The bytes in `range`, part by part, without copying those in memory; may be called any number of times. Does not
    /// borrow the spool: a piece that nothing else uses is freed as soon as its last part has been dropped.
    pub fn pieces(
        &self,
        range: Range<u64>,
    ) -> impl Iterator<Item = io::Result<Bytes>> + Send + use<> {
        let mut parts = Vec::new();
        let mut start = 0;
        for piece in &self.pieces {
            let end = start + piece.length() as u64;
            let (first, last) = (range.start.max(start), range.end.min(end));
            if first < last {
                let part = (first - start) as usize..(last - start) as usize;
                parts.extend(piece.parts(part).map(|part| (piece.clone(), part)));
            }
            start = end;
        }
        parts.into_iter().map(|(piece, part)| piece.read_part(part))
    }
}

impl Piece {
    pub(in crate::result) fn length(&self) -> usize {
        match &*self.0 {
            Place::Memory(held) => held.length(),
            Place::File { length, .. } => *length,
        }
    }

    /// May read from a file.
    pub(in crate::result) fn read(&self) -> io::Result<Bytes> {
        self.read_part(0..self.length())
    }

    /// Splits `range` into parts: those that can be read without copying, or the whole range for a file.
    fn parts(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
        let step = match &*self.0 {
            Place::Memory(_) => BLOCK_BYTES,
            Place::File { length, .. } => *length,
        };
        let steps = range.start / step..range.end.div_ceil(step);
        steps.map(move |index| {
            let start = index * step;
            start.max(range.start)..(start + step).min(range.end)
        })
    }

    /// `part` lies within the piece. A part within one block is not copied.
    fn read_part(&self, part: Range<usize>) -> io::Result<Bytes> {
        match &*self.0 {
            Place::Memory(held) => {
                let index = part.start / BLOCK_BYTES;
                let start = index * BLOCK_BYTES;
                if part.end > start + BLOCK_BYTES {
                    return Ok(held.part(part));
                }
                let piece = self.clone();
                let block = Bytes::from_owner(Block { piece, index });
                Ok(block.slice(part.start - start..part.end - start))
            }
            Place::File { file, offset, .. } => {
                let mut bytes = vec![0; part.len()];
                file.read_exact_at(&mut bytes, offset + part.start as u64)?;
                Ok(bytes.into())
            }
        }
    }
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        match &*self.piece.0 {
            Place::Memory(held) => held.block(self.index),
            Place::File { .. } => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(spool: &Spool, range: Range<u64>) -> String {
        let bytes = spool.pieces(range).flat_map(|piece| piece.unwrap());
        String::from_utf8(bytes.collect()).unwrap()
    }

    #[test]
    fn any_range_can_be_read_repeatedly_from_memory_and_file() {
        let text = "onetwothree";
        let memory = Memory::new(6);
        let mut spool = Spool::new(&memory);
        for piece in ["one", "two", "three"] {
            spool.append(piece.into()).unwrap();
        }
        assert!(spool.file.is_some(), "the last piece does not fit");
        for first in 0..=text.len() {
            for last in first..=text.len() {
                let range = first as u64..last as u64;
                assert_eq!(read(&spool, range.clone()), text[first..last], "{range:?}");
            }
        }
        assert_eq!(read(&spool, 9..20), "ee", "no more than there is");
    }

    #[test]
    fn memory_is_released_when_the_last_holder_of_a_piece_is_dropped() {
        let memory = Memory::new(6);
        let mut spool = Spool::new(&memory);
        spool.append("one".into()).unwrap();
        spool.append("two".into()).unwrap();
        let mut first = spool.pieces(0..6);
        let second = spool.pieces(0..3);
        drop(spool);
        assert_eq!(memory.bytes_held(), 6);
        first.by_ref().for_each(drop);
        assert_eq!(
            memory.bytes_held(),
            3,
            "the second reader holds the first piece"
        );
        drop(second);
        assert_eq!(memory.bytes_held(), 0);
    }
}
