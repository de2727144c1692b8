//! What every handler can use: the store, the runner, the settings, and this process's caches and counters.
//!
//! The caches and counters belong to the rooms that use them, and those rooms take an [`App`]: hence the imports from
//! above.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio::sync::Notify;

// The imports in `web` that point back up; none of these types knows an `App`.
use super::auth::provider::{Provider, ProviderSettings};
use super::auth::rate_limit::{RateLimit, RunLimits};
use super::clip::list::recent_views::RecentViews;
use super::clip::query::held_previews::HeldPreviews;
use super::http::draining::Draining;
use super::http::request_log::{RequestLog, facts};
use super::rows::{BodyCache, Generation, LastFetched, ReadCache, RecentReads};
use crate::error::Error;
use crate::live::{Live, Lookups};
use crate::mail::Mailer;
use crate::model::{
    Attempt, Clip, Database, Email, HealthLook, Job, Lease, OneTimeLink, RequestedMail, SecretKey,
    Session, Slug, StoredPreview, Version, Welcome,
};
use crate::result::Memory;
use crate::run::{FollowerTarget, Following, Runner, RunsOn, Target};
use crate::servers::Servers;
use crate::store::Store;

/// What every handler may use.
pub struct App {
    pub store: Store,
    pub key: SecretKey,
    pub runner: Arc<Runner>,
    pub live: Arc<Live>,
    pub servers: Arc<Servers>,
    pub memory: Memory,
    pub welcome: Welcome,
    pub settings: Settings,
    pub draining: Draining,
    pub request_log: Arc<RequestLog>,
    pub(super) body_cache: BodyCache,
    pub(super) generation: Arc<Generation>,
    pub(super) held_previews: HeldPreviews,
    pub(super) last_fetched: Arc<LastFetched>,
    pub(super) provider: Option<Provider>,
    /// Wakes the one who sends mails.
    pub(super) mail_requested: Notify,
    pub(super) rate_limit: RateLimit,
    pub(super) recent_reads: Arc<RecentReads>,
    pub(super) recent_views: RecentViews,
    clip_cache: ReadCache<Slug, Clip>,
    database_cache: ReadCache<i64, Database>,
}

/// The settings that the web part needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Without a slash at its end.
    pub public_url: String,
    pub sql_bytes_max: usize,
    /// How many of our own reverse proxies requests come through.
    pub proxies: usize,
    /// A URL for those who find a security problem.
    pub security_contact: Option<String>,
    /// Whether the log of requests has the addresses of clients.
    pub logs_addresses: bool,
    pub run_limits: RunLimits,
    /// `None`: no mails are sent.
    pub mailer: Option<Mailer>,
    /// `None`: nobody signs in at an OpenID provider.
    pub provider: Option<ProviderSettings>,
}

impl App {
    pub fn new(
        store: Store,
        key: SecretKey,
        runner: Arc<Runner>,
        live: Arc<Live>,
        servers: Arc<Servers>,
        memory: Memory,
        settings: Settings,
    ) -> Self {
        let generation = Arc::new(Generation::new(servers.clone()));
        Self {
            clip_cache: ReadCache::new(&generation),
            database_cache: ReadCache::new(&generation),
            generation,
            welcome: Welcome::new(&key),
            runner,
            live,
            servers,
            body_cache: BodyCache::new(&memory),
            held_previews: HeldPreviews::default(),
            last_fetched: Arc::default(),
            memory,
            request_log: Arc::new(RequestLog::new(settings.proxies, settings.logs_addresses)),
            provider: settings.provider(),
            draining: Draining::default(),
            rate_limit: RateLimit::new(store.clone(), key.clone(), settings.run_limits),
            mail_requested: Notify::new(),
            recent_reads: Arc::default(),
            recent_views: RecentViews::default(),
            settings,
            store,
            key,
        }
    }

    /// The clip with this slug, removed or not.
    pub(super) async fn clip(&self, slug: &Slug) -> Result<Clip, Error> {
        let clip = Clip::find_by_slug(&self.store, slug).await?;
        let clip = clip.ok_or_else(|| Error::not_found("clip"))?;
        facts::note_clip(clip.number);
        Ok(clip)
    }

    /// The same, possibly as it was up to two seconds ago, but for changes: programs request rows again and again.
    pub(super) async fn cached_clip(&self, slug: &Slug) -> Result<Clip, Error> {
        let clip = self.clip_cache.find(slug, self.clip(slug)).await?;
        facts::note_clip(clip.number);
        Ok(clip)
    }

    /// The database that a version queries, possibly as it was up to two seconds ago, but for changes.
    pub(super) async fn cached_database(&self, version: &Version) -> Result<Database, Error> {
        let read = version.database(&self.store);
        self.database_cache.find(&version.database_id, read).await
    }

    /// How often each cache had what was looked up in it.
    pub(super) fn caches(&self) -> [(&'static str, &Lookups); 5] {
        [
            ("responses", self.request_log.metrics.response_cache()),
            ("bodies", self.body_cache.lookups()),
            ("rows", self.live.metrics().rows_cache()),
            ("clips", self.clip_cache.lookups()),
            ("databases", self.database_cache.lookups()),
        ]
    }

    /// Where to run queries on this database; [`Error::DatabaseRemoved`] where it was removed.
    pub(super) fn target(&self, database: &Database) -> Result<Target, Error> {
        if database.is_removed {
            return Err(Error::DatabaseRemoved);
        }
        let target = Target::new(database.id, database.name.clone(), database.url(&self.key)?);
        Ok(Target {
            following: match database.followers.is_empty() {
                true => None,
                false => Some(Arc::new(self.following(database, RunsOn::Any))),
            },
            ..target
        })
    }

    /// The same for a clip, which may insist on a kind of server.
    pub(super) fn target_of(&self, clip: &Clip, database: &Database) -> Result<Target, Error> {
        let target = self.target(database)?;
        let needs_follower = clip.runs_on == RunsOn::Follower;
        Ok(match target.following.is_some() || needs_follower {
            true => Target {
                following: Some(Arc::new(self.following(database, clip.runs_on))),
                ..target
            },
            false => target,
        })
    }

    fn following(&self, database: &Database, runs_on: RunsOn) -> Following {
        // One whose URL cannot be opened is shown with its error, and not used.
        let followers = database.followers.iter().filter_map(|follower| {
            Some(FollowerTarget {
                id: follower.id,
                name: follower.name.clone(),
                url: follower.url(&self.key).ok()?,
            })
        });
        Following {
            followers: followers.collect(),
            rules: database.follower_rules,
            runs_on,
            changed_at: database.updated_at,
        }
    }

    /// Releases everything that is no longer needed.
    pub async fn tidy(&self) {
        self.runner.release_idle();
        self.rate_limit.sweep();
        self.held_previews.sweep();
        self.last_fetched.sweep();
        self.recent_views.sweep();
        self.recent_reads.sweep();
        self.live.tidy().await;
        if let Err(error) = self.sweep().await {
            tracing::warn!(
                cause = error.cause(),
                "what has expired stays until the next try"
            );
        }
    }

    /// Deletes what has expired, unless another server just did.
    async fn sweep(&self) -> Result<(), Error> {
        if Job::SWEEP.claim(&self.store).await? {
            let swept = self.sweep_expired().await;
            Job::SWEEP.note_end(&self.store, &swept);
            swept?;
        }
        Ok(())
    }

    async fn sweep_expired(&self) -> Result<(), Error> {
        Session::sweep(&self.store).await?;
        OneTimeLink::sweep(&self.store).await?;
        RequestedMail::sweep(&self.store).await?;
        Attempt::sweep(&self.store).await?;
        StoredPreview::sweep(&self.store).await?;
        HealthLook::sweep(&self.store).await?;
        Lease::sweep(&self.store).await
    }
}

impl Settings {
    /// Whether the site is reached over HTTPS.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// What the button says that leads to the OpenID provider.
    pub fn provider_name(&self) -> Option<&str> {
        Some(self.provider.as_ref()?.name.as_str())
    }

    /// The one person who may have a password; `None`: everybody may.
    pub fn password_only_for(&self) -> Option<&Email> {
        self.provider.as_ref()?.accounts.password_only_for.as_ref()
    }

    /// Whether this person may sign in with a password.
    pub fn admits_password(&self, email: &Email) -> bool {
        self.password_only_for().is_none_or(|only| only == email)
    }

    /// Whether this person may sign in with a mailed link: not where they must sign in at the provider.
    pub fn admits_sign_in_link(&self, email: &Email) -> bool {
        self.admits_password(email) || !self.provider_knows(email)
    }

    fn provider_knows(&self, email: &Email) -> bool {
        let provider = self.provider.as_ref();
        provider.is_some_and(|provider| provider.accounts.admits(email))
    }

    fn provider(&self) -> Option<Provider> {
        Provider::new(self.provider.clone()?, &self.public_url)
    }
}

impl FromRef<Arc<App>> for Draining {
    fn from_ref(app: &Arc<App>) -> Self {
        app.draining.clone()
    }
}

impl FromRef<Arc<App>> for Store {
    fn from_ref(app: &Arc<App>) -> Self {
        app.store.clone()
    }
}
