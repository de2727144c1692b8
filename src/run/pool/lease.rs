//! A pool's connection while it is in use. It is closed unless it is explicitly returned: a future can be dropped at
//! any point, and nobody else may see the state that it leaves behind.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{Manager, Object, Pool, PoolError, TimeoutType, Timeouts};

use crate::run::Failure;

pub(super) fn pool<M: Manager>(opener: M, connections: usize) -> Pool<M> {
    Pool::builder(opener)
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .build()
        .expect("a pool with a runtime may have timeouts")
}

/// `None` only at the end of the lease.
pub(in crate::run) struct Lease<M: Manager>(Option<Object<M>>);

impl<M: Manager> Lease<M> {
    /// Returns the connection to the pool.
    pub(in crate::run) fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl<M: Manager<Error = Failure>> Lease<M> {
    /// Waits for a connection that others are using, and opens one if there is none.
    pub(super) async fn take_from(
        pool: &Pool<M>,
        wait_max: Duration,
        opening_max: Duration,
    ) -> Result<Self, Failure> {
        let timeouts = Timeouts {
            wait: Some(wait_max),
            create: Some(opening_max),
            recycle: None,
        };
        match pool.timeout_get(&timeouts).await {
            Ok(connection) => Ok(Self(Some(connection))),
            Err(PoolError::Backend(failure)) => Err(failure),
            Err(PoolError::Timeout(TimeoutType::Wait)) => Err(Failure::QueueFull),
            Err(PoolError::Timeout(_)) => Err(Failure::no_answer(opening_max)),
            Err(error) => Err(Failure::unreachable(error.to_string())),
        }
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
