//! What the kernel says of a server's process.

use std::fs;

pub struct Process(u32);

impl Process {
    pub fn new(pid: u32) -> Self {
        Self(pid)
    }

    pub fn resident_kib(&self) -> u64 {
        self.status("VmRSS:")
    }

    pub fn peak_kib(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.unwrap().parse().unwrap()
    }

    /// Connections of clients, which are all to this port.
    pub fn connections(&self, port: u16) -> usize {
        const ESTABLISHED: &str = "01";
        let table = fs::read_to_string(format!("/proc/{}/net/tcp", self.0)).unwrap();
        let local = format!(":{port:04X}");
        let lines = table.lines().map(str::split_whitespace);
        lines
            .filter(|line| {
                let mut columns = line.clone().skip(1);
                let is_local = columns
                    .next()
                    .is_some_and(|address| address.ends_with(&local));
                is_local && columns.nth(1) == Some(ESTABLISHED)
            })
            .count()
    }

    /// Temporary files, which have no name any more.
    pub fn files(&self) -> usize {
        let open = fs::read_dir(format!("/proc/{}/fd", self.0)).unwrap();
        let targets = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        targets
            .filter(|target| target.to_string_lossy().ends_with("(deleted)"))
            .count()
    }
}
