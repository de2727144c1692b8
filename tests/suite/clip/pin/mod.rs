//! Pinned clips.

mod owners;
mod pins;
mod snapshots;
