//! The kinds of servers, and the clusters of each, started once and kept until the tests end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::support::{Cluster, shared};

const SETTINGS: &str = "max_connections=200\nmax_locks_per_transaction=320";

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The PostgreSQL of this machine, reached directly.
    Installed,
    /// The PostgreSQL of this version that `.ci/servers` fetched.
    Version(u32),
    Standby,
    /// The PostgreSQL of this machine behind PgBouncer, with these settings.
    PgBouncer(&'static str),
}

/// Where databases are made, and where their clips run.
#[derive(Clone, Copy)]
pub struct Clusters {
    pub primary: &'static Cluster,
    pub standby: Option<&'static Cluster>,
}

impl Kind {
    pub fn clusters(self) -> Clusters {
        match self {
            Self::Installed | Self::PgBouncer(_) => alone(shared()),
            Self::Version(version) => alone(version_of(version)),
            Self::Standby => *replicated(),
        }
    }

    pub fn pooler_settings(self) -> Option<&'static str> {
        match self {
            Self::PgBouncer(settings) => Some(settings),
            Self::Installed | Self::Version(_) | Self::Standby => None,
        }
    }
}

fn alone(primary: &'static Cluster) -> Clusters {
    Clusters {
        primary,
        standby: None,
    }
}

fn version_of(version: u32) -> &'static Cluster {
    static STARTED: Mutex<BTreeMap<u32, &'static Cluster>> = Mutex::new(BTreeMap::new());
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    started.entry(version).or_insert_with(|| {
        let cluster = not_started(version, SETTINGS).boot();
        Box::leak(Box::new(cluster.leave_with_process()))
    })
}

/// A cluster of a PostgreSQL that `.ci/servers` fetched.
pub fn not_started(version: u32, settings: &str) -> Cluster {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/node_modules");
    let programs = packages.join(format!("postgresql-{version}/native"));
    assert!(programs.exists(), "make test-servers fetches {programs:?}");
    Cluster::start_with(&programs, settings)
}

fn replicated() -> &'static Clusters {
    static STARTED: LazyLock<Clusters> = LazyLock::new(|| {
        let primary = Cluster::start(SETTINGS);
        let standby = primary.standby(SETTINGS);
        let kept = |cluster: Cluster| -> &'static Cluster {
            Box::leak(Box::new(cluster.boot().leave_with_process()))
        };
        Clusters {
            primary: kept(primary),
            standby: Some(kept(standby)),
        }
    });
    &STARTED
}
