//! To which server a run goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::watch::Watch;
use super::watched::Watched;
use super::{FollowerStanding, Following, Newest};
use crate::result::{Position, ReadFrom};
use crate::run::error::failure::Failure;
use crate::run::pool::databases::Entry;
use crate::run::{Origin, RunsOn};

/// A follower that is silent for so long has lost its run.
const LOST_AFTER: Duration = Duration::from_secs(5);
/// Among followers that are used equally little, each gets its turn.
static TURN: AtomicUsize = AtomicUsize::new(0);

/// What a run needs to choose its server.
pub(in crate::run) struct Followed {
    pub(in crate::run) watch: Arc<Watch>,
    pub(in crate::run) following: Following,
    pub(in crate::run) origin: Origin,
}

/// The server to which a run goes.
pub(in crate::run) struct Place {
    /// `None`: the primary.
    follower: Option<Arc<Watched>>,
    name: Option<String>,
    /// Up to where the follower had replayed.
    complete_to: Option<Position>,
    /// Where the primary was.
    primary: Option<Position>,
}

impl Followed {
    /// Chooses a server and enters its queue. `newest` resolves to the newest result of the run's version.
    pub(in crate::run) async fn choose(
        &self,
        newest: BoxFuture<'static, Newest>,
    ) -> Result<(Entry, Place), Failure> {
        if self.following.runs_on == RunsOn::Primary {
            return self.primary();
        }
        let newest = newest.await;
        self.watch.refresh().await;
        let mut standings = self.watch.standings(&self.following.rules).await;
        let mut chosen = self.follower(&standings, newest);
        if chosen.is_none() && standings.iter().any(FollowerStanding::is_healthy) {
            // They were asked before the newest result was there.
            self.watch.ask_again().await;
            standings = self.watch.standings(&self.following.rules).await;
            chosen = self.follower(&standings, newest);
        }
        match chosen {
            Some(chosen) => Ok(chosen),
            None if self.following.may_use_primary() => self.primary(),
            None => Err(self.nowhere(&standings)),
        }
    }

    pub(in crate::run) fn may_use_primary(&self) -> bool {
        self.following.may_use_primary()
    }

    /// Resolves once the follower is known to have lost the run.
    pub(in crate::run) async fn lost(&self, place: &Place) {
        match &place.follower {
            Some(follower) => self.watch.silent(follower, LOST_AFTER).await,
            None => std::future::pending().await,
        }
    }

    /// Enters the queue of the least used among the healthy followers that have all that the newest result shows.
    fn follower(&self, standings: &[FollowerStanding], newest: Newest) -> Option<(Entry, Place)> {
        let primary = self.watch.primary_at().map(|primary| primary.position);
        let all = standings.iter().zip(&self.watch.followers);
        let mut fit: Vec<_> = all
            .filter(|(standing, _)| standing.is_healthy())
            .filter_map(|(standing, (_, server))| Some((standing.position?, standing, server)))
            .filter(|(position, _, _)| newest.is_within(*position, &self.watch))
            .collect();
        if fit.is_empty() {
            return None;
        }
        let turn = TURN.fetch_add(1, Ordering::Relaxed) % fit.len();
        fit.rotate_left(turn);
        fit.sort_by_key(|(_, _, server)| {
            let state = server.database.state();
            state.in_use + state.waiting
        });
        fit.into_iter().find_map(|(position, standing, server)| {
            let ticket = server.database.enter(self.origin).ok()?;
            let place = Place {
                follower: Some(server.clone()),
                name: Some(standing.name.clone()),
                complete_to: Some(position),
                primary,
            };
            let database = server.database.clone();
            Some((Entry { database, ticket }, place))
        })
    }

    /// Enters the queue of the primary.
    pub(in crate::run) fn primary(&self) -> Result<(Entry, Place), Failure> {
        let database = self.watch.primary.database.clone();
        let ticket = database.enter(self.origin)?;
        let place = Place {
            follower: None,
            name: None,
            complete_to: None,
            primary: self.watch.primary_at().map(|primary| primary.position),
        };
        Ok((Entry { database, ticket }, place))
    }

    fn nowhere(&self, standings: &[FollowerStanding]) -> Failure {
        if standings.is_empty() {
            return Failure::without_followers();
        }
        if standings.iter().any(FollowerStanding::is_healthy) {
            return Failure::behind_newest();
        }
        let rules = &self.following.rules;
        let each = standings.iter().map(|standing| {
            let sentence = standing.sentence(rules);
            format!("{}: {sentence}", standing.name)
        });
        let each: Vec<String> = each.collect();
        Failure::no_follower(
            "No follower of the database can be used now, and the query may not run on its primary."
                .to_owned(),
            Some(each.join(" ")),
        )
    }
}

impl Place {
    pub(in crate::run) fn is_follower(&self) -> bool {
        self.follower.is_some()
    }

    /// Of the follower.
    pub(in crate::run) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether the server says where it is.
    pub(in crate::run) fn says_position(&self) -> bool {
        self.is_follower() || self.primary.is_some()
    }

    /// `position` is what the server said in the run's own transaction.
    pub(in crate::run) fn read_from(&self, position: Option<Position>) -> ReadFrom {
        let behind = position.zip(self.primary);
        ReadFrom {
            follower: self.name.clone(),
            behind_bytes: behind
                .filter(|_| self.is_follower())
                .map(|(position, primary)| position.behind(primary)),
            position,
            complete_to: self.complete_to,
        }
    }
}
