//! The meaning of each value in a connection URL, as libpq documents it.

use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, SslNegotiation};

use super::grammar::Values;
use super::{Address, UrlError};
use crate::postgres::server_kind::ServerKind;

const DEFAULT_PORT: u16 = 5432;
/// Per address, unless the URL sets another.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const APPLICATION_NAME: &str = "dataclips";

pub(super) fn addresses(values: &Values) -> Result<Vec<Address>, UrlError> {
    let hosts = values
        .find("host")
        .or(values.find("hostaddr"))
        .ok_or(UrlError::HostMissing)?;
    let hosts: Vec<&str> = hosts.split(',').collect();
    let ports = ports(values, hosts.len())?;
    if hosts.iter().any(|host| host.is_empty()) {
        return Err(UrlError::HostMissing);
    }
    let addresses: Vec<_> = hosts
        .into_iter()
        .zip(ports)
        .map(|(host, port)| Address {
            host: host.to_owned(),
            port,
        })
        .collect();
    let sockets = addresses
        .iter()
        .filter(|address| address.is_socket())
        .count();
    match sockets == 0 || sockets == addresses.len() {
        true => Ok(addresses),
        false => Err(UrlError::MixedHosts),
    }
}

fn ports(values: &Values, hosts: usize) -> Result<Vec<u16>, UrlError> {
    let ports = values.find("port").unwrap_or_default().split(',');
    let ports: Vec<u16> = ports
        .map(|port| match port {
            "" => Ok(DEFAULT_PORT),
            port => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or(UrlError::Port),
        })
        .collect::<Result<_, _>>()?;
    match ports.len() {
        1 => Ok(vec![ports[0]; hosts]),
        count if count == hosts => Ok(ports),
        _ => Err(UrlError::PortCount),
    }
}

pub(super) fn config(values: &Values, addresses: &[Address]) -> Result<Config, UrlError> {
    let user = values.find("user").ok_or(UrlError::UserMissing)?;
    let mut config = Config::new();
    config
        .user(user)
        .dbname(values.find("dbname").unwrap_or(user));
    if let Some(password) = values.find("password") {
        config.password(password);
    }
    for address in addresses {
        config.host(&address.host).port(address.port);
    }
    for address in host_addresses(values, addresses.len())? {
        config.hostaddr(address);
    }
    let names = ["application_name", "fallback_application_name"];
    let name = names.iter().find_map(|name| values.find(name));
    config.application_name(name.unwrap_or(APPLICATION_NAME));
    if let Some(options) = values.find("options") {
        config.options(options);
    }
    add_timeouts(values, &mut config)?;
    add_choices(values, &mut config)?;
    refuse_unsupported(values)?;
    Ok(config)
}

/// `target_session_attrs`.
pub(super) fn server_kind(values: &Values) -> Result<ServerKind, UrlError> {
    let kind = choice(
        values,
        "target_session_attrs",
        "any, read-write, read-only, primary, standby or prefer-standby",
        &[
            ("any", ServerKind::Any),
            ("read-write", ServerKind::ReadWrite),
            ("read-only", ServerKind::ReadOnly),
            ("primary", ServerKind::Primary),
            ("standby", ServerKind::Standby),
            ("prefer-standby", ServerKind::PreferStandby),
        ],
    )?;
    Ok(kind.unwrap_or_default())
}

fn host_addresses(values: &Values, hosts: usize) -> Result<Vec<IpAddr>, UrlError> {
    let Some(text) = values.find("hostaddr") else {
        return Ok(Vec::new());
    };
    let addresses: Vec<IpAddr> = text
        .split(',')
        .map(|address| {
            address.parse().map_err(|_| UrlError::Value {
                parameter: "hostaddr",
                allowed: "an IP address",
            })
        })
        .collect::<Result<_, _>>()?;
    match addresses.len() == hosts {
        true => Ok(addresses),
        false => Err(UrlError::HostAddressCount),
    }
}

fn add_timeouts(values: &Values, config: &mut Config) -> Result<(), UrlError> {
    let connect = number(values, "connect_timeout")?.filter(|seconds| *seconds > 0);
    config.connect_timeout(connect.map_or(CONNECT_TIMEOUT, Duration::from_secs));
    if let Some(milliseconds) = number(values, "tcp_user_timeout")? {
        config.tcp_user_timeout(Duration::from_millis(milliseconds));
    }
    if let Some(keepalives) = number(values, "keepalives")? {
        config.keepalives(keepalives != 0);
    }
    if let Some(seconds) = number(values, "keepalives_idle")?.filter(|seconds| *seconds > 0) {
        config.keepalives_idle(Duration::from_secs(seconds));
    }
    if let Some(seconds) = number(values, "keepalives_interval")?.filter(|seconds| *seconds > 0) {
        config.keepalives_interval(Duration::from_secs(seconds));
    }
    if let Some(count) = number(values, "keepalives_count")?.filter(|count| *count > 0) {
        config.keepalives_retries(u32::try_from(count).unwrap_or(u32::MAX));
    }
    Ok(())
}

fn number(values: &Values, parameter: &'static str) -> Result<Option<u64>, UrlError> {
    let Some(text) = values.find(parameter) else {
        return Ok(None);
    };
    let number = text.parse::<u32>().map_err(|_| UrlError::Value {
        parameter,
        allowed: "a whole number",
    })?;
    Ok(Some(u64::from(number)))
}

fn add_choices(values: &Values, config: &mut Config) -> Result<(), UrlError> {
    let binding = choice(
        values,
        "channel_binding",
        "disable, prefer or require",
        &[
            ("disable", ChannelBinding::Disable),
            ("prefer", ChannelBinding::Prefer),
            ("require", ChannelBinding::Require),
        ],
    )?;
    let order = choice(
        values,
        "load_balance_hosts",
        "disable or random",
        &[
            ("disable", LoadBalanceHosts::Disable),
            ("random", LoadBalanceHosts::Random),
        ],
    )?;
    let negotiation = choice(
        values,
        "sslnegotiation",
        "postgres or direct",
        &[
            ("postgres", SslNegotiation::Postgres),
            ("direct", SslNegotiation::Direct),
        ],
    )?;
    config.target_session_attrs(server_kind(values)?.nearest());
    config.channel_binding(binding.unwrap_or(ChannelBinding::Prefer));
    config.load_balance_hosts(order.unwrap_or(LoadBalanceHosts::Disable));
    config.ssl_negotiation(negotiation.unwrap_or(SslNegotiation::Postgres));
    Ok(())
}

/// Accepts only values that ask for the behaviour we have anyway.
fn refuse_unsupported(values: &Values) -> Result<(), UrlError> {
    let gss = [("disable", ()), ("prefer", ())];
    choice(
        values,
        "gssencmode",
        "disable or prefer (GSSAPI is not supported)",
        &gss,
    )?;
    let encodings = [
        ("UTF8", ()),
        ("utf8", ()),
        ("UTF-8", ()),
        ("utf-8", ()),
        ("auto", ()),
    ];
    choice(
        values,
        "client_encoding",
        "UTF8 (runs always use it)",
        &encodings,
    )?;
    let spoken = [("3.0", ())];
    choice(
        values,
        "min_protocol_version",
        "3.0 (newer ones are not supported)",
        &spoken,
    )?;
    let newest = [("3.0", ()), ("3.2", ()), ("latest", ())];
    choice(
        values,
        "max_protocol_version",
        "3.0, 3.2 or latest",
        &newest,
    )?;
    Ok(())
}

pub(super) fn choice<T: Copy>(
    values: &Values,
    parameter: &'static str,
    allowed: &'static str,
    choices: &[(&str, T)],
) -> Result<Option<T>, UrlError> {
    let Some(text) = values.find(parameter) else {
        return Ok(None);
    };
    let chosen = choices.iter().find(|(name, _)| *name == text);
    chosen
        .map(|(_, value)| Some(*value))
        .ok_or(UrlError::Value { parameter, allowed })
}
