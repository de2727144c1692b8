//! What those who run the server see of it: numbers, and the log of requests.

use std::net::SocketAddr;

use clap::Args;

#[derive(Args, Clone, Debug)]
pub(super) struct WatchingSettings {
    /// Address and port of /metrics for Prometheus, without a token: only the monitoring should reach it [default: none; then it needs an administrator's token]
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_METRICS_LISTEN",
        value_name = "ADDRESS:PORT"
    )]
    metrics_listen: Option<String>,

    /// Whether each request is logged: on or off
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_ACCESS_LOG",
        value_name = "ON|OFF",
        default_value = "on"
    )]
    access_log: String,

    /// Whether the log of requests has the addresses of clients: on or off; failed sign-ins always have theirs
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_LOG_ADDRESSES",
        value_name = "ON|OFF",
        default_value = "off"
    )]
    log_addresses: String,
}

impl WatchingSettings {
    pub(super) fn metrics_listen(&self) -> Result<Option<SocketAddr>, String> {
        let Some(address) = self
            .metrics_listen
            .as_deref()
            .filter(|text| !text.is_empty())
        else {
            return Ok(None);
        };
        address.parse().map(Some).map_err(|_| {
            format!("DATACLIPS_METRICS_LISTEN is “{address}”: give an IP address and a port, such as 127.0.0.1:9464.")
        })
    }

    pub(super) fn access_log(&self) -> Result<bool, String> {
        is_on("DATACLIPS_ACCESS_LOG", &self.access_log)
    }

    pub(super) fn log_addresses(&self) -> Result<bool, String> {
        is_on("DATACLIPS_LOG_ADDRESSES", &self.log_addresses)
    }
}

fn is_on(name: &str, text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(format!("{name} is “{other}”: give on or off.")),
    }
}
