//! The memory limit that all results and responses share.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};

use super::blocks::{BLOCK_BYTES, Blocks};

/// Pages waiting to be compressed may use this part of the limit: 1 / 32.
const WAITING_PART: u64 = 32;
/// Large results and responses may use this part of the limit: 1 / 16. The rest of them goes to files, which the system
/// caches while it has memory to spare; so there is always room for small ones.
const LARGE_PART: u64 = 16;

/// `DATACLIPS_MEMORY_MAX`: bytes that results and encoded responses may hold in memory together. What does not fit goes
/// to an unlinked file.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    whole: Bound,
    /// For large results and responses.
    large: Bound,
    /// For pages that wait to be compressed.
    waiting: Bound,
    blocks: Blocks,
}

/// The most bytes there may be, and how many there are.
#[derive(Debug)]
struct Bound {
    bytes_max: u64,
    bytes_held: AtomicU64,
}

/// Whether bytes belong to something small or large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::result) enum Size {
    Small,
    Large,
}

/// Bytes that wait to be compressed, counted against the limit until this is dropped.
#[derive(Debug)]
pub(in crate::result) struct WaitingBytes {
    memory: Memory,
    bytes: u64,
}

/// Bytes counted against the limit until this is dropped.
#[derive(Debug)]
pub(in crate::result) struct HeldBytes {
    memory: Memory,
    size: Size,
    blocks: Vec<BytesMut>,
    /// The remainder that does not fill a block.
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

    /// `None` when so many bytes are waiting already that these have to be compressed immediately.
    pub(in crate::result) fn wait(&self, bytes: u64) -> Option<WaitingBytes> {
        self.0.waiting.take(bytes)?;
        if self.0.whole.take(bytes).is_none() {
            self.0.waiting.give_back(bytes);
            return None;
        }
        Some(WaitingBytes {
            memory: self.clone(),
            bytes,
        })
    }

    /// `None` when they no longer fit.
    pub(in crate::result) fn hold(&self, bytes: &[u8], size: Size) -> Option<HeldBytes> {
        let length = bytes.len() as u64;
        self.0.take(length, size)?;
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        Some(HeldBytes {
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

    /// `None`, and nothing is taken, if this would exceed the limit.
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

impl Drop for WaitingBytes {
    fn drop(&mut self) {
        let budget = &self.memory.0;
        budget.waiting.give_back(self.bytes);
        budget.whole.give_back(self.bytes);
    }
}

impl HeldBytes {
    pub(in crate::result) fn length(&self) -> usize {
        self.blocks.len() * BLOCK_BYTES + self.rest.len()
    }

    /// The bytes lie in blocks of [`BLOCK_BYTES`]; the remainder follows as the last one.
    pub(in crate::result) fn block(&self, index: usize) -> &[u8] {
        self.blocks.get(index).map_or(&self.rest, |block| block)
    }

    /// A copy of the bytes in this range.
    pub(in crate::result) fn part(&self, range: Range<usize>) -> Bytes {
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

impl Drop for HeldBytes {
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
    fn bytes_across_blocks_are_read_back_and_their_blocks_reused() {
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
    fn large_results_leave_room_for_small_ones() {
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
