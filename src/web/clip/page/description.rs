//! A clip's description and tags, as a part of a page.

use askama::Template;
use askama::filters::Safe;

use crate::model::Clip;
use crate::web::page::markdown;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "clip/page/description.html")]
pub struct Description<'a> {
    html: Safe<String>,
    tags: &'a [String],
    /// Whether the visitor has a list of clips, to which the tags lead.
    has_list: bool,
}

impl<'a> Description<'a> {
    /// `None` where the clip has neither.
    pub fn find(visitor: &Visitor, clip: &'a Clip) -> Option<Self> {
        let is_empty = clip.description.is_empty() && clip.tags.is_empty();
        (!is_empty).then(|| Self {
            html: markdown::to_html(&clip.description),
            tags: &clip.tags,
            has_list: visitor.user().is_some(),
        })
    }
}
