//! What is known of the followers of a database now.

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::error::Error;
use crate::model::{Database, Follower};
use crate::run::{Behind, FollowerStanding, FollowerState, Report, Target};
use crate::web::app::App;
use crate::web::page::in_words::{bytes, span};

/// A follower, and what it reports about itself.
pub struct FollowerFacts {
    pub standing: FollowerStanding,
    pub sentence: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// `None` where it does not answer.
    pub report: Option<Report>,
}

impl FollowerFacts {
    /// Of each follower, by name. Takes a few seconds at most, whatever they do.
    pub async fn all(app: &App, database: &Database) -> Result<Vec<Self>, Error> {
        if database.followers.is_empty() {
            return Ok(Vec::new());
        }
        let target = app.target(database)?;
        let standings = app.runner.followers(&target).await;
        let standings = standings.map_err(Error::DatabaseNotUsable)?;
        let facts = standings.into_iter().map(async |standing| Self {
            sentence: standing.sentence(&database.follower_rules),
            created_at: created_at(database, standing.id),
            report: report(app, &target, &standing).await,
            standing,
        });
        let mut all = join_all(facts).await;
        all.extend(database.followers.iter().filter_map(|follower| {
            let error = follower.url(&app.key).err()?;
            Some(Self::unreadable(database, follower, &error))
        }));
        Ok(all)
    }

    /// One whose URL cannot be opened.
    fn unreadable(database: &Database, follower: &Follower, error: &Error) -> Self {
        let standing = FollowerStanding {
            id: follower.id,
            name: follower.name.clone(),
            role: String::new(),
            state: FollowerState::Unreachable {
                detail: error.to_string(),
            },
            behind: None,
            position: None,
            is_paused: false,
        };
        Self {
            sentence: standing.sentence(&database.follower_rules),
            standing,
            created_at: follower.created_at,
            report: None,
        }
    }

    /// The badge's CSS class.
    pub fn kind(&self) -> &'static str {
        match self.standing.state {
            FollowerState::Healthy => "good",
            FollowerState::Lagging | FollowerState::PrimaryUnknown | FollowerState::NotAsked => {
                "doubtful"
            }
            FollowerState::Promoted
            | FollowerState::Astray
            | FollowerState::OtherTimeline { .. }
            | FollowerState::OtherRole { .. }
            | FollowerState::Silent { .. }
            | FollowerState::Unreachable { .. }
            | FollowerState::Denied => "bad",
        }
    }

    /// The status that the API has, in words.
    pub fn word(&self) -> String {
        self.standing.state.as_str().replace('_', " ")
    }

    pub fn sql(&self) -> Option<String> {
        self.standing.sql()
    }
}

/// “1.2 KiB, 12 ms”, for templates.
pub fn behind(behind: &Behind) -> String {
    match behind.time {
        Some(time) if behind.bytes > 0 => format!("{}, {}", bytes(behind.bytes), span(time)),
        Some(_) | None => bytes(behind.bytes),
    }
}

fn created_at(database: &Database, id: i64) -> Timestamp {
    let mut followers = database.followers.iter();
    let follower = followers.find(|follower| follower.id == id);
    follower.map_or(database.created_at, |follower| follower.created_at)
}

/// Asks only one that answers.
async fn report(app: &App, target: &Target, standing: &FollowerStanding) -> Option<Report> {
    standing.position?;
    let following = target.following.as_ref()?;
    let mut followers = following.followers.iter();
    let follower = followers.find(|follower| follower.id == standing.id)?;
    app.runner.examine_follower(target, follower).await.ok()
}
