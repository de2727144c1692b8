//! The process as the system sees it, under the names that Prometheus' own libraries use. Only Linux tells.

use std::fs;

use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{SysconfVar, sysconf};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub fn register(registry: &mut Registry) {
    let numbers = [
        (
            "process_resident_memory_bytes",
            "Memory of the process that is not swapped out",
            resident_bytes(),
        ),
        ("process_open_fds", "Open files and sockets", open_files()),
        (
            "process_max_fds",
            "Most open files and sockets",
            open_files_max(),
        ),
    ];
    for (name, help, number) in numbers {
        if let Some(number) = number {
            let gauge = Gauge::<i64>::default();
            gauge.set(number);
            registry.register(name, help, gauge);
        }
    }
}

fn resident_bytes() -> Option<i64> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let resident: i64 = pages.split_whitespace().nth(1)?.parse().ok()?;
    Some(resident * page_bytes()?)
}

fn page_bytes() -> Option<i64> {
    sysconf(SysconfVar::PAGE_SIZE).ok()?
}

/// Without the one that lists them.
fn open_files() -> Option<i64> {
    let listed = fs::read_dir("/proc/self/fd").ok()?.count();
    i64::try_from(listed).ok().map(|count| count - 1)
}

fn open_files_max() -> Option<i64> {
    let (most, _) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    i64::try_from(most).ok()
}
