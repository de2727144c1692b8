//! A pool's connection while somebody has it. It is closed unless it is given back on purpose: a future can be dropped
//! at any point, and what it leaves on the connection is for nobody else.

use std::ops::{Deref, DerefMut};

use deadpool::managed::Object;

use super::connection::{Connection, Opener};

/// Only a lease's end takes the connection out.
pub(in crate::run) struct Lease(Option<Object<Opener>>);

impl Lease {
    pub(in crate::run) fn new(connection: Object<Opener>) -> Self {
        Self(Some(connection))
    }

    /// To the pool, for the next one.
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
            // Taken out of the pool, the connection closes when it is dropped.
            drop(Object::take(connection));
        }
    }
}
