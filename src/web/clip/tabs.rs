//! The pages of one clip that its editors go between.

use askama::Template;

use crate::model::Clip;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Rows,
    Versions,
    Results,
    Settings,
}

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/tabs.html")]
pub struct Tabs {
    slug: String,
    current: Tab,
}

impl Tabs {
    pub fn new(clip: &Clip, current: Tab) -> Self {
        Self {
            slug: clip.slug.as_str().to_owned(),
            current,
        }
    }
}
