//! A growing sequence of byte pieces: in memory while the bound allows it, else in a file that has no name.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;

use super::memory::{Memory, Share};

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
    Memory {
        bytes: Bytes,
        _share: Share,
    },
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

    /// May write to a file; on a failure (a full disk) the spool is as it was.
    pub fn append(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        let length = bytes.len();
        let place = match self.memory.reserve(length as u64) {
            Some(share) => Place::Memory {
                bytes: bytes.into(),
                _share: share,
            },
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

    /// The pieces one by one, each freed as soon as it has been taken and dropped.
    pub fn into_pieces(self) -> impl Iterator<Item = io::Result<Bytes>> + Send {
        self.pieces.into_iter().map(|piece| piece.read())
    }
}

impl Piece {
    /// May read from a file.
    pub(super) fn read(&self) -> io::Result<Bytes> {
        match &*self.0 {
            Place::Memory { bytes, .. } => Ok(bytes.clone()),
            Place::File {
                file,
                offset,
                length,
            } => {
                let mut bytes = vec![0; *length];
                file.read_exact_at(&mut bytes, *offset)?;
                Ok(bytes.into())
            }
        }
    }
}
