//! The network address of a client, as far as our own proxies know it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// The address that the outermost of our own proxies saw, or the connection's.
pub fn client(extensions: &Extensions, headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let connection = extensions.get::<ConnectInfo<SocketAddr>>();
    forwarded(headers, proxies).or(connection.map(|ConnectInfo(address)| address.ip()))
}

/// Each proxy appends the address of its client; entries further left may be forged.
pub fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let addresses = addresses(headers);
    let place = addresses.len().checked_sub(proxies)?;
    addresses.get(place)?.trim().parse().ok()
}

/// In the order of the proxies that a request came through.
pub fn addresses(headers: &HeaderMap) -> Vec<&str> {
    let lists = headers.get_all("x-forwarded-for");
    let lists = lists.iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).collect()
}
