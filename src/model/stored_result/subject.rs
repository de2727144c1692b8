//! What results belong to: a version, and a set of values for its parameters.

use serde::{Deserialize, Serialize};

use crate::model::{Clip, Version};
use crate::run::Values;
use crate::run::parameters::SetKey;

/// A version of a clip, by its numbers, with one set of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    pub clip: i64,
    pub version: i32,
    pub values: SetKey,
}

impl Subject {
    pub fn new(clip: &Clip, version: &Version, values: &Values) -> Self {
        Self {
            clip: clip.number,
            version: version.number,
            values: values.key(),
        }
    }
}
