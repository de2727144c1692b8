//! Records which clips' pages a user opens. This happens in the background: no response waits for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::{Clip, User, View};
use crate::store::Store;

/// For this long, the clip that a user opened last is not recorded again.
const REPEAT_AFTER: Duration = Duration::from_secs(60);

/// By user id: the number of the clip that this process last recorded for the user, and when.
#[derive(Debug, Default)]
pub struct RecentViews(Mutex<HashMap<i64, (i64, Instant)>>);

impl RecentViews {
    /// Records that the user opened this clip's page.
    pub fn note(&self, store: &Store, user: &User, clip: &Clip) {
        if !self.is_due(user.id, clip.number, Instant::now()) {
            return;
        }
        let (store, user, number) = (store.clone(), user.id, clip.number);
        tokio::spawn(async move {
            if let Err(error) = View::note(&store, user, number).await {
                let cause = error.cause();
                tracing::debug!(clip = number, cause, "a view was not recorded");
            }
        });
    }

    /// The next clip that the user opens is recorded, whichever it is.
    pub fn forget(&self, user: &User) {
        self.noted().remove(&user.id);
    }

    /// Removes expired entries.
    pub fn sweep(&self) {
        let now = Instant::now();
        self.noted()
            .retain(|_, (_, at)| now.duration_since(*at) < REPEAT_AFTER);
    }

    fn is_due(&self, user: i64, clip: i64, now: Instant) -> bool {
        let mut noted = self.noted();
        let is_last =
            |(last, at): &(i64, Instant)| *last == clip && now.duration_since(*at) < REPEAT_AFTER;
        if noted.get(&user).is_some_and(is_last) {
            return false;
        }
        noted.insert(user, (clip, now));
        true
    }

    fn noted(&self) -> MutexGuard<'_, HashMap<i64, (i64, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_loaded_again_is_noted_once_a_minute() {
        let views = RecentViews::default();
        let start = Instant::now();
        for (user, clip, after, is_due) in [
            (1, 7, Duration::ZERO, true),
            (1, 7, Duration::ZERO, false),
            (2, 7, Duration::ZERO, true),
            (1, 8, Duration::ZERO, true),
            (1, 7, Duration::ZERO, true),
            (1, 7, Duration::from_millis(59_999), false),
            (1, 7, REPEAT_AFTER, true),
        ] {
            assert_eq!(
                views.is_due(user, clip, start + after),
                is_due,
                "{user} {clip} {after:?}"
            );
        }
    }
}
