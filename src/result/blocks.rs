//! Memory in blocks of one size, for what is held for long.
//!
//! An allocator that gets such memory back in pieces of every size finds less and less use for them: 16 results of
//! 100 MiB at once took 390 MiB for a bound of 256 MiB.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;

pub(super) const BLOCK_BYTES: usize = 32 << 10;
/// More than glibc ever takes from its own heaps: the system maps it, and provides only what was written to.
const SLAB_BYTES: usize = 64 << 20;

/// Blocks that nobody holds. There are never more of them than were held at once, but for the rest of a slab.
#[derive(Debug, Default)]
pub(super) struct Blocks(Mutex<Vec<BytesMut>>);

impl Blocks {
    pub(super) fn fill(&self, contents: &[[u8; BLOCK_BYTES]]) -> Vec<BytesMut> {
        let mut blocks = self.take(contents.len());
        for (block, content) in blocks.iter_mut().zip(contents) {
            block.copy_from_slice(content);
        }
        blocks
    }

    pub(super) fn give_back(&self, blocks: &mut Vec<BytesMut>) {
        self.free().append(blocks);
    }

    fn take(&self, count: usize) -> Vec<BytesMut> {
        let mut free = self.free();
        while free.len() < count {
            let mut slab = BytesMut::zeroed(SLAB_BYTES);
            // The free ones that were written to stay last, and are taken first.
            let mut more = Vec::with_capacity(SLAB_BYTES / BLOCK_BYTES + free.len());
            while !slab.is_empty() {
                more.push(slab.split_to(BLOCK_BYTES));
            }
            more.append(&mut free);
            *free = more;
        }
        let start = free.len() - count;
        free.split_off(start)
    }

    fn free(&self) -> MutexGuard<'_, Vec<BytesMut>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
