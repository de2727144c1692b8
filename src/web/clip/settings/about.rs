//! The form fields for a clip's description and tags.

use serde::Deserialize;

use crate::model::Clip;

/// The form's fields, as they are or as they were typed.
#[derive(Deserialize)]
pub struct About {
    /// Markdown.
    pub description: String,
    /// With commas between them.
    pub tags: String,
}

impl About {
    pub fn from_clip(clip: &Clip) -> Self {
        Self {
            description: clip.description.clone(),
            tags: clip.tags.join(", "),
        }
    }
}
