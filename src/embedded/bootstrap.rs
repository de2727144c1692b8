//! Makes the cluster, once: initdb, roles and databases, the sample's tables.
//!
//! It is made under another name and renamed when it is whole, so a crash in the middle leaves nothing that counts. All
//! SQL goes through PostgreSQL's single-user mode: the superuser never has a way in over the socket.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::AsyncWriteExt;

use super::place::Place;
use super::programs::Programs;
use super::{Error, leftover, sample};

/// Statements end with a semicolon and an empty line: that is how single-user mode tells them apart.
const CLUSTER_SQL: &str = include_str!("cluster.sql");

const PG_HBA: &str = "\
# Written by Dataclips. The socket's directory lets in nobody but the cluster's owner and root.
local  sample     dataclips_reader  trust
local  dataclips  dataclips         trust
local  all        all               reject
host   all        all  all          reject
";

/// The first locale that the system knows gives letters their upper and lower case. Sorting is by bytes always.
const CHARACTER_TYPES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

/// Makes the cluster where there is none.
pub async fn make_cluster(programs: &Programs, place: &Place) -> Result<(), Error> {
    let cluster = place.unfinished();
    leftover::end(&cluster).await?;
    if cluster.exists() {
        fs::remove_dir_all(&cluster).map_err(Error::file("remove the unfinished", &cluster))?;
    }
    place.owner.make_directory(&cluster)?;

    initdb(programs, place, &cluster).await?;
    let pg_hba = cluster.join("pg_hba.conf");
    fs::write(&pg_hba, PG_HBA).map_err(Error::file("write", &pg_hba))?;
    run_sql(programs, place, &cluster, "postgres", CLUSTER_SQL).await?;
    run_sql(programs, place, &cluster, "sample", sample::SQL).await?;

    // Nothing so far was forced to disk: that is done once, before the name makes it count.
    run(programs, place, &cluster, "initdb", &["--sync-only"], "").await?;
    fs::rename(&cluster, place.cluster())
        .and_then(|()| File::open(&place.home)?.sync_all())
        .map_err(Error::file("finish", &cluster))
}

async fn initdb(programs: &Programs, place: &Place, cluster: &Path) -> Result<(), Error> {
    let mut refusal = None;
    for character_type in CHARACTER_TYPES {
        let character_type = format!("--lc-ctype={character_type}");
        let arguments = [
            "--username=postgres",
            "--auth=reject",
            "--encoding=UTF8",
            "--locale=C",
            &character_type,
            "--data-checksums",
            "--no-sync",
        ];
        match run(programs, place, cluster, "initdb", &arguments, "").await {
            Ok(()) => return Ok(()),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    refusal.map_or(Ok(()), Err)
}

async fn run_sql(
    programs: &Programs,
    place: &Place,
    cluster: &Path,
    database: &str,
    sql: &str,
) -> Result<(), Error> {
    let arguments = [
        "--single",
        "-F", // no fsync yet
        "-j",
        "-c",
        "exit_on_error=on",
        "-c",
        "log_min_messages=error",
        "-c",
        "log_min_error_statement=panic",
        database,
    ];
    run(programs, place, cluster, "postgres", &arguments, sql).await
}

/// Runs one of PostgreSQL's programs on the unfinished cluster, to its end.
async fn run(
    programs: &Programs,
    place: &Place,
    cluster: &Path,
    program: &str,
    arguments: &[&str],
    input: &str,
) -> Result<(), Error> {
    let path = programs.path(program);
    // `--single` has to come first.
    let (first, rest) = arguments.split_at(1);
    let mut child = place
        .owner
        .command(&path, cluster)
        .args(first)
        .arg("-D")
        .arg(cluster)
        .args(rest)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(Error::file("run", &path))?;

    let stdin = child.stdin.take();
    let feeding = async {
        if let Some(mut stdin) = stdin {
            // A program that ended early says why itself.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let ((), output) = tokio::join!(feeding, child.wait_with_output());
    let output = output.map_err(Error::file("wait for", &path))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Program {
        program: program.to_owned(),
        output: describe(&output),
    })
}

fn describe(output: &Output) -> String {
    let words = String::from_utf8_lossy(&output.stderr);
    format!("{} ({})", words.trim(), output.status)
}
