//! TLS for many connections, with files that are renewed meanwhile.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Policy, TlsError};

/// Opens TLS as a policy asks for. The files that it names are read again once they have changed; libpq reads them for each
/// connection.
#[derive(Clone)]
pub struct TlsConnector {
    policy: Policy,
    read: Arc<Mutex<ReadFiles>>,
}

struct ReadFiles {
    stamps: Vec<Option<Stamp>>,
    connector: MakeRustlsConnect,
}

/// By which a file is seen to be another: device, inode, time of the last change with its nanoseconds.
type Stamp = (u64, u64, i64, i64);

impl TlsConnector {
    pub fn new(policy: &Policy) -> Result<Self, TlsError> {
        let read = ReadFiles {
            stamps: stamps(policy),
            connector: policy.connector()?,
        };
        Ok(Self {
            policy: policy.clone(),
            read: Arc::new(Mutex::new(read)),
        })
    }

    /// With the files as they are now. While they cannot be used, as between the renewal of a certificate and of its key, those
    /// from before are.
    pub fn newest(&self) -> MakeRustlsConnect {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = stamps(&self.policy);
        if stamps != read.stamps {
            match self.policy.connector() {
                Ok(connector) => *read = ReadFiles { stamps, connector },
                Err(error) => {
                    tracing::warn!(%error, "the files for TLS have changed, and those from before are used");
                }
            }
        }
        read.connector.clone()
    }
}

fn stamps(policy: &Policy) -> Vec<Option<Stamp>> {
    policy.files().into_iter().map(stamp).collect()
}

fn stamp(file: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(file).ok()?;
    Some((
        metadata.dev(),
        metadata.ino(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    ))
}
