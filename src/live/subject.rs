//! Which version results belong to.

use crate::model::{Clip, Version};

/// A version of a clip, by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    pub clip: i64,
    pub version: i32,
}

impl Subject {
    pub fn new(clip: &Clip, version: &Version) -> Self {
        Self {
            clip: clip.number,
            version: version.number,
        }
    }
}
