//! Notices that PostgreSQL's programs are replaced while they run, as by an unattended upgrade. A process that runs goes on
//! with the old program, but fails to load the new libraries.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use super::programs::Programs;

/// How often they are looked at. An upgrade takes longer than two looks, or is not noticed before it is complete.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A library that sessions load when they need it, as seen from the programs' directory: of Debian's packages, and of others.
const LIBRARIES: [&str; 4] = [
    "../lib/plpgsql.so",
    "../lib/postgresql/plpgsql.so",
    "../lib/plpgsql.dylib",
    "../lib/postgresql/plpgsql.dylib",
];

/// Which files they were.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProgramFiles(Vec<Option<Mark>>);

/// What differs between a file and the one that replaces it.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    device: u64,
    inode: u64,
    bytes: u64,
    changed_at: (i64, i64),
}

impl ProgramFiles {
    pub(super) fn of(programs: &Programs) -> Self {
        let postgres = programs.path("postgres");
        let directory = postgres.parent().unwrap_or(Path::new("/"));
        let libraries = LIBRARIES.map(|library| mark(&directory.join(library)));
        Self([mark(&postgres)].into_iter().chain(libraries).collect())
    }

    /// Returns once they are others, all there, and no longer changing.
    pub(super) async fn replaced(&self, programs: &Programs) {
        let mut last = None;
        loop {
            sleep(LOOK_EVERY).await;
            let now = Self::of(programs);
            let is_settled = last.as_ref() == Some(&now);
            if is_settled && now != *self && now.has_all_of(self) {
                return;
            }
            last = Some(now);
        }
    }

    /// In the middle of an upgrade a file may be missing.
    fn has_all_of(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        pairs.all(|(ours, others)| ours.is_some() || others.is_none())
    }
}

/// Of the file itself, where it is a link.
fn mark(path: &Path) -> Option<Mark> {
    let metadata = fs::metadata(path).ok()?;
    Some(Mark {
        device: metadata.dev(),
        inode: metadata.ino(),
        bytes: metadata.size(),
        changed_at: (metadata.mtime(), metadata.mtime_nsec()),
    })
}
