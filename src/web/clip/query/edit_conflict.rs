//! Two people edit one query: the later one, who would overwrite the other's change, sees both instead.

use askama::Template;

use super::diff::Diff;
use crate::model::{Clip, Version};

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/query/edit_conflict.html")]
pub struct EditConflict {
    slug: String,
    newest: Version,
    diff: Diff,
}

impl EditConflict {
    /// `clip` has the other person's change; `sql` is what was typed meanwhile.
    pub fn new(clip: &Clip, sql: &str) -> Self {
        let newest = &clip.version;
        let names = [format!("Version {}", newest.number), "Yours".to_owned()];
        Self {
            slug: clip.slug.as_str().to_owned(),
            newest: newest.clone(),
            diff: Diff::between(names, &newest.sql, sql),
        }
    }
}
