//! `/databases`: all databases for an administrator, and for a member those that they may query.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use futures_util::future::try_join_all;

use super::done::Done;
use super::followers::facts::FollowerFacts;
use super::health_badge::Health;
use super::{health_badge, opening};
use crate::access::Queryable;
use crate::error::Error;
use crate::model::{Database, HealthLook, LookFound};
use crate::run::Warning;
use crate::web::app::App;
use crate::web::database::queryable;
use crate::web::http::extract::Query;
use crate::web::http::url;
use crate::web::page::render;
use crate::web::page::{in_words, time_tag};
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "database/list.html")]
struct DatabasesPage<'a> {
    visitor: &'a Visitor,
    databases: Vec<Listed>,
    /// With the number of clips that are left on each. Empty unless the visitor is an administrator.
    removed: Vec<(Database, i64)>,
    done: Option<Done>,
}

struct Listed {
    database: Queryable<Database>,
    clips: i64,
    health: Health,
    /// The newest, where there are daily looks. `None` unless the visitor is an administrator.
    look: Option<HealthLook>,
    /// Shown to administrators.
    followers: Vec<FollowerFacts>,
}

pub async fn index(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    visitor.viewer.signed_in()?;
    let clips = Database::clips_of_all(&app.store).await?;
    let clips_of = |database: &Database| clips.get(&database.id).copied().unwrap_or_default();
    let databases = queryable::all(&app, &visitor.viewer).await?;
    let mut looks = match visitor.is_administrator() {
        true => HealthLook::newest(&app.store).await?,
        false => HashMap::new(),
    };
    let databases = databases.into_iter().map(|database| {
        let look = looks.remove(&database.id);
        (database, look)
    });
    // All at once, each with its own timeout: one that is down does not delay the others.
    let listed = databases.map(async |(database, look)| {
        let followers = async {
            match visitor.is_administrator() {
                true => FollowerFacts::all(&app, &database).await,
                false => Ok(Vec::new()),
            }
        };
        let (health, followers) = tokio::join!(Health::check(&app, &database), followers);
        Ok::<_, Error>(Listed {
            look,
            clips: clips_of(&database),
            health: health?,
            // Its own health says why the database cannot be asked.
            followers: followers.unwrap_or_default(),
            database,
        })
    });
    let removed = match visitor.is_administrator() {
        true => Database::removed(&app.store).await?,
        false => Vec::new(),
    };
    Ok(render(&DatabasesPage {
        visitor: &visitor,
        databases: try_join_all(listed).await?,
        removed: removed
            .into_iter()
            .map(|database| {
                let clips = clips_of(&database);
                (database, clips)
            })
            .collect(),
        done: query.get("done").and_then(|done| Done::parse(done)),
    }))
}

impl Listed {
    /// Those that the list counts.
    fn warnings(&self) -> Vec<&Warning> {
        let report = self.health.report();
        report.map_or_else(Vec::new, |report| health_badge::counted(&report.warnings))
    }

    /// The CSS class and the words of the badge about the last daily look, where it has to be said.
    fn look_badge(&self) -> Option<(&'static str, String)> {
        let found = &self.look.as_ref()?.found;
        if found.failure.is_some() {
            return Some(("doubtful", "daily look failed".to_owned()));
        }
        let new = found.reds.iter().filter(|red| red.is_new).count();
        let red = match found.reds.len() {
            LookFound::REDS_MAX => format!("{} or more red findings", LookFound::REDS_MAX),
            reds => in_words::count(reds as u64, "red finding"),
        };
        let words = match (new, found.reds.len()) {
            (_, 0) => return None,
            (0, _) => red,
            (new, all) if new == all => in_words::count(new as u64, "new red finding"),
            (new, _) => format!("{red}, {new} of them new"),
        };
        Some(("bad", words))
    }
}
