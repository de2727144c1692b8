//! Bodies that are being encoded: requests for the same one at the same time share the work.
//!
//! Those who share the work hold the run together: it goes on until the last one leaves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::encode;
use crate::encode::{Caption, Coding, Format, Options};
use crate::result::{Spool, Summary};
use crate::run::Failure;

/// Everything on which a body's bytes depend, when the facts of the result may not be known yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BodyKey {
    /// [`Rows::identity`](crate::result::Rows::identity) of the rows.
    pub rows: u64,
    pub format: Format,
    pub options: Options,
    pub caption: Caption,
    pub coding: Coding,
}

/// What every request that waits for the work gets.
pub type Encoded = Result<(Arc<Spool>, Summary), Arc<encode::Failure<Failure>>>;

/// The encoding of one body. It runs only while a request waits for it.
pub type Work = BoxFuture<'static, Encoded>;

/// The bodies that are being encoded now.
#[derive(Default)]
pub struct InFlight(Mutex<HashMap<BodyKey, WeakShared<Work>>>);

impl InFlight {
    /// The work for this body: that of an earlier request, or new work.
    pub fn join(&self, key: BodyKey, work: impl FnOnce() -> Work) -> Shared<Work> {
        let mut works = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = works.get(&key).and_then(WeakShared::upgrade) {
            return shared;
        }
        works.retain(|_, work| work.upgrade().is_some());
        let shared = work().shared();
        if let Some(weak) = shared.downgrade() {
            works.insert(key, weak);
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    fn key(rows: u64) -> BodyKey {
        BodyKey {
            rows,
            format: Format::Csv,
            options: Options::default(),
            caption: Caption {
                title: "Greetings".to_owned(),
                version: Some(1),
                url: None,
                sql: None,
            },
            coding: Coding::Identity,
        }
    }

    fn cancelled() -> Encoded {
        Err(Arc::new(encode::Failure::Run(Failure::Cancelled)))
    }

    #[tokio::test]
    async fn requests_for_the_same_body_share_one_encoding() {
        let in_flight = InFlight::default();
        let (works, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let join = |rows| {
            in_flight.join(key(rows), || {
                works.fetch_add(1, Ordering::Relaxed);
                let go = go.clone();
                async move {
                    go.notified().await;
                    cancelled()
                }
                .boxed()
            })
        };
        let waiting: Vec<_> = (0..10).map(|_| join(1)).collect();
        let other = join(2);
        assert_eq!(works.load(Ordering::Relaxed), 2);
        go.notify_waiters();
        drop(other);
        go.notify_one();
        for work in waiting {
            assert!(work.await.is_err());
        }
        // No request waits any longer: the next one starts anew.
        let again = join(1);
        assert_eq!(works.load(Ordering::Relaxed), 3);
        drop(again);
    }
}
