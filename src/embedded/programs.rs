//! Finds PostgreSQL's server programs on this machine, and advises how to install them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::Error;

/// The oldest supported major version.
const VERSION_MIN: u32 = 13;

/// Each of these has one directory per version, with the server programs in its `bin`.
const HOMES: [&str; 8] = [
    "/usr/lib/postgresql",                          // Debian, Ubuntu
    "/usr",                                         // Fedora, RHEL: /usr/pgsql-17
    "/usr/libexec",                                 // Alpine: /usr/libexec/postgresql17
    "/usr/lib",                                     // Gentoo, SUSE: /usr/lib/postgresql17
    "/opt/homebrew/opt",                            // Homebrew on Apple's own processors
    "/usr/local/opt",                               // Homebrew on Intel
    "/home/linuxbrew/.linuxbrew/opt",               // Homebrew on Linux
    "/Applications/Postgres.app/Contents/Versions", // Postgres.app
];

/// A directory with `postgres` and `initdb` of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    directory: PathBuf,
    version: u32,
}

impl Programs {
    /// The first usable programs on this machine: from PATH, else from `pg_config`, else the newest in the usual
    /// places.
    pub async fn find() -> Result<Self, Error> {
        let found = all()
            .await
            .into_iter()
            .find(|programs| programs.version >= VERSION_MIN);
        found.ok_or_else(|| Error::NoPrograms { advice: advice() })
    }

    /// Programs that fit an existing cluster: only the same major version of PostgreSQL can open it.
    pub async fn find_for(cluster: &Path) -> Result<Self, Error> {
        let path = cluster.join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        let version = text.trim().parse().unwrap_or(0);

        let mut found = Vec::new();
        for programs in all().await {
            if programs.version == version {
                return Ok(programs);
            }
            found.push(programs.version.to_string());
        }
        if found.is_empty() {
            return Err(Error::NoPrograms { advice: advice() });
        }
        Err(Error::OtherVersion {
            cluster: cluster.to_owned(),
            version,
            found: found.join(", "),
            advice: advice(),
        })
    }

    /// The major version, such as 17.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The full path of one program.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// Every usable set of programs, the preferred one first.
async fn all() -> Vec<Programs> {
    let mut found: Vec<Programs> = Vec::new();
    for directory in directories().await {
        let Some(programs) = find_in(&directory).await else {
            continue;
        };
        if !found.contains(&programs) {
            found.push(programs);
        }
    }
    found
}

#[expect(
    clippy::disallowed_methods,
    reason = "PATH belongs to the system; it is not one of our settings"
)]
async fn directories() -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| {
            std::env::split_paths(&path)
                .filter(|entry| entry.is_absolute())
                .collect()
        })
        .unwrap_or_default();
    directories.extend(pg_config_directory().await);

    for home in HOMES {
        let mut versions = versions_below(Path::new(home));
        versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        directories.extend(versions.into_iter().map(|(_, directory)| directory));
    }
    directories
}

async fn pg_config_directory() -> Option<PathBuf> {
    let output = Command::new("pg_config")
        .arg("--bindir")
        .output()
        .await
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(text.trim()))
}

/// `17/bin`, `pgsql-17/bin`, `postgresql@17/bin`: directories named after PostgreSQL or by a bare number.
fn versions_below(home: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(home) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let number = ["postgresql@", "postgresql-", "postgresql", "pgsql-", ""]
                .into_iter()
                .find_map(|prefix| name.strip_prefix(prefix))?;
            let version = number.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .chain([(0, home.join("postgresql/bin"))])
        .collect()
}

/// `None` unless the program there reports its version.
async fn find_in(directory: &Path) -> Option<Programs> {
    // A symbolic link in PATH may point into an installation elsewhere, and initdb expects the other programs beside
    // itself.
    let initdb = fs::canonicalize(directory.join("initdb")).ok()?;
    let directory = initdb.parent()?.to_owned();
    let output = Command::new(directory.join("postgres"))
        .arg("--version")
        .output()
        .await
        .ok()?;
    let version = major_version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Programs { directory, version })
}

/// 17 from `postgres (PostgreSQL) 17.2 (Debian 17.2-1)`, or from `17beta1`.
fn major_version(text: &str) -> Option<u32> {
    let number = text.split_once("(PostgreSQL) ")?.1;
    let end = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    number[..end].parse().ok()
}

/// How to install PostgreSQL on this system.
fn advice() -> String {
    let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let command = if cfg!(target_os = "macos") {
        Some("brew install postgresql@17")
    } else {
        install_command(&os_release)
    };
    match command {
        Some(command) => {
            format!("Install them with `{command}`, or set DATABASE_URL to a PostgreSQL database of your own.")
        }
        None => "Install PostgreSQL's server package with your system's package manager, or set DATABASE_URL to a PostgreSQL database of your own."
            .to_owned(),
    }
}

fn install_command(os_release: &str) -> Option<&'static str> {
    let fields: HashMap<&str, &str> = os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key, value.trim_matches('"')))
        .collect();
    let ids = ["ID", "ID_LIKE"]
        .into_iter()
        .filter_map(|key| fields.get(key));
    ids.flat_map(|ids| ids.split_whitespace())
        .find_map(|id| match id {
            "debian" | "ubuntu" => Some("apt-get install postgresql"),
            "fedora" | "rhel" | "centos" => Some("dnf install postgresql-server"),
            "arch" => Some("pacman -S postgresql"),
            "alpine" => Some("apk add postgresql"),
            "suse" | "opensuse" => Some("zypper install postgresql-server"),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_prints() {
        let cases = [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)",
                Some(15),
            ),
            ("postgres (PostgreSQL) 19beta1", Some(19)),
            ("postgres (PostgreSQL) 9.6.24", Some(9)),
            ("something else 3", None),
        ];
        for (text, version) in cases {
            assert_eq!(major_version(text), version, "{text}");
        }
    }

    #[test]
    fn the_advice_fits_the_system() {
        let cases = [
            ("ID=debian\n", Some("apt-get install postgresql")),
            (
                "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
                Some("apt-get install postgresql"),
            ),
            (
                "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
                Some("dnf install postgresql-server"),
            ),
            ("ID=arch\n", Some("pacman -S postgresql")),
            ("ID=alpine\n", Some("apk add postgresql")),
            ("ID=plan9\n", None),
        ];
        for (os_release, command) in cases {
            assert_eq!(install_command(os_release), command, "{os_release}");
        }
    }
}
