//! The commands over the private PostgreSQL: before the first start, beside the server, and after it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use dataclips::embedded::Programs;
use serde_json::json;

use super::program::Program;
use crate::support::status_and_body;

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_before_beside_and_after_the_server() {
    let root = tempfile::tempdir().unwrap();
    // PostgreSQL's own user has to pass.
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    let data_dir = root.path().join("d");
    let program = Program::new()
        .with("DATACLIPS_DATA_DIR", data_dir.to_str().unwrap())
        .with("DATACLIPS_LISTEN", "127.0.0.1:0");
    program.done(
        &["user", "add", "ada@example.com", "--role", "administrator"],
        "correct horse",
    );
    let key = data_dir.join("secret_key").metadata().unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);

    let server = program.serve();
    assert!(!server.lines().concat().contains("Sample clip "));
    let printed = program.done(&["welcome"], "");
    let samples: Vec<_> = printed.lines().collect();
    assert!((3..=4).contains(&samples.len()), "{samples:?}");
    let first = samples[0].strip_prefix("Sample clip “First five tables in pg_tables”: ");
    let (_, slug) = first.unwrap().rsplit_once('/').unwrap();
    let first = format!("/{slug}");
    let shown = program.done(&["clip", "1"], "");
    assert!(
        shown.contains(slug) && shown.contains("database  sample"),
        "{shown}"
    );
    program.refused(&["clip", "999"], "");
    // Nobody can grant anything there.
    let health = program.run(&["doctor", "sample"], "").stdout;
    assert!(
        health.contains("private server") && !health.contains("grant "),
        "{health}"
    );
    let rows = server.visitor().get(&format!("{first}.json")).await;
    assert_eq!(
        status_and_body(rows).await.1["values"]
            .as_array()
            .unwrap()
            .len(),
        5
    );

    let ada = server.client(&program.done(&["token", "add", "ada@example.com", "--name", "x"], ""));
    let (_, list) = status_and_body(ada.get("/api/v1/clips").await).await;
    let clips = list["clips"].as_array().unwrap();
    assert!(
        clips.iter().all(|clip| clip["owner"] == "ada@example.com"),
        "{list}"
    );
    let new =
        json!({"title": "Departments", "database": "sample", "sql": "select * from departments"});
    assert_eq!(
        status_and_body(ada.post("/api/v1/clips", &new).await)
            .await
            .0,
        201
    );

    let said = program.refused(&["serve"], "");
    assert!(said.contains(data_dir.to_str().unwrap()), "{said}");
    let backup = program.done(&["export"], "");
    assert!(server.stop().success());
    assert!(!data_dir.join("postgresql/cluster/postmaster.pid").exists());
    assert_eq!(program.done(&["export"], ""), backup);

    // The same key and a fresh directory, before its first server: the sample is there already.
    let other_dir = root.path().join("e");
    fs::create_dir(&other_dir).unwrap();
    fs::set_permissions(&other_dir, Permissions::from_mode(0o711)).unwrap();
    fs::copy(data_dir.join("secret_key"), other_dir.join("secret_key")).unwrap();
    let other = program.with("DATACLIPS_DATA_DIR", other_dir.to_str().unwrap());
    other.done(&["import"], &backup);
    let server = other.serve();
    let rows = server.visitor().get(&format!("{first}.json")).await;
    let (status, body) = status_and_body(rows).await;
    assert_eq!(status, 200, "{body}");
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_in_the_data_directory_is_rotated_by_one_command() {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    let data_dir = data_dir(root.path(), "d");
    let program = Program::new()
        .with("DATACLIPS_DATA_DIR", data_dir.to_str().unwrap())
        .with("DATACLIPS_LISTEN", "127.0.0.1:0");
    let read = |name: &str| fs::read_to_string(data_dir.join(name)).unwrap();
    program.done(&["user", "add", "ada@example.com"], "correct horse");
    let server = program.serve();
    let printed = program.done(&["welcome"], "");
    let sample = printed.lines().find(|line| line.contains("First five"));
    let (_, slug) = sample.unwrap().rsplit_once('/').unwrap();
    let rows = format!("/{slug}.json");
    assert_eq!(server.visitor().get(&rows).await.status(), 200);

    // Beside the server.
    let first = read("secret_key");
    let said = program.done(&["key", "rotate"], "");
    assert!(said.contains("1 database URL "), "{said}");
    let second = read("secret_key");
    assert_ne!(second, first);
    assert_eq!(read("secret_key.old"), first);
    assert!(!said.contains(&first) && !said.contains(&second), "{said}");
    assert_eq!(server.visitor().get(&rows).await.status(), 200);
    assert!(server.stop().success());

    // A rotation that was interrupted goes on without the server.
    fs::write(data_dir.join("secret_key.new"), "k".repeat(44)).unwrap();
    let said = program.done(&["key", "rotate"], "");
    assert!(said.contains("1 database URL "), "{said}");
    assert_eq!(read("secret_key"), "k".repeat(44));
    assert_eq!(read("secret_key.old"), second);
    assert_eq!(read("secret_key.old.1"), first);
    assert!(!data_dir.join("secret_key.new").exists());
    let server = program.serve();
    assert_eq!(server.visitor().get(&rows).await.status(), 200);
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn if_the_data_directory_cannot_be_made_the_error_says_what_to_set() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    let data_dir = file.join("data");
    let program = Program::new().with("DATACLIPS_DATA_DIR", data_dir.to_str().unwrap());
    let said = program.refused(&["serve"], "");
    assert!(said.contains(data_dir.to_str().unwrap()), "{said}");
    for setting in ["DATACLIPS_DATA_DIR", "DATABASE_URL"] {
        assert!(said.contains(setting), "{said}");
    }
}

/// A data directory that PostgreSQL's own user can reach.
fn data_dir(root: &Path, name: &str) -> std::path::PathBuf {
    let data_dir = root.join(name);
    fs::create_dir(&data_dir).unwrap();
    fs::set_permissions(&data_dir, Permissions::from_mode(0o711)).unwrap();
    data_dir
}

/// Runs one of PostgreSQL's programs on the private store, as the documentation says.
async fn postgres(program: &str, data_dir: &Path, arguments: &[&str]) {
    let program = Programs::find().await.unwrap().path(program);
    let ran = Command::new(program)
        .arg("--host")
        .arg(data_dir.join("postgresql/run"))
        .arg("--username=dataclips")
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_private_store_is_dumped_while_it_runs_and_restored_elsewhere() {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    let [old, new] = ["a", "b"].map(|name| data_dir(root.path(), name));
    let dump = root.path().join("store.dump");
    let dump = dump.to_str().unwrap();
    let program = |data_dir: &Path| {
        Program::new()
            .with("DATACLIPS_DATA_DIR", data_dir.to_str().unwrap())
            .with("DATACLIPS_LISTEN", "127.0.0.1:0")
    };
    let (from, to) = (program(&old), program(&new));
    from.done(
        &["user", "add", "ada@example.com", "--role", "administrator"],
        "correct horse",
    );
    let server = from.serve();
    let token = from.done(&["token", "add", "ada@example.com", "--name", "x"], "");
    let ada = server.client(&token);
    let clip = ada.create_clip_on("sample", "select 1 as one").await;
    let pin = format!("/api/v1/clips/{}/pin", clip.slug);
    assert_eq!(ada.put(&pin, &json!({})).await.status(), 200);
    postgres(
        "pg_dump",
        &old,
        &["--format=custom", "--file", dump, "dataclips"],
    )
    .await;
    assert!(server.stop().success());

    fs::copy(old.join("secret_key"), new.join("secret_key")).unwrap();
    let server = to.serve();
    let arguments = [
        "--clean",
        "--if-exists",
        "--single-transaction",
        "--dbname=dataclips",
        dump,
    ];
    postgres("pg_restore", &new, &arguments).await;
    assert!(server.stop().success());
    let server = to.serve();
    let rows = server.visitor().get(&format!("/{}.csv", clip.slug)).await;
    assert_eq!(rows.text().await.unwrap(), "one\n1\n");
    let ada = server.client(&token);
    let live = ada.create_clip_on("sample", "select 2 as two").await;
    let rows = ada.get(&format!("/{}.csv", live.slug)).await;
    assert_eq!(rows.text().await.unwrap(), "two\n2\n");
    assert!(server.stop().success());
}
