//! Collects what is read into batches, each of which becomes one transaction.

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::Head;
use super::read_clip::ReadClip;
use crate::result::{Memory, Spool};

const CLIPS_MAX: usize = 500;
/// A batch with so many bytes of rows and queries is complete.
const BYTES_MAX: u64 = 8 << 20;
/// Of all rows that are read and not stored yet, so much is in memory; the others are in temporary files.
const MEMORY_BYTES: u64 = 16 << 20;

/// Clips with all that belongs to them.
#[derive(Default)]
pub(super) struct Batch {
    /// In the first batch.
    pub(super) head: Option<Head>,
    pub(super) clips: Vec<ReadClip>,
}

/// The sender of batches.
pub(super) struct Batches {
    memory: Memory,
    batch: Batch,
    bytes: u64,
    has_head: bool,
    sender: Sender<Batch>,
}

impl Batches {
    /// At most one batch waits, while another is stored and the next is read.
    pub(super) fn new() -> (Self, Receiver<Batch>) {
        let (sender, receiver) = channel(1);
        let batches = Self {
            memory: Memory::new(MEMORY_BYTES),
            batch: Batch::default(),
            bytes: 0,
            has_head: false,
            sender,
        };
        (batches, receiver)
    }

    pub(super) fn spool(&self) -> Spool {
        Spool::new(&self.memory)
    }

    pub(super) fn has_head(&self) -> bool {
        self.has_head
    }

    pub(super) fn set_head(&mut self, head: Head) {
        self.has_head = true;
        self.batch.head = Some(head);
    }

    /// Blocks while batches wait. Clips that come before the head, as in a document whose keys were sorted, wait for it.
    pub(super) fn push(&mut self, clip: ReadClip) -> Result<(), String> {
        self.bytes += clip.spool.bytes() + clip.clip.sql_bytes();
        self.batch.clips.push(clip);
        let is_full = self.batch.clips.len() >= CLIPS_MAX || self.bytes >= BYTES_MAX;
        match is_full && self.has_head {
            true => self.send(),
            false => Ok(()),
        }
    }

    /// Sends what is left: only a backup that was read to its end is stored to its end.
    pub(super) fn finish(mut self) -> Result<(), String> {
        self.send()
    }

    fn send(&mut self) -> Result<(), String> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        let sent = self.sender.blocking_send(batch);
        sent.map_err(|_| "the import has stopped".to_owned())
    }
}
