//! Where files are: the cluster, its log, and the directory of its socket.
//!
//! Our own files (the lock, the secret key) are in the data directory. So is the cluster, unless PostgreSQL has to run
//! as a user who has no access there; then it is in [`ELSEWHERE`], and the data directory has a symbolic link to it. A
//! data directory always leads to the same cluster.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::Error;
use super::owner::Owner;

/// Holds the clusters whose owner cannot reach their data directories.
const ELSEWHERE: &str = "/var/lib/dataclips";

/// The longest path of a Unix socket, in bytes: 107 on Linux, 103 on macOS and the BSDs.
const SOCKET_PATH_BYTES_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// PostgreSQL names its socket after its port.
const SOCKET: &str = ".s.PGSQL.5432";

/// The paths of one cluster.
#[derive(Clone, Debug)]
pub struct Place {
    pub owner: Owner,
    /// Everything that PostgreSQL writes is in this directory.
    pub home: PathBuf,
    /// The socket's directory.
    pub run: PathBuf,
}

impl Place {
    /// Creates missing directories. `data_dir` is the path that [`open`] returned.
    pub async fn find(data_dir: &Path) -> Result<Self, Error> {
        let owner = Owner::find()?;
        let hash = short_hash(data_dir);
        let home = find_home(data_dir, &owner, &hash).await?;
        let run = run_directory(&home, &owner, &hash);
        owner.make_directory(&run)?;
        Ok(Self { owner, home, run })
    }

    /// PostgreSQL's data directory.
    pub fn cluster(&self) -> PathBuf {
        self.home.join("cluster")
    }

    /// The same while it is being created.
    pub fn unfinished(&self) -> PathBuf {
        self.home.join("cluster.unfinished")
    }

    /// PostgreSQL's own lock on its socket.
    pub fn socket_lock(&self) -> PathBuf {
        self.run.join(format!("{SOCKET}.lock"))
    }

    /// PostgreSQL's standard error.
    pub fn log(&self) -> PathBuf {
        self.home.join("postgresql.log")
    }

    pub fn has_cluster(&self) -> bool {
        self.cluster().join("PG_VERSION").exists()
    }
}

/// The data directory as an absolute path; created if it does not exist.
pub fn open(data_dir: &Path) -> Result<PathBuf, Error> {
    // As root we let others traverse the directory, but not list it: the cluster in it belongs to another user, and our
    // files are 0600.
    let mode = if Owner::is_root() { 0o711 } else { 0o700 };
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(data_dir)
        .and_then(|()| fs::canonicalize(data_dir))
        .map_err(Error::data_dir("make", data_dir))
}

/// Whether this data directory has a cluster, here or elsewhere.
pub fn has_cluster(data_dir: &Path) -> bool {
    data_dir.join("postgresql/cluster/PG_VERSION").exists()
}

async fn find_home(data_dir: &Path, owner: &Owner, hash: &str) -> Result<PathBuf, Error> {
    let below = data_dir.join("postgresql");
    let elsewhere = Path::new(ELSEWHERE).join(hash);

    match fs::read_link(&below) {
        Ok(home) if home == elsewhere => return make_elsewhere(home, owner).await,
        Ok(home) if home.starts_with(ELSEWHERE) && home.exists() => {
            return Err(Error::Moved {
                data_dir: data_dir.to_owned(),
                link: below,
                old: home,
                new: elsewhere,
            });
        }
        Ok(home) if home.starts_with(ELSEWHERE) => {
            fs::remove_file(&below).map_err(Error::file("remove the stale link", &below))?;
        }
        // A link that an administrator made to a larger disk, a directory, or nothing yet.
        Ok(_) | Err(_) => {}
    }

    let below = fs::canonicalize(&below).unwrap_or(below);
    owner.expect_cluster(&below)?;
    owner.make_directory(&below)?;
    if owner.reaches(&below).await {
        return Ok(below);
    }
    if below.join("cluster").exists() {
        return Err(Error::Unreachable {
            home: below,
            user: owner.to_string(),
        });
    }
    fs::remove_dir_all(&below).map_err(Error::file("remove", &below))?;
    std::os::unix::fs::symlink(&elsewhere, &below).map_err(Error::file("make the link", &below))?;
    make_elsewhere(elsewhere, owner).await
}

async fn make_elsewhere(home: PathBuf, owner: &Owner) -> Result<PathBuf, Error> {
    match DirBuilder::new().mode(0o711).create(ELSEWHERE) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(Error::file("make the directory", Path::new(ELSEWHERE))(
                error,
            ));
        }
        _ => {}
    }
    owner.expect_cluster(&home)?;
    owner.make_directory(&home)?;
    if !owner.reaches(&home).await {
        return Err(Error::Unreachable {
            home,
            user: owner.to_string(),
        });
    }
    Ok(home)
}

/// In the cluster's home or, if that makes the socket's path too long, in a directory with a short path.
fn run_directory(home: &Path, owner: &Owner, hash: &str) -> PathBuf {
    let run = home.join("run");
    if run.join(SOCKET).as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
        return run;
    }
    let name = format!("dataclips-{hash}");
    if !owner.is_ourselves() && Path::new("/run").is_dir() {
        return Path::new("/run").join(name);
    }
    Path::new("/tmp").join(name)
}

/// 16 hexadecimal digits that identify a path.
fn short_hash(path: &Path) -> String {
    let hash = blake3::hash(path.as_os_str().as_bytes()).to_hex();
    hash[..16].to_owned()
}
