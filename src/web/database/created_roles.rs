//! What the roles lack that were created here, until somebody saw to it: kept while this server runs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::Database;
use crate::run::role::{CreatedRole, Omission};

/// By the number of the database, so that there are never more than databases.
#[derive(Default)]
pub struct CreatedRoles(Mutex<HashMap<i64, Vec<Omission>>>);

impl CreatedRoles {
    pub fn note(&self, database: &Database, role: &CreatedRole) {
        self.with(|roles| roles.insert(database.id, role.omissions().to_vec()));
    }

    /// It has another connection now.
    pub fn forget(&self, database: &Database) {
        self.with(|roles| roles.remove(&database.id));
    }

    pub fn omissions(&self, database: &Database) -> Vec<Omission> {
        self.with(|roles| roles.get(&database.id).cloned().unwrap_or_default())
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<i64, Vec<Omission>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
