//! The pools of all servers that runs query: one for each database, and one for each of its followers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::database::Database;
use super::queue::Ticket;
use super::room::Sharing;
use crate::run::followers::FollowerTarget;
use crate::run::{Failure, Identity, Limits, Target};

pub(in crate::run) struct Databases {
    limits: Limits,
    own_store: Identity,
    pub(in crate::run) sharing: Sharing,
    pools: Mutex<HashMap<Server, Arc<Database>>>,
}

/// What a run needs to start: its database and its place in the queue.
pub(in crate::run) struct Entry {
    pub(in crate::run) database: Arc<Database>,
    pub(in crate::run) ticket: Ticket,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Server {
    database: i64,
    /// `None`: the primary.
    follower: Option<i64>,
}

impl Databases {
    pub(in crate::run) fn new(limits: Limits, own_store: Identity) -> Self {
        Self {
            limits,
            own_store,
            sharing: Sharing::new(),
            pools: Mutex::default(),
        }
    }

    pub(in crate::run) fn own_store(&self) -> &Identity {
        &self.own_store
    }

    /// Of the database's own URL.
    pub(in crate::run) fn primary(&self, target: &Target) -> Result<Arc<Database>, Failure> {
        let server = Server {
            database: target.id,
            follower: None,
        };
        self.find_or_add(server, target)
    }

    pub(in crate::run) fn follower(
        &self,
        target: &Target,
        follower: &FollowerTarget,
    ) -> Result<Arc<Database>, Failure> {
        let server = Server {
            database: target.id,
            follower: Some(follower.id),
        };
        let target = Target {
            id: target.id,
            name: format!("{} / {}", target.name, follower.name),
            url: follower.url.clone(),
            following: None,
        };
        self.find_or_add(server, &target)
    }

    pub(in crate::run) fn all(&self) -> Vec<Arc<Database>> {
        self.lock().values().cloned().collect()
    }

    /// Of the database with this id, and of its followers.
    pub(in crate::run) fn of(&self, id: i64) -> Vec<Arc<Database>> {
        let pools = self.lock();
        let own = pools.iter().filter(|(server, _)| server.database == id);
        own.map(|(_, database)| database.clone()).collect()
    }

    /// Divides the connections to each server among so many servers of ours.
    pub(in crate::run) fn share_among(&self, servers: usize) {
        // Locked, so that no pool is added with the old share.
        let pools = self.lock();
        self.sharing.among(servers);
        pools
            .values()
            .for_each(|database| database.share(&self.sharing));
    }

    fn find_or_add(&self, server: Server, target: &Target) -> Result<Arc<Database>, Failure> {
        let mut pools = self.lock();
        if let Some(database) = pools.get(&server)
            && database.is_of(target)
        {
            return Ok(database.clone());
        }
        let database = Database::new(target, &self.limits, self.own_store.clone(), &self.sharing)?;
        let database = Arc::new(database);
        pools.insert(server, database.clone());
        Ok(database)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Server, Arc<Database>>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
