//! Addresses and networks: `192.168.0.1`, `10.0.0.0/8`, `2001:db8::/32`.

use std::net::IpAddr;

/// As PostgreSQL compares them: IPv4 before IPv6, then by network, by the length of its prefix, and by host.
pub(super) fn write(text: &str, key: &mut Vec<u8>) -> Option<()> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let (family, length, bits) = match address.parse().ok()? {
        IpAddr::V4(address) => (4_u8, 32, u128::from(address.to_bits()) << 96),
        IpAddr::V6(address) => (6, 128, address.to_bits()),
    };
    let prefix: u8 = prefix.map_or(Some(length), |prefix| prefix.parse().ok())?;
    (prefix <= length).then_some(())?;
    let hosts = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
    key.push(family);
    key.extend((bits & !hosts).to_be_bytes());
    key.push(prefix);
    key.extend(bits.to_be_bytes());
    Some(())
}
