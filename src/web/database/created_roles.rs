//! What is missing in the roles that this server created, for their databases' pages. Kept in memory while the server
//! runs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::Database;
use crate::run::role::{CreatedRole, Omission};

/// By the database's id, so that there are never more entries than databases.
#[derive(Default)]
pub struct CreatedRoles(Mutex<HashMap<i64, Vec<Omission>>>);

impl CreatedRoles {
    pub fn note(&self, database: &Database, role: &CreatedRole) {
        self.with(|roles| roles.insert(database.id, role.omissions().to_vec()));
    }

    /// To be called when the database gets another connection.
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
