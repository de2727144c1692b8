//! A pool's connection while it is in use. It is closed unless it is explicitly returned: a future can be dropped at
//! any point, and nobody else may see the state that it leaves behind.

use std::ops::{Deref, DerefMut};

use deadpool::managed::Object;

use super::connection::{Connection, Opener};

/// `None` only at the end of the lease.
pub(in crate::run) struct Lease(Option<Object<Opener>>);

impl Lease {
    pub(in crate::run) fn new(connection: Object<Opener>) -> Self {
        Self(Some(connection))
    }

    /// Returns the connection to the pool.
    pub(in crate::run) fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0.as_ref().expect("only the end takes it out")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Connection {
        self.0.as_mut().expect("only the end takes it out")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            // Detached from the pool, the connection closes when it is dropped.
            drop(Object::take(connection));
        }
    }
}
