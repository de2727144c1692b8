//! The one bound that all results and answers share.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};

use super::blocks::{BLOCK_BYTES, Blocks};

/// `DATACLIPS_MEMORY_MAX`: bytes that results and encoded answers may hold in memory together. What does not fit
/// goes to an unlinked file.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    bytes_max: u64,
    bytes_held: AtomicU64,
    blocks: Blocks,
}

/// Bytes that count within the bound until they are dropped.
#[derive(Debug)]
pub(super) struct Held {
    memory: Memory,
    blocks: Vec<BytesMut>,
    /// What is left of less than a block.
    rest: Box<[u8]>,
}

impl Memory {
    pub fn new(bytes_max: u64) -> Self {
        Self(Arc::new(Budget {
            bytes_max,
            bytes_held: AtomicU64::new(0),
            blocks: Blocks::default(),
        }))
    }

    pub fn bytes_max(&self) -> u64 {
        self.0.bytes_max
    }

    pub fn bytes_held(&self) -> u64 {
        self.0.bytes_held.load(Ordering::Relaxed)
    }

    /// `None` when they do not fit any more.
    pub(super) fn hold(&self, bytes: &[u8]) -> Option<Held> {
        let length = bytes.len() as u64;
        self.0
            .bytes_held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                held.checked_add(length)
                    .filter(|sum| *sum <= self.0.bytes_max)
            })
            .ok()?;
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        Some(Held {
            memory: self.clone(),
            blocks: self.0.blocks.fill(blocks),
            rest: rest.into(),
        })
    }
}

impl Held {
    pub(super) fn length(&self) -> usize {
        self.blocks.len() * BLOCK_BYTES + self.rest.len()
    }

    /// A copy of the bytes within this range.
    pub(super) fn part(&self, range: Range<usize>) -> Bytes {
        let mut part = Vec::with_capacity(range.len());
        let blocks = self.blocks.iter().map(|block| &block[..]);
        let mut start = 0;
        for block in blocks.chain([&self.rest[..]]) {
            let end = start + block.len();
            let (first, last) = (range.start.max(start), range.end.min(end));
            if first < last {
                part.extend_from_slice(&block[first - start..last - start]);
            }
            start = end;
        }
        part.into()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let length = self.length() as u64;
        let budget = &self.memory.0;
        budget.blocks.give_back(&mut self.blocks);
        budget.bytes_held.fetch_sub(length, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spans_blocks_is_read_as_it_was_and_its_blocks_serve_again() {
        let memory = Memory::new(1 << 20);
        let count = 2 * BLOCK_BYTES + 100;
        for salt in 0..3 {
            let bytes: Vec<u8> = (0..count).map(|at| ((at + salt) % 251) as u8).collect();
            let held = memory.hold(&bytes).unwrap();
            assert_eq!(memory.bytes_held(), count as u64);
            assert_eq!(held.length(), count);
            for range in [
                0..count,
                0..0,
                1..BLOCK_BYTES,
                BLOCK_BYTES..2 * BLOCK_BYTES,
                BLOCK_BYTES - 1..2 * BLOCK_BYTES + 1,
                2 * BLOCK_BYTES + 99..count,
            ] {
                assert_eq!(held.part(range.clone()), bytes[range]);
            }
        }
        assert_eq!(memory.bytes_held(), 0);
        assert!(memory.hold(&vec![0; (1 << 20) + 1]).is_none());
    }
}
