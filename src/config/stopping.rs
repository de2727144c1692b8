//! How the server stops.

use std::time::Duration;

use clap::Args;

use super::units;

#[derive(Args, Clone, Debug)]
pub(super) struct StoppingSettings {
    /// After SIGTERM, how long the server is not ready but goes on answering, so that load balancers stop sending requests [default: 10s with DATABASE_URL, otherwise 0s]
    #[arg(long, global = true, env = "DATACLIPS_DRAIN", value_name = "DURATION")]
    drain: Option<String>,

    /// After that, how long runs and responses may take to finish; Ctrl+C or a second signal stops at once
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_STOP_MAX",
        value_name = "DURATION",
        default_value = "30s"
    )]
    stop_max: String,
}

/// How long the two steps after SIGTERM take. A stop at once skips both.
#[derive(Clone, Copy, Debug)]
pub struct Stopping {
    /// `/readyz` returns 503; everything else goes on.
    pub drain: Duration,
    /// No new connections; runs and responses in progress go on.
    pub finish_max: Duration,
}

/// As long as a load balancer needs to notice. A private store has only one server, so no other could take its requests.
const DRAIN_OF_SHARED_STORE: Duration = Duration::from_secs(10);

impl StoppingSettings {
    pub(super) fn drain(&self, has_shared_store: bool) -> Result<Duration, String> {
        match self.drain.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => units::duration_or_none("DATACLIPS_DRAIN", text),
            None if has_shared_store => Ok(DRAIN_OF_SHARED_STORE),
            None => Ok(Duration::ZERO),
        }
    }

    pub(super) fn finish_max(&self) -> Result<Duration, String> {
        units::duration_or_none("DATACLIPS_STOP_MAX", &self.stop_max)
    }
}
