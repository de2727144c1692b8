//! How long clients may keep the server waiting, and how many of them there may be.

use std::time::Duration;

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// In which the head of a request has to arrive, from its first byte, or from the start of the connection.
    pub header: Duration,
    /// In which the body of a request has to arrive; longer for as long as it arrives at a least rate.
    pub body: Duration,
    /// For which a connection stays open without a request.
    pub idle: Duration,
    /// For which a client may take nothing of a response that is ready for it.
    pub send: Duration,
    /// Connections at a time.
    pub connections_max: usize,
    /// From one network address; `None` where proxies are in front, from which all come.
    pub per_address_max: Option<usize>,
}

impl ConnectionLimits {
    /// How often to look for connections that take too long: late by a tenth at most, and by a second.
    pub(super) fn sweep_interval(&self) -> Duration {
        let shortest = self.header.min(self.idle).min(self.send);
        (shortest / 10).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }
}
