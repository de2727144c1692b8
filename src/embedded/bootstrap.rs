//! Creates the cluster: initdb, roles and databases, the sample's tables.
//!
//! It is created under a temporary name and renamed when it is complete, so that a crash leaves no half-made cluster.
//! All SQL runs in PostgreSQL's single-user mode: the superuser can never connect through the socket.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::AsyncWriteExt;

use super::place::Place;
use super::programs::Programs;
use super::{Error, leftover, sample};

/// Statements end with a semicolon and an empty line, as single-user mode requires.
const CLUSTER_SQL: &str = include_str!("cluster.sql");

const PG_HBA: &str = "\
# Written by Dataclips. Only the cluster's owner and root can enter the socket's directory.
local  sample     dataclips_reader  trust
local  dataclips  dataclips         trust
local  all        all               reject
host   all        all  all          reject
";

/// The first locale that the system knows defines upper and lower case. Sorting is always by bytes.
const CHARACTER_TYPES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

/// Creates the cluster.
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

    // Nothing has been synced to disk so far: that is done once, before the rename.
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
        // A hardened service may not generate code at run time.
        "-c",
        "jit=off",
        "-c",
        "log_min_messages=error",
        "-c",
        "log_min_error_statement=panic",
        database,
    ];
    run(programs, place, cluster, "postgres", &arguments, sql).await
}

/// Runs one of PostgreSQL's programs on the unfinished cluster and waits for it.
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
            // If the program has exited early, its output explains why.
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
