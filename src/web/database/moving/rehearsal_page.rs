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

/// The CSS class and the word of a badge.
type Badge = (&'static str, &'static str);

const SAME: Badge = ("good", "same rows");
const WORKS: Badge = ("good", "runs there");
const DIFFERS: Badge = ("doubtful", "other rows");
const NOT_RUN: Badge = ("doubtful", "not run");
const FAILS: Badge = ("bad", "fails");
const FAILS_ON_BOTH: Badge = ("bad", "fails on both");

impl Tried {
    fn badge(&self) -> Badge {
        match self.tried.verdict {
            Verdict::Same { .. } => SAME,
            Verdict::Works { .. } => WORKS,
            Verdict::Differs { .. } => DIFFERS,
            Verdict::NotRun(_) => NOT_RUN,
            Verdict::Fails(_) => FAILS,
            Verdict::FailsOnBoth { .. } => FAILS_ON_BOTH,
        }
    }

    /// On the other database.
    fn failure(&self) -> Option<String> {
        self.tried.verdict.failure().map(explain)
    }

    /// On this database, unless it fails on both for the same reason.
    fn failure_before(&self) -> Option<String> {
        let before = self.tried.verdict.failure_before().map(explain);
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
        self.counted().iter().map(|(_, count)| count).sum()
    }

    /// Each badge that there is, the worst first, and how many clips have it.
    fn counted(&self) -> Vec<(Badge, u64)> {
        let counts = &self.ending.counts;
        let mut all = vec![
            (FAILS, counts.fails),
            (FAILS_ON_BOTH, counts.fails_on_both),
            (DIFFERS, counts.differs),
            (NOT_RUN, counts.not_run),
            (WORKS, counts.works),
            (SAME, counts.same),
        ];
        all.retain(|(_, count)| *count > 0);
        all
    }
}

fn explain(failure: &Failure) -> String {
    if !failure.is_of_database() {
        return failure.message();
    }
    sentences(&failure.message(), failure.detail(), failure.advice())
}

/// What happened, PostgreSQL's words on it and what to do. Some advice begins with what happened.
fn sentences(message: &str, detail: Option<&str>, advice: Option<String>) -> String {
    let begins = |advice: &String| advice.starts_with(message.trim_end_matches('.'));
    let message = match advice.as_ref().is_some_and(begins) {
        true => None,
        false => Some(message),
    };
    let all = [message, detail, advice.as_deref()].into_iter().flatten();
    all.map(sentence).collect::<Vec<_>>().join(" ")
}

/// With a capital at its beginning and a full stop at its end.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let capital = characters.next().map(char::to_uppercase);
    let mut sentence: String = capital.into_iter().flatten().chain(characters).collect();
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn what_happened_is_said_once_and_in_sentences() {
        let detail = Some("terminating connection due to administrator command");
        for (message, advice, expected) in [
            (
                "An administrator of the database ended the connection.",
                Some(
                    "An administrator of the database ended the connection: try again in a moment.",
                ),
                "Terminating connection due to administrator command. \
                 An administrator of the database ended the connection: try again in a moment.",
            ),
            (
                "The connection was lost.",
                None,
                "The connection was lost. Terminating connection due to administrator command.",
            ),
        ] {
            let advice = advice.map(str::to_owned);
            assert_eq!(sentences(message, detail, advice), expected);
        }
        assert_eq!(sentences("It is full.", None, None), "It is full.");
    }
}
