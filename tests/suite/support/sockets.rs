//! The TCP connections of this machine, as the kernel lists them.

use std::fs;

/// States of connections: include/net/tcp_states.h.
const ESTABLISHED: &str = "01";
const CLOSE_WAIT: &str = "08";

/// That a server at this port has.
pub fn connections_of(port: u16) -> usize {
    count(|local, _, state| is_at(local, port) && state == ESTABLISHED)
}

/// That clients have to a server at this port, with those that it has closed and they have not.
pub fn connections_to(port: u16) -> usize {
    count(|_, remote, state| is_at(remote, port) && [ESTABLISHED, CLOSE_WAIT].contains(&state))
}

fn is_at(address: &str, port: u16) -> bool {
    address.ends_with(&format!(":{port:04X}"))
}

fn count(counts: impl Fn(&str, &str, &str) -> bool) -> usize {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap());
    let rows = tables.iter().flat_map(|table| table.lines().skip(1));
    rows.filter(|row| {
        let columns: Vec<_> = row.split_whitespace().collect();
        counts(columns[1], columns[2], columns[3])
    })
    .count()
}
