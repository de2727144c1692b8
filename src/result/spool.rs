//! A growing sequence of byte pieces: in memory while the bound allows it, else in a file that has no name.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;

use super::memory::{Held, Memory};

/// Pieces in the order in which they were appended. Dropping it gives back the memory and the file.
#[derive(Debug)]
pub struct Spool {
    memory: Memory,
    pieces: Vec<Piece>,
    file: Option<Arc<File>>,
    file_bytes: u64,
    bytes: u64,
}

/// One appended piece. Cheap to clone: reading it needs no hold on the spool.
#[derive(Clone, Debug)]
pub(super) struct Piece(Arc<Place>);

#[derive(Debug)]
enum Place {
    Memory(Held),
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
        }
    }

    /// Length of all pieces together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether none of it went to a file.
    pub fn is_in_memory(&self) -> bool {
        self.file.is_none()
    }

    /// May write to a file; on a failure (a full disk) the spool is as it was.
    pub fn append(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        let length = bytes.len();
        let place = match self.memory.hold(&bytes) {
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
        self.pieces.push(Piece(Arc::new(place)));
        self.bytes += length as u64;
        Ok(())
    }

    pub(super) fn piece(&self, index: usize) -> Option<Piece> {
        self.pieces.get(index).cloned()
    }

    /// The bytes within `range`, piece by piece, as often as one likes. Needs no hold on the spool: a piece that
    /// nobody else holds is freed as soon as it has been taken and dropped.
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
                parts.push((piece.clone(), part));
            }
            start = end;
        }
        parts.into_iter().map(|(piece, part)| piece.read_part(part))
    }
}

impl Piece {
    fn length(&self) -> usize {
        match &*self.0 {
            Place::Memory(held) => held.length(),
            Place::File { length, .. } => *length,
        }
    }

    /// May read from a file.
    pub(super) fn read(&self) -> io::Result<Bytes> {
        self.read_part(0..self.length())
    }

    /// `part` lies within the piece.
    fn read_part(&self, part: Range<usize>) -> io::Result<Bytes> {
        match &*self.0 {
            Place::Memory(held) => Ok(held.part(part)),
            Place::File { file, offset, .. } => {
                let mut bytes = vec![0; part.len()];
                file.read_exact_at(&mut bytes, offset + part.start as u64)?;
                Ok(bytes.into())
            }
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
    fn any_range_is_read_from_memory_and_file_and_as_often_as_wanted() {
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
    fn memory_is_given_back_by_whoever_holds_a_piece_last() {
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
