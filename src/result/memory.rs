//! The one bound that all results and answers share.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};

use super::blocks::{BLOCK_BYTES, Blocks};

/// Pages may wait to be compressed in this part of the bound: 1 / 32.
const WAITING_PART: u64 = 32;

/// `DATACLIPS_MEMORY_MAX`: bytes that results and encoded answers may hold in memory together. What does not fit
/// goes to an unlinked file.
#[derive(Clone, Debug)]
pub struct Memory {
    budget: Arc<Budget>,
    /// A tighter bound, of those who share this handle.
    part: Option<Arc<Bound>>,
}

#[derive(Debug)]
struct Budget {
    whole: Bound,
    /// Of the bytes that wait to be compressed.
    waiting: Bound,
    blocks: Blocks,
}

/// How many bytes there may be, and how many there are.
#[derive(Debug)]
struct Bound {
    bytes_max: u64,
    bytes_held: AtomicU64,
}

/// A count of bytes that wait to be compressed, within the bound until it is dropped.
#[derive(Debug)]
pub(super) struct Waiting {
    memory: Memory,
    bytes: u64,
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
        let budget = Budget {
            whole: Bound::new(bytes_max),
            waiting: Bound::new(bytes_max / WAITING_PART),
            blocks: Blocks::default(),
        };
        Self {
            budget: Arc::new(budget),
            part: None,
        }
    }

    /// The same memory, of which those who share this handle take no more than `bytes_max`.
    pub fn part(&self, bytes_max: u64) -> Self {
        Self {
            budget: self.budget.clone(),
            part: Some(Arc::new(Bound::new(bytes_max))),
        }
    }

    /// The same memory, without the tighter bound of a part.
    pub(super) fn whole(&self) -> Self {
        Self {
            budget: self.budget.clone(),
            part: None,
        }
    }

    pub fn bytes_max(&self) -> u64 {
        self.budget.whole.bytes_max
    }

    pub fn bytes_held(&self) -> u64 {
        self.budget.whole.bytes_held.load(Ordering::Relaxed)
    }

    /// `None` where so much waits already that these bytes have to be compressed at once.
    pub(super) fn wait(&self, bytes: u64) -> Option<Waiting> {
        self.budget.waiting.take(bytes)?;
        if self.budget.whole.take(bytes).is_none() {
            self.budget.waiting.give_back(bytes);
            return None;
        }
        Some(Waiting {
            memory: self.clone(),
            bytes,
        })
    }

    /// `None` when they do not fit any more.
    pub(super) fn hold(&self, bytes: &[u8]) -> Option<Held> {
        let length = bytes.len() as u64;
        if let Some(part) = &self.part {
            part.take(length)?;
        }
        if self.budget.whole.take(length).is_none() {
            self.give_back_part(length);
            return None;
        }
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        Some(Held {
            memory: self.clone(),
            blocks: self.budget.blocks.fill(blocks),
            rest: rest.into(),
        })
    }

    fn give_back_part(&self, bytes: u64) {
        if let Some(part) = &self.part {
            part.give_back(bytes);
        }
    }
}

impl Bound {
    fn new(bytes_max: u64) -> Self {
        Self {
            bytes_max,
            bytes_held: AtomicU64::new(0),
        }
    }

    /// `None`, and nothing is taken, where that were more than there may be.
    fn take(&self, bytes: u64) -> Option<()> {
        let sum = |held: u64| held.checked_add(bytes).filter(|sum| *sum <= self.bytes_max);
        let taken = self
            .bytes_held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
        taken.ok().map(|_| ())
    }

    fn give_back(&self, bytes: u64) {
        self.bytes_held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let budget = &self.memory.budget;
        budget.waiting.give_back(self.bytes);
        budget.whole.give_back(self.bytes);
    }
}

impl Held {
    pub(super) fn length(&self) -> usize {
        self.blocks.len() * BLOCK_BYTES + self.rest.len()
    }

    /// The bytes lie in blocks of [`BLOCK_BYTES`], and what is left of less than one.
    pub(super) fn block(&self, index: usize) -> &[u8] {
        self.blocks.get(index).map_or(&self.rest, |block| block)
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
        self.memory.budget.blocks.give_back(&mut self.blocks);
        self.memory.budget.whole.give_back(length);
        self.memory.give_back_part(length);
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
