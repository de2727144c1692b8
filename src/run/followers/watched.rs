//! One server of a database, as it last answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, timeout};

use super::standing::Standing;
use crate::run::Failure;
use crate::run::pool::database::Database;

/// How long somebody waits for an answer; the question itself may go on, as while a connection is opened.
const WAIT_MAX: Duration = Duration::from_millis(1_500);
/// A server that is asked for longer than this is silent.
const SILENT_AFTER: Duration = Duration::from_secs(2);
/// How long an answer serves while the side connection is busy.
const BUSY_MAX: Duration = Duration::from_secs(10);

pub(in crate::run) struct Watched {
    pub(in crate::run) database: Arc<Database>,
    latest: Mutex<Latest>,
    /// Held while it is asked.
    asking: Arc<AsyncMutex<()>>,
}

#[derive(Default)]
struct Latest {
    answer: Option<Answer>,
    failure: Option<Failure>,
    /// Since when it has not answered.
    unanswered_since: Option<Instant>,
}

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) standing: Standing,
    /// Just before it was asked.
    pub(super) asked: Instant,
    pub(super) asked_at: Timestamp,
}

/// What is known of a server now.
pub(super) enum Known {
    Answered(Answer),
    Failed(Failure),
    /// Asked, and silent for this long.
    Silent(Duration),
    NotAsked,
}

impl Watched {
    pub(super) fn new(database: Arc<Database>) -> Self {
        Self {
            database,
            latest: Mutex::default(),
            asking: Arc::default(),
        }
    }

    /// Asks, and waits a moment for the answer.
    pub(super) async fn ask(self: &Arc<Self>) {
        // Nobody waits for a server that is known to be silent.
        let wait_max = match self.silence() > SILENT_AFTER {
            true => Duration::ZERO,
            false => WAIT_MAX,
        };
        let Ok(turn) = self.asking.clone().try_lock_owned() else {
            let _ = timeout(wait_max, self.asking.lock()).await;
            return;
        };
        let watched = self.clone();
        let question = tokio::spawn(async move {
            let (asked, asked_at) = (Instant::now(), Timestamp::now());
            watched.latest().unanswered_since.get_or_insert(asked);
            let answer = watched.database.side().standing().await;
            watched.latest().note(answer.map(|standing| Answer {
                standing,
                asked,
                asked_at,
            }));
            drop(turn);
        });
        let _ = timeout(wait_max, question).await;
    }

    pub(super) fn known(&self) -> Known {
        let latest = self.latest();
        let silence = latest.unanswered_since.map(|since| since.elapsed());
        match (&latest.failure, &latest.answer, silence) {
            (_, _, Some(silence)) if silence > SILENT_AFTER => Known::Silent(silence),
            (Some(failure), _, _) => Known::Failed(failure.clone()),
            (None, Some(answer), _) if answer.asked.elapsed() <= BUSY_MAX => {
                Known::Answered(answer.clone())
            }
            (None, Some(answer), _) => Known::Silent(answer.asked.elapsed()),
            (None, None, Some(silence)) => Known::Silent(silence),
            (None, None, None) => Known::NotAsked,
        }
    }

    /// How long it has not answered, if it does not.
    pub(super) fn silence(&self) -> Duration {
        let since = self.latest().unanswered_since;
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Latest {
    fn note(&mut self, answer: Result<Answer, Failure>) {
        match answer {
            Ok(answer) => {
                *self = Self {
                    answer: Some(answer),
                    failure: None,
                    unanswered_since: None,
                }
            }
            // Others use the side connection, so it answers.
            Err(Failure::QueueFull) => self.unanswered_since = None,
            Err(failure) if failure.is_no_answer() => {}
            Err(failure) => {
                self.failure = Some(failure);
                self.unanswered_since = None;
            }
        }
    }
}
