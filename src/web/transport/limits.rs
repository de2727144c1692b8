//! How long clients may keep the server waiting, and how many of them there may be.

use std::time::Duration;

/// How many times `send` the rate of a client is averaged over: long enough for a bad connection that stalls and recovers.
pub(super) const RATE_WINDOW: u32 = 5;

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
    /// The fewest bytes a second that a client has to take while the server waits for it, averaged over [`RATE_WINDOW`]; 0 for
    /// no limit.
    pub send_rate: u64,
    /// Connections at a time.
    pub connections_max: usize,
    /// From one network address; `None` where proxies are in front, from which all come.
    pub per_address_max: Option<usize>,
}

impl ConnectionLimits {
    /// Whether a client that took these bytes while the server waited so long is too slow. `None` until the window has ended.
    pub(super) fn is_too_slow(&self, bytes: u64, waited: Duration) -> Option<bool> {
        let window = self.send * RATE_WINDOW;
        let bytes_min = u128::from(self.send_rate) * window.as_millis() / 1_000;
        (waited >= window).then_some(u128::from(bytes) < bytes_min)
    }

    /// How often to look for connections that take too long: late by a tenth at most, and by a second.
    pub(super) fn sweep_interval(&self) -> Duration {
        let shortest = self.header.min(self.idle).min(self.send);
        (shortest / 10).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_to_take_the_least_rate_while_the_server_waits_for_it() {
        let limits = ConnectionLimits {
            header: Duration::MAX,
            body: Duration::MAX,
            idle: Duration::MAX,
            send: Duration::from_secs(60),
            send_rate: 2 << 10,
            connections_max: 1,
            per_address_max: None,
        };
        let five_minutes = Duration::from_secs(300);
        for (bytes, waited, expected) in [
            (0, five_minutes - Duration::from_millis(1), None),
            (600 << 10, five_minutes, Some(false)),
            ((600 << 10) - 1, five_minutes, Some(true)),
        ] {
            assert_eq!(limits.is_too_slow(bytes, waited), expected, "{bytes}");
        }
        let any = ConnectionLimits {
            send_rate: 0,
            ..limits
        };
        assert_eq!(any.is_too_slow(0, five_minutes), Some(false));
    }
}
