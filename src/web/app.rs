//! What every handler has at hand: the rooms below, and what this process remembers of its visitors.

use std::sync::Arc;

use super::Settings;
use super::auth::rate_limit::Throttle;
use super::clip::list::recent_views::Views;
use super::database::created_roles::CreatedRoles;
use super::rows::body_cache::Answers;
use super::rows::last_fetched::Fetches;
use super::rows::read_cache::{Changes, Lately};
use crate::live::Live;
use crate::model::{Clip, Database, OneTimeLink, SecretKey, Session, Slug, Welcome};
use crate::result::Memory;
use crate::run::Runner;
use crate::store::Store;

/// What every handler may use.
pub struct App {
    pub store: Store,
    pub key: SecretKey,
    pub runner: Arc<Runner>,
    pub live: Arc<Live>,
    pub memory: Memory,
    pub welcome: Welcome,
    pub settings: Settings,
    pub(super) answers: Answers,
    pub(super) changes: Arc<Changes>,
    pub(super) clips_lately: Lately<Slug, Clip>,
    pub(super) databases_lately: Lately<i64, Database>,
    pub(super) created_roles: CreatedRoles,
    pub(super) fetches: Fetches,
    pub(super) throttle: Throttle,
    pub(super) views: Views,
}

impl App {
    pub fn new(
        store: Store,
        key: SecretKey,
        runner: Arc<Runner>,
        live: Arc<Live>,
        memory: Memory,
        settings: Settings,
    ) -> Self {
        let changes = Arc::default();
        Self {
            clips_lately: Lately::new(&changes),
            databases_lately: Lately::new(&changes),
            changes,
            welcome: Welcome::new(&key),
            store,
            key,
            runner,
            live,
            answers: Answers::new(&memory),
            created_roles: CreatedRoles::default(),
            fetches: Fetches::default(),
            memory,
            settings,
            throttle: Throttle::new(),
            views: Views::default(),
        }
    }

    /// Lets go of what is of no use any more.
    pub async fn tidy(&self) {
        self.runner.release_idle();
        self.throttle.sweep();
        self.fetches.sweep();
        self.views.sweep();
        self.live.tidy().await;
        if let Err(error) = Session::sweep(&self.store).await {
            tracing::warn!(
                cause = error.cause(),
                "expired sessions stay until the next try"
            );
        }
        if let Err(error) = OneTimeLink::sweep(&self.store).await {
            tracing::warn!(
                cause = error.cause(),
                "expired links stay until the next try"
            );
        }
    }
}
