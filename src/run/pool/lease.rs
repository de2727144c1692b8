//! A pool's connection while it is in use. It is closed unless it is explicitly returned: a future can be dropped at
//! any point, and nobody else may see the state that it leaves behind.

use std::ops::{Deref, DerefMut};

use deadpool::managed::{Manager, Object};

/// `None` only at the end of the lease.
pub(in crate::run) struct Lease<M: Manager>(Option<Object<M>>);

impl<M: Manager> Lease<M> {
    pub(in crate::run) fn new(connection: Object<M>) -> Self {
        Self(Some(connection))
    }

    /// Returns the connection to the pool.
    pub(in crate::run) fn give_back(mut self) {
        drop(self.0.take());
    }

    /// Takes the connection from the pool, which may open another in its place.
    pub(in crate::run) fn take(mut self) -> M::Type {
        Object::take(self.0.take().expect("only the end takes it out"))
    }
}

impl<M: Manager> Deref for Lease<M> {
    type Target = M::Type;

    fn deref(&self) -> &M::Type {
        self.0.as_ref().expect("only the end takes it out")
    }
}

impl<M: Manager> DerefMut for Lease<M> {
    fn deref_mut(&mut self) -> &mut M::Type {
        self.0.as_mut().expect("only the end takes it out")
    }
}

impl<M: Manager> Drop for Lease<M> {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            // Detached from the pool, the connection closes when it is dropped.
            drop(Object::take(connection));
        }
    }
}
