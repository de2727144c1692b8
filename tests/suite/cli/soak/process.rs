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

    /// Temporary files, which have no name any more.
    pub fn files(&self) -> usize {
        let open = fs::read_dir(format!("/proc/{}/fd", self.0)).unwrap();
        let targets = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        targets
            .filter(|target| target.to_string_lossy().ends_with("(deleted)"))
            .count()
    }
}
