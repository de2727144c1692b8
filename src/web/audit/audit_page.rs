//! `/audit`: who did what, for administrators.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::audit_query::{AuditCursor, AuditQuery};
use super::export;
use crate::error::Error;
use crate::model::{AuditEntry, Author, Named, Via, What};
use crate::web::app::App;
use crate::web::http::extract::Query;
use crate::web::page::in_words::{count, span};
use crate::web::page::render;
use crate::web::page::time_tag;
use crate::web::visitor::Visitor;

const AUDIT: &str = "/audit";
const ENTRIES_ON_A_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "audit/audit.html")]
struct AuditPage<'a> {
    visitor: &'a Visitor,
    query: &'a AuditQuery,
    entries: Vec<AuditEntry>,
    /// The kinds to choose from, each with its name.
    groups: Vec<(String, String)>,
    /// The address of the next page, if there is one.
    next: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<AuditQuery>,
    Query(cursor): Query<AuditCursor>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let (filter, before) = (query.filter()?, cursor.place()?);
    let (entries, end) = AuditEntry::page(&app.store, &filter, before, ENTRIES_ON_A_PAGE).await?;
    let next = end.map(|end| query.address(AUDIT, &[("cursor", &end.to_text())]));
    Ok(render(&AuditPage {
        visitor: &visitor,
        query: &query,
        entries,
        groups: groups(),
        next,
    }))
}

/// The same entries as a file.
pub async fn export(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    export::file(&app, &query).await
}

fn groups() -> Vec<(String, String)> {
    let groups = What::groups().into_iter();
    let mut groups: Vec<_> = groups.map(|group| (in_words(&group), group)).collect();
    groups.sort();
    groups
        .into_iter()
        .map(|(label, group)| (group, label))
        .collect()
}

/// `clip.link-made`: Clip link made
fn in_words(what: &str) -> String {
    let words = what
        .replace(['.', '-'], " ")
        .replacen("sign in", "sign-in", 1);
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => words,
    }
}

impl AuditPage<'_> {
    fn export(&self) -> String {
        self.query.address("/audit/export", &[])
    }

    /// Whether a kind that no group has is chosen, as by an address that somebody wrote.
    fn has_other_kind(&self) -> bool {
        let what = self.query.what.trim();
        !what.is_empty() && self.groups.iter().all(|(group, _)| group != what)
    }

    /// `Clip link made`
    fn label(&self, what: &str) -> String {
        in_words(what)
    }

    /// What it is called today, or its number.
    fn name(&self, named: &Named, noun: &str) -> String {
        let name = named.name.clone();
        name.unwrap_or_else(|| format!("{noun} {} (gone)", named.number))
    }

    fn person(&self, named: &Named) -> String {
        let name = named.name.clone();
        name.unwrap_or_else(|| Author::Deleted(named.number).to_string())
    }

    /// Whether it names something that it was about.
    fn has_noun(&self, entry: &AuditEntry) -> bool {
        [&entry.clip, &entry.database, &entry.person]
            .iter()
            .any(|noun| noun.is_some())
    }

    fn has_words(&self, entry: &AuditEntry) -> bool {
        self.has_noun(entry) || !entry.detail.is_empty()
    }

    fn who(&self, entry: &AuditEntry) -> String {
        match (&entry.who, entry.via) {
            (Some(who), _) => self.person(who),
            (None, Some(Via::CommandLine)) => "The command line".to_owned(),
            (None, Some(Via::Server)) => "The server".to_owned(),
            (None, Some(Via::Link)) => "Somebody with a clip link".to_owned(),
            (None, _) => "An unknown visitor".to_owned(),
        }
    }

    /// `version 3, 120 rows in 12 ms`
    fn run(&self, entry: &AuditEntry) -> Option<String> {
        let run = entry.run.as_ref()?;
        let version = run.version.map(|version| format!("version {version}"));
        let outcome = match run.rows {
            Some(rows) => count(u64::try_from(rows).unwrap_or_default(), "row"),
            None => run.outcome.replace('_', " "),
        };
        let ended = format!("{outcome} in {}", span(run.elapsed));
        Some(
            version
                .into_iter()
                .chain([ended])
                .collect::<Vec<_>>()
                .join(", "),
        )
    }

    /// `country = hash 1f…`
    fn parameters(&self, entry: &AuditEntry) -> Vec<String> {
        let parameters = entry.run.as_ref().and_then(|run| run.parameters.as_ref());
        let parameters = parameters.and_then(|parameters| parameters.as_object());
        let shown = parameters.into_iter().flatten().map(|(name, value)| {
            let value = value.as_str().unwrap_or("NULL");
            format!("{name} = {value}")
        });
        shown.collect()
    }

    /// `by token 17 “laptop”`
    fn via(&self, entry: &AuditEntry) -> Option<String> {
        if entry.via? != Via::Token {
            return None;
        }
        let Some(Named { number, name }) = &entry.token else {
            return Some("by token".to_owned());
        };
        Some(match name {
            Some(name) => format!("by token {number} “{name}”"),
            None => format!("by token {number}"),
        })
    }
}
