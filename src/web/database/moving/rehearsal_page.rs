//! `POST /databases/{id}/move/check`: a page that grows while the queries of all clips run on both databases.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::move_page::{Chosen, refused, target};
use super::rehearsal::{Ending, Rehearsal, Rehearsed, Step, Verdict};
use crate::error::Error;
use crate::model::Database;
use crate::run::Failure;
use crate::web::app::App;
use crate::web::database::database_page::find;
use crate::web::http::extract::Path;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::page::in_words::count;
use crate::web::visitor::Visitor;

/// Where the template has a place for what is tried.
const PLACE: &str = "<!-- tried -->";

#[derive(Template)]
#[template(path = "database/rehearsal.html")]
struct RehearsalPage<'a> {
    visitor: &'a Visitor,
    from: &'a Database,
    to: &'a Database,
}

#[derive(Template)]
#[template(path = "database/rehearsed.html")]
struct Tried {
    tried: Box<Rehearsed>,
}

#[derive(Template)]
#[template(path = "database/rehearsal_end.html")]
struct End {
    ending: Ending,
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Error> {
    let administrator = visitor.viewer.administrate()?;
    let from = find(&app, &id).await?;
    let begun = async {
        let to = target(&app, chosen.to()).await?;
        let rehearsal = Rehearsal::new(&app, &from, &to, administrator.user())?;
        Ok((to, rehearsal))
    };
    let (to, rehearsal) = match begun.await {
        Ok(begun) => begun,
        Err(error) => return refused(&app, &visitor, &from, error).await,
    };
    let page = RehearsalPage {
        visitor: &visitor,
        from: &from,
        to: &to,
    };
    let page = page.render().map_err(Error::internal)?;
    let (begin, end) = page.split_once(PLACE).unwrap_or((&page, ""));
    Ok(grow(begin.to_owned(), rehearsal, end.to_owned()))
}

fn grow(begin: String, rehearsal: Rehearsal, end: String) -> Response {
    let steps = rehearsal.run().map(|step| match step {
        Step::Tried(tried) => Tried { tried }.render(),
        Step::Ended(ending) => End { ending }.render(),
    });
    let begin = stream::once(async { Ok::<_, askama::Error>(begin) });
    let end = stream::once(async { Ok(end) });
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        // Compression would hold back what was already tried.
        (CONTENT_ENCODING, "identity"),
    ];
    let body = Body::from_stream(begin.chain(steps).chain(end));
    (headers, body).into_response()
}

/// The CSS classes of badges.
const GOOD: &str = "good";
const DOUBTFUL: &str = "doubtful";
const BAD: &str = "bad";

impl Tried {
    fn badge(&self) -> (&'static str, &'static str) {
        match self.tried.verdict {
            Verdict::Same { .. } => (GOOD, "same rows"),
            Verdict::Works { .. } => (GOOD, "runs there"),
            Verdict::Differs { .. } => (DOUBTFUL, "other rows"),
            Verdict::NotRun(_) => (DOUBTFUL, "not run"),
            Verdict::Fails(_) => (BAD, "fails"),
            Verdict::FailsOnBoth { .. } => (BAD, "fails on both"),
        }
    }

    /// On the other database.
    fn failure(&self) -> Option<String> {
        self.tried.verdict.failure().map(in_words)
    }

    /// On this database, unless it fails on both for the same reason.
    fn failure_before(&self) -> Option<String> {
        let before = self.tried.verdict.failure_before().map(in_words);
        before.filter(|before| self.failure().as_ref() != Some(before))
    }

    /// “4 rows instead of 5”
    fn rows(&self) -> Option<String> {
        let rows = count(self.tried.verdict.rows()?, "row");
        Some(match self.tried.verdict.rows_before() {
            Some(before) if Some(before) != self.tried.verdict.rows() => {
                format!("{rows} instead of {before}")
            }
            Some(_) if self.tried.verdict.differs() => {
                format!("{rows} on both, with other columns or values, or in another order")
            }
            Some(_) | None if self.tried.verdict.is_cut() => {
                format!("the first {rows}, where both results are cut")
            }
            Some(_) | None => rows,
        })
    }
}

impl End {
    fn tried(&self) -> u64 {
        self.counted().iter().map(|(_, _, count)| count).sum()
    }

    /// The CSS class and the word of each badge that there is, the worst first, and how many clips have it.
    fn counted(&self) -> Vec<(&'static str, &'static str, u64)> {
        let counts = &self.ending.counts;
        let mut all = vec![
            (BAD, "fails", counts.fails),
            (BAD, "fails on both", counts.fails_on_both),
            (DOUBTFUL, "other rows", counts.differs),
            (DOUBTFUL, "not run", counts.not_run),
            (GOOD, "runs there", counts.works),
            (GOOD, "same rows", counts.same),
        ];
        all.retain(|(_, _, count)| *count > 0);
        all
    }
}

fn in_words(failure: &Failure) -> String {
    if !failure.is_of_database() {
        return failure.message();
    }
    let advice = failure.advice().into_iter();
    let words: Vec<_> = std::iter::once(failure.cause()).chain(advice).collect();
    words.join(" ")
}
