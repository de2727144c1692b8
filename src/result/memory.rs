//! The one bound that all results and answers share.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};

use super::blocks::{BLOCK_BYTES, Blocks};

/// Pages may wait to be compressed in this part of the bound: 1 / 32.
const WAITING_PART: u64 = 32;
/// What is large takes this part of the bound: 1 / 16. The rest of it is in files, which the system has in its own memory
/// while there is room; so there is always room for what is small.
const LARGE_PART: u64 = 16;

/// `DATACLIPS_MEMORY_MAX`: bytes that results and encoded answers may hold in memory together. What does not fit
/// goes to an unlinked file.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    whole: Bound,
    /// Of what is large.
    large: Bound,
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

/// What bytes are part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Small,
    Large,
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
    size: Size,
    blocks: Vec<BytesMut>,
    /// What is left of less than a block.
    rest: Box<[u8]>,
}

impl Memory {
    pub fn new(bytes_max: u64) -> Self {
        Self(Arc::new(Budget {
            whole: Bound::new(bytes_max),
            large: Bound::new(bytes_max / LARGE_PART),
            waiting: Bound::new(bytes_max / WAITING_PART),
            blocks: Blocks::default(),
        }))
    }

    pub fn bytes_max(&self) -> u64 {
        self.0.whole.bytes_max
    }

    pub fn bytes_held(&self) -> u64 {
        self.0.whole.bytes_held.load(Ordering::Relaxed)
    }

    /// `None` where so much waits already that these bytes have to be compressed at once.
    pub(super) fn wait(&self, bytes: u64) -> Option<Waiting> {
        self.0.waiting.take(bytes)?;
        if self.0.whole.take(bytes).is_none() {
            self.0.waiting.give_back(bytes);
            return None;
        }
        Some(Waiting {
            memory: self.clone(),
            bytes,
        })
    }

    /// `None` when they do not fit any more.
    pub(super) fn hold(&self, bytes: &[u8], size: Size) -> Option<Held> {
        let length = bytes.len() as u64;
        self.0.take(length, size)?;
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        Some(Held {
            memory: self.clone(),
            size,
            blocks: self.0.blocks.fill(blocks),
            rest: rest.into(),
        })
    }
}

impl Budget {
    fn take(&self, bytes: u64, size: Size) -> Option<()> {
        if size == Size::Large {
            self.large.take(bytes)?;
        }
        let taken = self.whole.take(bytes);
        if taken.is_none() && size == Size::Large {
            self.large.give_back(bytes);
        }
        taken
    }

    fn give_back(&self, bytes: u64, size: Size) {
        self.whole.give_back(bytes);
        if size == Size::Large {
            self.large.give_back(bytes);
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
        let budget = &self.memory.0;
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
        self.memory.0.blocks.give_back(&mut self.blocks);
        self.memory.0.give_back(length, self.size);
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
            let held = memory.hold(&bytes, Size::Small).unwrap();
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
        assert!(memory.hold(&vec![0; (1 << 20) + 1], Size::Small).is_none());
    }

    #[test]
    fn what_is_large_leaves_room_for_what_is_small() {
        let memory = Memory::new(1 << 20);
        let large = memory.hold(&vec![0; 1 << 16], Size::Large).unwrap();
        assert!(memory.hold(&[0], Size::Large).is_none());
        let small = memory.hold(&vec![0; 15 << 16], Size::Small).unwrap();
        assert!(memory.hold(&[0], Size::Small).is_none());
        drop(large);
        assert!(memory.hold(&[0], Size::Large).is_some());
        drop(small);
        assert_eq!(memory.bytes_held(), 0);
    }
}
