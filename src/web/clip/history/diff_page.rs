//! `/{slug}/difference`: the diff between the queries of two versions.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::versions::offered;
use crate::access::Readable;
use crate::error::Error;
use crate::model::{Clip, Version};
use crate::web::app::App;
use crate::web::clip::page::heading::{Heading, Section};
use crate::web::clip::query::diff::Diff;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Query;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct DiffQuery {
    /// Default: the version before `to`.
    from: Option<i32>,
    /// Default: the newest version.
    to: Option<i32>,
}

#[derive(Template)]
#[template(path = "clip/history/diff.html")]
struct DiffPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Readable<Clip>,
    heading: Heading,
    old: Version,
    new: Version,
    /// The version numbers to choose from.
    offered: Vec<i32>,
    diff: Diff,
}

pub async fn show(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Query(query): Query<DiffQuery>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    let to = query.to.unwrap_or(clip.version.number);
    let from = query.from.unwrap_or((to - 1).max(1));
    let old = version(&app, &clip, from).await?;
    let new = version(&app, &clip, to).await?;
    let (Some(old_sql), Some(new_sql)) = (clip.sql(&old), clip.sql(&new)) else {
        return Err(Error::Forbidden(
            "The owner of this clip does not show its query. Ask them to show it.".to_owned(),
        ));
    };
    let names = [from, to].map(|number| format!("Version {number}"));
    let offered = offered(&app, &clip).await?;
    let mut offered: Vec<i32> = offered.iter().map(|version| version.number).collect();
    offered.extend([from, to]);
    offered.sort_unstable_by(|a, b| b.cmp(a));
    offered.dedup();
    Ok(render(&DiffPage {
        visitor: &visitor,
        clip: &clip,
        heading: Heading::new(&visitor.viewer, &clip, Section::History),
        diff: Diff::between(names, old_sql, new_sql),
        offered,
        old,
        new,
    }))
}

async fn version(app: &App, clip: &Clip, number: i32) -> Result<Version, Error> {
    let version = Version::find(&app.store, clip, number).await?;
    version.ok_or_else(|| Error::NotFound(format!("This clip has no version {number}.")))
}

impl DiffPage<'_> {
    fn both(&self) -> [&Version; 2] {
        [&self.old, &self.new]
    }
}
