//! The watches of all databases that have followers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::watch::Watch;
use super::watched::Watched;
use super::{FollowerRules, FollowerStanding, Following};
use crate::run::pool::databases::Databases;
use crate::run::{Failure, Target};

#[derive(Default)]
pub(in crate::run) struct Watches(Mutex<HashMap<i64, Arc<Watch>>>);

impl Watches {
    /// The watch of the target's servers.
    pub(in crate::run) fn of(
        &self,
        databases: &Databases,
        target: &Target,
        following: &Following,
    ) -> Result<Arc<Watch>, Failure> {
        let primary = databases.primary(target)?;
        let mut watches = self.lock();
        if let Some(watch) = watches.get(&target.id)
            && watch.is_of(following)
            && Arc::ptr_eq(&watch.primary.database, &primary)
        {
            return Ok(watch.clone());
        }
        let followers = following.followers.iter().map(|follower| {
            let database = databases.follower(target, follower)?;
            Ok((follower.clone(), Arc::new(Watched::new(database))))
        });
        let followers = followers.collect::<Result<_, Failure>>()?;
        let watch = Arc::new(Watch::new(Arc::new(Watched::new(primary)), followers));
        watches.insert(target.id, watch.clone());
        Ok(watch)
    }

    /// How the followers in use are, by the ids of their databases; asks none of them.
    pub(in crate::run) fn in_use(&self) -> Vec<(String, FollowerStanding)> {
        let watches: Vec<_> = self.lock().values().cloned().collect();
        let in_use = watches.iter().filter(|watch| !watch.is_unused());
        let standings = in_use.flat_map(|watch| {
            let name = watch.primary.database.name();
            let known = watch.known_standings(&FollowerRules::DEFAULT);
            known
                .into_iter()
                .map(|standing| (name.to_owned(), standing))
        });
        standings.collect()
    }

    /// Forgets those that nobody uses.
    pub(in crate::run) fn release_unused(&self) {
        self.lock().retain(|_, watch| !watch.is_unused());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Arc<Watch>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
