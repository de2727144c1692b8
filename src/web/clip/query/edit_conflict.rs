//! Two people edit one query: what the later one is told, who would have overwritten the other's.

use askama::Template;

use super::diff::Diff;
use crate::model::{Clip, Version};

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/query/edit_conflict.html")]
pub struct EditConflict {
    slug: String,
    newest: Version,
    difference: Diff,
}

impl EditConflict {
    /// `clip` is as the other one left it, `sql` what was typed meanwhile.
    pub fn new(clip: &Clip, sql: &str) -> Self {
        let newest = &clip.version;
        let names = [format!("Version {}", newest.number), "Yours".to_owned()];
        Self {
            slug: clip.slug.as_str().to_owned(),
            newest: newest.clone(),
            difference: Diff::between(names, &newest.sql, sql),
        }
    }
}
