//! The pools of all servers that runs query: one for each database, and one for each of its followers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::database::Database;
use super::queue::Ticket;
use super::room::Sharing;
use crate::run::followers::FollowerTarget;
use crate::run::{Failure, Identity, Limits, Target};

pub(in crate::run) struct Databases {
    limits: Limits,
    own_store: Identity,
    pub(in crate::run) sharing: Sharing,
    pools: Mutex<HashMap<Server, Pool>>,
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

struct Pool {
    database: Arc<Database>,
    used_at: Instant,
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
        let pools = self.lock();
        pools.values().map(|pool| pool.database.clone()).collect()
    }

    /// Of the database with this id, and of its followers.
    pub(in crate::run) fn of(&self, id: i64) -> Vec<Arc<Database>> {
        let pools = self.lock();
        let own = pools.iter().filter(|(server, _)| server.database == id);
        own.map(|(_, pool)| pool.database.clone()).collect()
    }

    /// Closes connections that have been unused for so long, and forgets pools that nobody has used since: their database or
    /// follower may have been removed.
    pub(in crate::run) fn release_idle(&self, idle_max: Duration) {
        self.lock().retain(|_, pool| {
            pool.database.release_idle(idle_max);
            let is_held = Arc::strong_count(&pool.database) > 1 || pool.database.is_open();
            is_held || pool.used_at.elapsed() < idle_max
        });
    }

    /// Divides the connections to each server among so many servers of ours.
    pub(in crate::run) fn share_among(&self, servers: usize) {
        // Locked, so that no pool is added with the old share.
        let pools = self.lock();
        self.sharing.among(servers);
        pools
            .values()
            .for_each(|pool| pool.database.share(&self.sharing));
    }

    fn find_or_add(&self, server: Server, target: &Target) -> Result<Arc<Database>, Failure> {
        let mut pools = self.lock();
        let used_at = Instant::now();
        if let Some(pool) = pools.get_mut(&server)
            && pool.database.is_of(target)
        {
            pool.used_at = used_at;
            return Ok(pool.database.clone());
        }
        let database = Database::new(target, &self.limits, self.own_store.clone(), &self.sharing)?;
        let database = Arc::new(database);
        let pool = Pool {
            database: database.clone(),
            used_at,
        };
        pools.insert(server, pool);
        Ok(database)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Server, Pool>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::ConnectionUrl;

    #[test]
    fn a_pool_that_nobody_uses_is_forgotten() {
        let limits = Limits {
            timeout: Duration::from_secs(1),
            rows_max: 1,
            bytes_max: 1,
            connections: 1,
            queue_max: 1,
        };
        let databases = Databases::new(limits, Identity::none());
        let primary = |id| {
            let url = ConnectionUrl::parse("postgres://u@db.example/d").unwrap();
            let target = Target::new(id, "shop".to_owned(), Arc::new(url));
            databases.primary(&target).unwrap()
        };
        let held = primary(1);
        primary(2);
        databases.release_idle(Duration::from_secs(60));
        assert_eq!(databases.all().len(), 2, "one was just used");
        databases.release_idle(Duration::ZERO);
        assert_eq!(databases.all().len(), 1, "one is held");
        drop(held);
        databases.release_idle(Duration::ZERO);
        assert!(databases.all().is_empty());
    }
}
