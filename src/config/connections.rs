//! How long clients may keep the server waiting, and how many connections they may have.

use std::time::Duration;

use clap::Args;

use super::{Problems, units};
use crate::web::ConnectionLimits;

#[derive(Args, Clone, Debug)]
pub(super) struct ConnectionSettings {
    /// Longest time in which the head of a request has to arrive
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_HEADER_TIMEOUT",
        value_name = "DURATION",
        default_value = "10s"
    )]
    header_timeout: String,

    /// Longest time in which the body of a request has to arrive; a second more for each 4KiB of it
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_BODY_TIMEOUT",
        value_name = "DURATION",
        default_value = "30s"
    )]
    body_timeout: String,

    /// How long a connection without a request stays open
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_IDLE_TIMEOUT",
        value_name = "DURATION",
        default_value = "60s"
    )]
    idle_timeout: String,

    /// After which a client that takes nothing of its response is disconnected
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_SEND_TIMEOUT",
        value_name = "DURATION",
        default_value = "60s"
    )]
    send_timeout: String,

    /// Fewest bytes a second that a client has to take of its response, averaged over five times DATACLIPS_SEND_TIMEOUT in which the server waits for it; 0B for no limit
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_SEND_RATE",
        value_name = "SIZE",
        default_value = "2KiB"
    )]
    send_rate: String,

    /// Most connections of clients; further ones get a 503 response, but for health checks [default: half of the files that the system lets the server open, 10000 at most]
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_CONNECTIONS_MAX",
        value_name = "NUMBER"
    )]
    connections_max: Option<String>,

    /// Most connections from one network address; does not apply behind proxies (DATACLIPS_PROXIES) [default: a quarter of DATACLIPS_CONNECTIONS_MAX]
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_CONNECTIONS_PER_ADDRESS",
        value_name = "NUMBER"
    )]
    connections_per_address: Option<String>,
}

/// The checked settings of connections. Some depend on the machine.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    header: Duration,
    body: Duration,
    idle: Duration,
    send: Duration,
    send_rate: u64,
    max: Option<usize>,
    per_address_max: Option<usize>,
    is_behind_proxies: bool,
}

/// Beyond this, memory would be short before files are.
const CONNECTIONS_MAX: u64 = 10_000;

impl ConnectionSettings {
    pub(super) fn check(&self, proxies: usize, problems: &mut Problems) -> Option<Connections> {
        let header = units::duration("DATACLIPS_HEADER_TIMEOUT", &self.header_timeout);
        let body = units::duration("DATACLIPS_BODY_TIMEOUT", &self.body_timeout);
        let idle = units::duration("DATACLIPS_IDLE_TIMEOUT", &self.idle_timeout);
        let send = units::duration("DATACLIPS_SEND_TIMEOUT", &self.send_timeout);
        let send_rate = units::size_or_none("DATACLIPS_SEND_RATE", &self.send_rate);
        let max = count("DATACLIPS_CONNECTIONS_MAX", self.connections_max.as_deref());
        let per_address_max = count(
            "DATACLIPS_CONNECTIONS_PER_ADDRESS",
            self.connections_per_address.as_deref(),
        );
        let (header, body) = (problems.note(header), problems.note(body));
        let (idle, send) = (problems.note(idle), problems.note(send));
        let send_rate = problems.note(send_rate);
        let (max, per_address_max) = (problems.note(max), problems.note(per_address_max));
        Some(Connections {
            header: header?,
            body: body?,
            idle: idle?,
            send: send?,
            send_rate: send_rate?,
            max: max?,
            per_address_max: per_address_max?,
            is_behind_proxies: proxies > 0,
        })
    }
}

/// `None` where it is not set.
fn count(name: &str, text: Option<&str>) -> Result<Option<usize>, String> {
    let text = text.filter(|text| !text.is_empty());
    let count = text.map(|text| units::count(name, text)).transpose()?;
    Ok(count.map(|count| count as usize))
}

impl Connections {
    /// For a process that may open so many files: each connection takes one, and so does much else.
    pub fn limits(&self, open_files_max: u64) -> ConnectionLimits {
        let by_files = (open_files_max / 2).clamp(1, CONNECTIONS_MAX) as usize;
        let connections_max = self.max.unwrap_or(by_files);
        let per_address_max = self.per_address_max.unwrap_or(connections_max.div_ceil(4));
        ConnectionLimits {
            header: self.header,
            body: self.body,
            idle: self.idle,
            send: self.send,
            send_rate: self.send_rate,
            connections_max,
            per_address_max: (!self.is_behind_proxies).then_some(per_address_max),
        }
    }
}
