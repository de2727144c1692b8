//! Asks the servers of one database how they are: once a second while runs use them, and before a run if nobody did lately.
//!
//! The primary is asked first: a follower that has replayed up to where the primary was then lacks nothing that was committed
//! before. The other way round, a follower of a busy primary would always seem to be behind.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;

use super::rules::FollowerRules;
use super::state::{Behind, FollowerStanding, FollowerState};
use super::watched::{Answer, Known, Watched};
use super::{FollowerTarget, Following};
use crate::result::Position;
use crate::run::Failure;

/// What is known is at most this old when a run is sent.
const FRESH: Duration = Duration::from_secs(2);
const INTERVAL: Duration = Duration::from_secs(1);
/// How long after its last use a database's followers are still watched.
const USED: Duration = Duration::from_secs(30);
/// The primary counts as watched while its last position but one is at most this old.
const WATCHED: Duration = Duration::from_secs(4);
/// Positions of the primary that are remembered.
const POSITIONS_MAX: usize = 64;
/// A follower that seems to be late gets this long to replay what the primary had just written.
const ARRIVING: Duration = Duration::from_millis(100);

/// The servers of one database.
pub(in crate::run) struct Watch {
    pub(super) primary: Arc<Watched>,
    pub(super) followers: Vec<(FollowerTarget, Arc<Watched>)>,
    /// Where the primary was, the newest last.
    positions: Mutex<VecDeque<WasAt>>,
    /// When the servers were last asked.
    round: AsyncMutex<Option<Instant>>,
    used: Mutex<Instant>,
    is_kept: AtomicBool,
}

/// Where the primary was at a moment of ours.
#[derive(Clone, Copy)]
struct WasAt {
    position: Position,
    asked: Instant,
    asked_at: Timestamp,
}

/// What is known of the primary.
#[derive(Clone, Copy)]
pub(super) struct PrimaryAt {
    pub(super) position: Position,
    pub(super) asked_at: Timestamp,
}

impl Watch {
    pub(in crate::run) fn new(
        primary: Arc<Watched>,
        followers: Vec<(FollowerTarget, Arc<Watched>)>,
    ) -> Self {
        Self {
            primary,
            followers,
            positions: Mutex::default(),
            round: AsyncMutex::default(),
            used: Mutex::new(Instant::now()),
            is_kept: AtomicBool::new(false),
        }
    }

    /// Whether it watches these servers.
    pub(in crate::run) fn is_of(&self, following: &Following) -> bool {
        let watched = self.followers.iter().map(|(target, _)| target);
        watched.eq(following.followers.iter())
    }

    /// Whether nobody has used it lately.
    pub(in crate::run) fn is_unused(&self) -> bool {
        self.used().elapsed() > USED
    }

    /// Makes sure that what is known is fresh, and stays so while runs use it.
    pub(in crate::run) async fn refresh(self: &Arc<Self>) {
        *self.used() = Instant::now();
        self.keep();
        self.ask_all(FRESH).await;
    }

    /// Asks again, however recent the answers are: followers replay all the time.
    pub(super) async fn ask_again(&self) {
        self.ask_all(Duration::ZERO).await;
    }

    async fn ask_all(&self, fresh: Duration) {
        let mut round = self.round.lock().await;
        if round.is_some_and(|asked| asked.elapsed() < fresh) {
            return;
        }
        let asked = Instant::now();
        self.primary.ask().await;
        self.note_position();
        join_all(self.followers.iter().map(|(_, server)| server.ask())).await;
        *round = Some(asked);
    }

    /// Asks once a second until nobody uses it any longer.
    fn keep(self: &Arc<Self>) {
        if self.is_kept.swap(true, Ordering::AcqRel) {
            return;
        }
        let watch = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(INTERVAL).await;
                let Some(watch) = watch.upgrade() else {
                    return;
                };
                if watch.is_unused() {
                    watch.is_kept.store(false, Ordering::Release);
                    // Unless somebody has begun to use it just now, and believed that it was kept.
                    if watch.is_unused() || watch.is_kept.swap(true, Ordering::AcqRel) {
                        return;
                    }
                }
                watch.ask_all(INTERVAL).await;
            }
        });
    }

    fn note_position(&self) {
        let Known::Answered(answer) = self.primary.known() else {
            return;
        };
        let Some(position) = answer.standing.position else {
            return;
        };
        let mut positions = self.positions();
        if positions
            .back()
            .is_some_and(|last| last.asked == answer.asked)
        {
            return;
        }
        // Another history: that of a server which has taken the primary's place.
        if positions
            .back()
            .is_some_and(|last| last.position > position)
        {
            positions.clear();
        }
        if positions.len() >= POSITIONS_MAX {
            positions.pop_front();
        }
        positions.push_back(WasAt {
            position,
            asked: answer.asked,
            asked_at: answer.asked_at,
        });
    }

    /// Where the primary was when it was last asked, if it answers, and is one.
    pub(super) fn primary_at(&self) -> Option<PrimaryAt> {
        let answer = self.primary_answer()?;
        Some(PrimaryAt {
            position: answer.standing.position?,
            asked_at: answer.asked_at,
        })
    }

    fn primary_answer(&self) -> Option<Answer> {
        match self.primary.known() {
            Known::Answered(answer) if !answer.standing.is_follower => Some(answer),
            Known::Answered(_) | Known::Failed(_) | Known::Silent(_) | Known::NotAsked => None,
        }
    }

    /// The moment up to which a follower has everything, if it has replayed this.
    pub(super) fn complete_since(&self, replayed: Position) -> Option<Timestamp> {
        self.was_at(replayed).map(|was| was.asked_at)
    }

    /// How the followers are, by name. If the primary was not watched until now, a follower that is late by time but not by bytes is
    /// asked once more: the primary may have just written for the first time in an hour, and the follower only has to receive that.
    pub(in crate::run) async fn standings(&self, rules: &FollowerRules) -> Vec<FollowerStanding> {
        let standings = self.known_standings(rules);
        if self.was_watched() {
            return standings;
        }
        let is_late = |standing: &FollowerStanding| {
            let behind = standing.behind;
            standing.state == FollowerState::Lagging
                && behind.is_some_and(|behind| behind.bytes <= rules.lag_bytes_max)
        };
        let late: Vec<_> = (standings.iter().zip(&self.followers))
            .filter(|(standing, _)| is_late(standing))
            .map(|(_, (_, server))| server)
            .collect();
        if late.is_empty() {
            return standings;
        }
        sleep(ARRIVING).await;
        join_all(late.into_iter().map(Watched::ask)).await;
        self.known_standings(rules)
    }

    pub(super) fn known_standings(&self, rules: &FollowerRules) -> Vec<FollowerStanding> {
        let primary = self.primary_answer();
        let judged = self.followers.iter().map(|(target, server)| {
            let (state, behind, answer) = match server.known() {
                Known::Answered(answer) => {
                    let (state, behind) = self.judge(&answer, primary.as_ref(), rules);
                    (state, behind, Some(answer))
                }
                Known::Failed(failure) => (failed(&failure), None, None),
                Known::Silent(since) => (FollowerState::Silent { since }, None, None),
                Known::NotAsked => (FollowerState::NotAsked, None, None),
            };
            let standing = answer.map(|answer| answer.standing);
            FollowerStanding {
                id: target.id,
                name: target.name.clone(),
                role: target.url.user().to_owned(),
                state,
                behind,
                position: standing.as_ref().and_then(|standing| standing.position),
                is_paused: standing.is_some_and(|standing| standing.is_paused),
            }
        });
        judged.collect()
    }

    fn judge(
        &self,
        answer: &Answer,
        primary: Option<&Answer>,
        rules: &FollowerRules,
    ) -> (FollowerState, Option<Behind>) {
        if !answer.standing.is_follower {
            return (FollowerState::Promoted, None);
        }
        let Some(primary) = primary else {
            let state = match self.primary.known() {
                Known::Failed(failure) if is_denied(&failure) => FollowerState::Denied,
                Known::Answered(_) | Known::Failed(_) | Known::Silent(_) | Known::NotAsked => {
                    FollowerState::PrimaryUnknown
                }
            };
            return (state, None);
        };
        if answer.standing.is_of_another(&primary.standing) {
            return (FollowerState::Astray, None);
        }
        if answer.standing.role != primary.standing.role {
            let state = FollowerState::OtherRole {
                own: answer.standing.role.clone(),
                primarys: primary.standing.role.clone(),
            };
            return (state, None);
        }
        if let Some((own, primarys)) = answer.standing.timelines(&primary.standing) {
            let may_be_higher = answer.standing.timeline_may_be_higher;
            let state = FollowerState::OtherTimeline {
                own,
                primarys,
                may_be_higher,
            };
            return (state, None);
        }
        let Some(behind) = self.behind(answer, primary) else {
            return (FollowerState::Lagging, None);
        };
        let is_within = behind.bytes <= rules.lag_bytes_max
            && behind.time.is_some_and(|time| time <= rules.lag_max);
        let state = match is_within {
            true => FollowerState::Healthy,
            false => FollowerState::Lagging,
        };
        (state, Some(behind))
    }

    /// In time, a follower that has replayed all that the primary has written is not behind. Any other is at most as far behind as
    /// its last replayed commit is old, and at most by the time since the primary was where the follower is now.
    fn behind(&self, answer: &Answer, primary: &Answer) -> Option<Behind> {
        let replayed = answer.standing.position?;
        let bytes = replayed.behind(primary.standing.position?);
        if bytes == 0 {
            let time = Some(Duration::ZERO);
            return Some(Behind { bytes, time });
        }
        let by_commit = answer.standing.since_replayed(&primary.standing);
        let was_there = self.was_at(replayed);
        let by_position = was_there.map(|was| answer.asked.duration_since(was.asked));
        let time = [by_commit, by_position].into_iter().flatten().min();
        Some(Behind { bytes, time })
    }

    /// Whether it is known where the primary was a moment before it was last asked.
    fn was_watched(&self) -> bool {
        let positions = self.positions();
        let before = positions.iter().rev().nth(1);
        before.is_some_and(|was| was.asked.elapsed() < WATCHED)
    }

    /// The last time at which the primary was known to have written no more than this.
    fn was_at(&self, replayed: Position) -> Option<WasAt> {
        let positions = self.positions();
        let mut had = positions.iter().rev();
        had.find(|was| was.position <= replayed).copied()
    }

    /// Resolves when this follower has not answered for so long. Meanwhile it is watched.
    pub(super) async fn silent(self: &Arc<Self>, server: &Watched, limit: Duration) {
        while server.silence() < limit {
            *self.used() = Instant::now();
            self.keep();
            sleep(INTERVAL / 2).await;
        }
    }

    fn used(&self) -> MutexGuard<'_, Instant> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn positions(&self) -> MutexGuard<'_, VecDeque<WasAt>> {
        self.positions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(failure: &Failure) -> FollowerState {
    match is_denied(failure) {
        true => FollowerState::Denied,
        false => FollowerState::Unreachable {
            detail: failure
                .detail()
                .map_or_else(|| failure.cause(), str::to_owned),
        },
    }
}

fn is_denied(failure: &Failure) -> bool {
    failure.sqlstate() == Some(SqlState::INSUFFICIENT_PRIVILEGE.code())
}
