//! The servers that share the store: how many live, and what the transactions of all of them have changed.
//!
//! Each server has one connection on which it listens, and records every two seconds that it lives. While that connection
//! is lost, nothing that was read from the store is cached.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{Instant, interval_at, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::model::{Notice, SecretKey, ServerId, Tag};
use crate::store::{Listener, Store};

/// How often a server says that it lives.
const BEAT_INTERVAL: Duration = Duration::from_secs(2);
/// A store that does not respond to that for so long counts as lost.
const BEAT_WAIT: Duration = Duration::from_secs(2);
/// A server that did not stop as it should counts for this long.
const COUNTED_FOR: Duration = Duration::from_secs(6);
const RECONNECT_WAIT: Duration = Duration::from_millis(500);
/// How many notices wait for a slow receiver, which is then told that it missed some.
const NOTICES_MAX: usize = 1_000;

const TAG: &str = "dataclips 2026-11 tag";

/// Shared by all who remember something that was read from the store.
#[derive(Debug)]
pub struct Servers {
    store: Store,
    id: ServerId,
    key: SecretKey,
    others: watch::Sender<usize>,
    /// How many others were counted within the last seconds: after a failover of the store each of them has yet to say
    /// again that it lives.
    counted: Mutex<VecDeque<(Instant, usize)>>,
    /// Counts the connections and the losses of one: odd while it listens.
    connections: AtomicU64,
    /// Counts what may have changed.
    changes: AtomicU64,
    /// What had been committed by then has been heard. `None` before the first time.
    heard_until: Mutex<Option<Instant>>,
    /// Somebody wants that to be later.
    catch_up: Notify,
    notices: broadcast::Sender<Notice>,
    left: CancellationToken,
}

/// Since when the server has listened without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening(u64);

impl Servers {
    /// Listens before it returns, so that the first requests are served like the others.
    pub async fn join(store: Store, key: &SecretKey) -> Result<Arc<Self>, Error> {
        let servers = Arc::new(Self {
            store,
            id: ServerId::generate()?,
            key: key.clone(),
            others: watch::Sender::new(0),
            counted: Mutex::default(),
            connections: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            heard_until: Mutex::default(),
            catch_up: Notify::new(),
            notices: broadcast::Sender::new(NOTICES_MAX),
            left: CancellationToken::new(),
        });
        let listener = servers.listen().await?;
        tokio::spawn({
            let servers = servers.clone();
            async move {
                tokio::select! {
                    () = servers.keep_listening(listener) => {}
                    () = servers.left.cancelled() => {}
                }
            }
        });
        Ok(servers)
    }

    /// This server, for as long as it runs.
    pub fn id(&self) -> ServerId {
        self.id
    }

    /// For hashes that are the same at all servers, and say nothing about what is hashed.
    pub fn tag_key(&self) -> [u8; 32] {
        self.key.derive(TAG)
    }

    /// The same at all servers; says nothing about the secret.
    pub fn tag(&self, secret: &str) -> Tag {
        Tag::new(&self.tag_key(), secret)
    }

    /// The tag, followed by the one that other servers may still or already use while the key is replaced.
    pub fn tags(&self, secret: &str) -> Vec<Tag> {
        let keys = self.key.derive_all(TAG);
        keys.iter().map(|key| Tag::new(key, secret)).collect()
    }

    /// How many servers live, this one included.
    pub fn living(&self) -> usize {
        1 + *self.others.borrow()
    }

    /// How many other servers live, from now on.
    pub fn others(&self) -> watch::Receiver<usize> {
        self.others.subscribe()
    }

    pub fn is_alone(&self) -> bool {
        self.living() == 1
    }

    /// What was read from the store since this began may be remembered, unless a notice says otherwise. `None`: nothing may.
    pub fn listening(&self) -> Option<Listening> {
        let connections = self.connections.load(Ordering::SeqCst);
        (connections % 2 == 1).then_some(Listening(connections))
    }

    /// Counts [`Notice::Changed`], and each gap in which one may have been missed. `None` while the store is not heard.
    pub fn changes(&self) -> Option<u64> {
        let changes = self.changes.load(Ordering::SeqCst);
        self.listening().map(|_| changes)
    }

    /// All that was committed before this moment is counted in [`Self::changes`], if that is asked for afterwards.
    pub fn heard_until(&self) -> Option<Instant> {
        *self.last_heard()
    }

    /// Moves [`Self::heard_until`] to now, by one round trip to the store in the background.
    pub fn catch_up(&self) {
        self.catch_up.notify_one();
    }

    /// All notices from now on.
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Tells all servers.
    pub async fn tell(&self, notice: &Notice) -> Result<(), Error> {
        notice.send(&*self.store.client().await?).await
    }

    /// Tells the others that this server stops.
    pub async fn leave(&self) -> Result<(), Error> {
        // Or it would say again that it lives.
        self.left.cancel();
        self.id.leave(&*self.store.client().await?).await
    }

    async fn listen(&self) -> Result<Listener, Error> {
        let listener = self.store.listen(Notice::CHANNEL).await?;
        let now = Instant::now();
        // Those who were known before may not have come back yet.
        self.counted().iter_mut().for_each(|(at, _)| *at = now);
        self.beat(&listener).await?;
        self.id.announce(&listener.client).await?;
        self.changes.fetch_add(1, Ordering::SeqCst);
        *self.last_heard() = Some(now);
        self.connections.fetch_add(1, Ordering::SeqCst);
        self.pass_on(Notice::Missed);
        Ok(listener)
    }

    async fn keep_listening(&self, mut listener: Listener) {
        loop {
            let lost = self.hear(listener).await;
            self.connections.fetch_add(1, Ordering::SeqCst);
            tracing::warn!(
                cause = lost,
                "the store is not heard: nothing is remembered meanwhile"
            );
            listener = loop {
                sleep(RECONNECT_WAIT).await;
                if let Ok(Ok(listener)) = timeout(BEAT_WAIT, self.listen()).await {
                    break listener;
                }
            };
            tracing::info!("the store is heard again");
        }
    }

    /// Returns why it ended.
    async fn hear(&self, mut listener: Listener) -> String {
        let mut beats = interval_at(Instant::now() + BEAT_INTERVAL, BEAT_INTERVAL);
        loop {
            let is_beat = tokio::select! {
                heard = listener.next() => match heard {
                    Some(payload) if self.read(&payload) => true,
                    Some(_) => continue,
                    None => return "the connection was closed".to_owned(),
                },
                _ = beats.tick() => true,
                () = self.catch_up.notified() => false,
            };
            let asked_at = Instant::now();
            let responded = match is_beat {
                true => self.beat(&listener).await,
                false => within_beat_wait(listener.round_trip()).await,
            };
            if let Err(error) = responded {
                return error.cause();
            }
            // The connection sent them before it responded.
            while let Some(payload) = listener.heard_already() {
                if self.read(&payload) {
                    beats.reset_immediately();
                }
            }
            *self.last_heard() = Some(asked_at);
        }
    }

    /// Passes a notice on. Returns whether it is about their number.
    fn read(&self, payload: &str) -> bool {
        let Ok(notice) = serde_json::from_str(payload) else {
            // A notice of a later release may mean anything.
            self.missed();
            return false;
        };
        if notice == Notice::Changed {
            self.changes.fetch_add(1, Ordering::SeqCst);
        }
        if notice == Notice::Left {
            self.counted().clear();
        }
        let is_about_servers = matches!(notice, Notice::Joined | Notice::Left);
        self.pass_on(notice);
        is_about_servers
    }

    /// Forgets everything that was remembered before this moment.
    pub fn missed(&self) {
        self.connections.fetch_add(2, Ordering::SeqCst);
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.pass_on(Notice::Missed);
    }

    fn pass_on(&self, notice: Notice) {
        // Nobody may be interested.
        let _ = self.notices.send(notice);
    }

    async fn beat(&self, listener: &Listener) -> Result<(), Error> {
        if let Err(error) = self.key.reread() {
            tracing::warn!(%error, "the secret key's file cannot be read");
        }
        let others = within_beat_wait(self.id.beat(&listener.client, &self.key)).await?;
        let mut counted = self.counted();
        counted.retain(|(at, _)| at.elapsed() < COUNTED_FOR);
        counted.push_back((Instant::now(), others));
        let most = counted.iter().map(|(_, others)| *others).max();
        drop(counted);
        let others = most.unwrap_or_default();
        self.others
            .send_if_modified(|known| mem::replace(known, others) != others);
        Ok(())
    }

    fn last_heard(&self) -> MutexGuard<'_, Option<Instant>> {
        self.heard_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn counted(&self) -> MutexGuard<'_, VecDeque<(Instant, usize)>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn within_beat_wait<T>(responds: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let responded = timeout(BEAT_WAIT, responds).await;
    responded.map_err(|_| Error::internal("the store does not respond"))?
}

/// Waits for a notice about a run.
pub async fn told(notices: &mut broadcast::Receiver<Notice>, run: i64) {
    loop {
        match notices.recv().await {
            Ok(Notice::Run { id } | Notice::Ended { id }) if id == run => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return,
            // The server stops.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
