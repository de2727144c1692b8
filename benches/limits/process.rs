//! Facts about processes on Linux: their CPU time, their memory, and their cores.

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::outcome::{Outcome, run};

/// Linux reports these times in hundredths of a second (`USER_HZ`).
const TICK_MS: f64 = 10.0;

/// Fields of `/proc/PID/stat` after the name, which may contain anything: state, parent, …
const PARENT: usize = 1;
const OWN_TICKS: std::ops::Range<usize> = 11..13;
/// The times of ended children follow the process's own.
const ALL_TICKS: std::ops::Range<usize> = 11..15;

const QUIET: Duration = Duration::from_millis(25);
const QUIET_WITHIN: Duration = Duration::from_secs(2);

/// A process and all its descendants.
pub fn tree(root: u32) -> Vec<u32> {
    let mut family = vec![root];
    let everybody: Vec<(u32, u32)> = everybody();
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        let children = everybody.iter().filter(|(_, of)| *of == parent);
        family.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    family
}

/// The CPU time of the process itself since its start.
pub fn cpu_ms(pid: u32) -> f64 {
    ticks(pid, OWN_TICKS) * TICK_MS
}

/// The CPU time of these processes and of their ended children.
pub fn family_cpu_ms(pids: &[u32]) -> f64 {
    pids.iter().map(|pid| ticks(*pid, ALL_TICKS)).sum::<f64>() * TICK_MS
}

/// The resident memory of the process itself.
pub fn resident_mib(pid: u32) -> Outcome<f64> {
    status_mib(pid, "VmRSS:")
}

/// Resets [`peak_mib`].
pub fn forget_peak(pid: u32) -> Outcome<()> {
    Ok(fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}

/// The most resident memory since [`forget_peak`], as counted by the kernel.
pub fn peak_mib(pid: u32) -> Outcome<f64> {
    status_mib(pid, "VmHWM:")
}

/// Restricts every thread of this process and its descendants, present and future, to these cores.
pub fn pin(root: u32, cores: &str) -> Outcome<()> {
    for pid in tree(root) {
        run(Command::new("taskset").args([
            "--all-tasks",
            "--cpu-list",
            "--pid",
            cores,
            &pid.to_string(),
        ]))?;
    }
    Ok(())
}

/// Waits until these processes and their descendants are idle, so that their remaining work does not disturb the next
/// turn.
pub fn settle(roots: &[u32]) {
    let families: Vec<u32> = roots.iter().flat_map(|root| tree(*root)).collect();
    let began = Instant::now();
    let mut before = family_cpu_ms(&families);
    while began.elapsed() < QUIET_WITHIN {
        sleep(QUIET);
        let now = family_cpu_ms(&families);
        if now <= before {
            return;
        }
        before = now;
    }
}

fn everybody() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| Some((pid, stat(pid)?.get(PARENT)?.parse().ok()?)))
        .collect()
}

fn ticks(pid: u32, fields: std::ops::Range<usize>) -> f64 {
    let stat = stat(pid).unwrap_or_default();
    let numbers = stat.get(fields).unwrap_or_default().iter();
    numbers.filter_map(|field| field.parse::<f64>().ok()).sum()
}

fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split(' ').map(str::to_owned).collect())
}

fn status_mib(pid: u32, key: &str) -> Outcome<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = text.lines().find_map(|line| {
        line.strip_prefix(key)?
            .trim()
            .strip_suffix(" kB")?
            .parse::<f64>()
            .ok()
    });
    let kib = kib.ok_or_else(|| format!("/proc/{pid}/status has no {key}"))?;
    Ok(kib / 1024.0)
}
