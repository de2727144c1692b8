//! When the server is asked to stop, and how soon: SIGTERM lets it finish its work; Ctrl+C, or a second signal, does not.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Failure;
use crate::config;

#[derive(Clone)]
pub(super) struct Stopping {
    asked: CancellationToken,
    at_once: CancellationToken,
    limits: config::Stopping,
}

impl Stopping {
    pub(super) fn on_signal(limits: config::Stopping) -> Result<Self, Failure> {
        let interrupted = signal(SignalKind::interrupt())?;
        let terminated = signal(SignalKind::terminate())?;
        let stopping = Self {
            asked: CancellationToken::new(),
            at_once: CancellationToken::new(),
            limits,
        };
        tokio::spawn(stopping.clone().listen(interrupted, terminated));
        Ok(stopping)
    }

    async fn listen(self, mut interrupted: Signal, mut terminated: Signal) {
        tokio::select! {
            _ = interrupted.recv() => self.at_once.cancel(),
            _ = terminated.recv() => {}
        }
        self.asked.cancel();
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        self.at_once.cancel();
    }

    pub(super) async fn asked(&self) {
        self.asked.cancelled().await;
    }

    /// Resolves when load balancers have had time to notice. To be called when the server is asked to stop.
    pub(super) async fn drained(&self) {
        self.passed(self.limits.drain).await;
    }

    /// Resolves when runs and responses have had time to finish. To be called when no connection is accepted any more.
    pub(super) async fn finished(&self) {
        self.passed(self.limits.finish_max).await;
    }

    async fn passed(&self, time: Duration) {
        tokio::select! {
            () = sleep(time) => {}
            () = self.at_once.cancelled() => {}
        }
    }
}
