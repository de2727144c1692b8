//! The heading of the pages below a clip's own: its title, which leads back to the rows, and its other pages.

use askama::Template;

use crate::access::Viewer;
use crate::model::Clip;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    History,
    Settings,
}

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/page/heading.html")]
pub struct Heading {
    slug: String,
    title: String,
    is_removed: bool,
    current: Section,
    /// Whether the viewer may see the settings.
    edits: bool,
}

impl Heading {
    pub fn new(viewer: &Viewer, clip: &Clip, current: Section) -> Self {
        Self {
            slug: clip.slug.as_str().to_owned(),
            title: clip.title.clone(),
            is_removed: clip.is_removed,
            current,
            edits: viewer.edit(clip.clone()).is_ok(),
        }
    }
}
