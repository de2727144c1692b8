//! The tabs above the pages of one clip, for its editors.

use askama::Template;

use crate::access::Viewer;
use crate::model::Clip;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Rows,
    Versions,
    Results,
    Activity,
    Settings,
}

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/page/tabs.html")]
pub struct Tabs {
    slug: String,
    current: Tab,
    /// Whether the viewer may see the activity too.
    owns: bool,
}

impl Tabs {
    /// `None` for viewers who may not edit the clip.
    pub fn find(viewer: &Viewer, clip: &Clip, current: Tab) -> Option<Self> {
        viewer.edit(clip.clone()).ok()?;
        Some(Self {
            slug: clip.slug.as_str().to_owned(),
            current,
            owns: viewer.own(clip.clone()).is_ok(),
        })
    }
}
