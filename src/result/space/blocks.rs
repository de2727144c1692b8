//! Memory in blocks of one size, for bytes that are held for a long time.
//!
//! Blocks of varying sizes fragment the allocator's heap: 16 results of 100 MiB at once took 390 MiB for a limit of 256
//! MiB.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;

pub(in crate::result) const BLOCK_BYTES: usize = 32 << 10;
/// More than glibc ever takes from its own heaps, so the slab is mapped by the system, which provides only the pages
/// that are written to.
const SLAB_BYTES: usize = 64 << 20;

/// Free blocks. There are never more of them than were in use at once, plus the rest of a slab.
#[derive(Debug, Default)]
pub(in crate::result) struct Blocks(Mutex<Vec<BytesMut>>);

impl Blocks {
    pub(in crate::result) fn fill(&self, contents: &[[u8; BLOCK_BYTES]]) -> Vec<BytesMut> {
        let mut blocks = self.take(contents.len());
        for (block, content) in blocks.iter_mut().zip(contents) {
            block.copy_from_slice(content);
        }
        blocks
    }

    pub(in crate::result) fn give_back(&self, blocks: &mut Vec<BytesMut>) {
        self.free().append(blocks);
    }

    fn take(&self, count: usize) -> Vec<BytesMut> {
        let mut free = self.free();
        while free.len() < count {
            let mut slab = BytesMut::zeroed(SLAB_BYTES);
            // Blocks that were written to before stay at the end and are reused first.
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
