//! The form fields for a clip's name, description and tags.

use serde::Deserialize;

use crate::model::Clip;

/// The form's fields, as they are or as they were typed.
pub struct About {
    pub title: String,
    /// Markdown.
    pub description: String,
    /// With commas between them.
    pub tags: String,
}

/// A field that was not sent stays as it is.
#[derive(Deserialize)]
pub struct TypedAbout {
    pub title: Option<String>,
    pub description: Option<String>,
    pub tags: Option<String>,
}

impl About {
    pub fn from_clip(clip: &Clip) -> Self {
        Self {
            title: clip.title.clone(),
            description: clip.description.clone(),
            tags: clip.tags.join(", "),
        }
    }

    /// What was typed, on top of what the clip has.
    pub fn typed(clip: &Clip, typed: TypedAbout) -> Self {
        let stored = Self::from_clip(clip);
        Self {
            title: typed.title.unwrap_or(stored.title),
            description: typed.description.unwrap_or(stored.description),
            tags: typed.tags.unwrap_or(stored.tags),
        }
    }
}
