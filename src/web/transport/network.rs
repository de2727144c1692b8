//! Which network addresses count as one client.

use std::net::{IpAddr, Ipv6Addr};

/// A client with one IPv6 address usually has its whole /64.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}
