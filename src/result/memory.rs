//! The one bound that all results and answers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// `DATACLIPS_MEMORY_MAX`: bytes that results and encoded answers may hold in memory together. What does not fit
/// goes to an unlinked file.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    bytes_max: u64,
    bytes_held: AtomicU64,
}

/// Bytes taken from the bound, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    memory: Memory,
    bytes: u64,
}

impl Memory {
    pub fn new(bytes_max: u64) -> Self {
        Self(Arc::new(Budget {
            bytes_max,
            bytes_held: AtomicU64::new(0),
        }))
    }

    pub fn bytes_max(&self) -> u64 {
        self.0.bytes_max
    }

    pub fn bytes_held(&self) -> u64 {
        self.0.bytes_held.load(Ordering::Relaxed)
    }

    /// `None` when so many bytes do not fit any more.
    pub(super) fn reserve(&self, bytes: u64) -> Option<Share> {
        self.0
            .bytes_held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                held.checked_add(bytes)
                    .filter(|sum| *sum <= self.0.bytes_max)
            })
            .ok()?;
        Some(Share {
            memory: self.clone(),
            bytes,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory
            .0
            .bytes_held
            .fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
