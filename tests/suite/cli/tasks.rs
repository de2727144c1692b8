//! `user add`, `token add` and `database add`, while the server runs and while it does not.

use serde_json::{Value, json};

use super::program::Program;
use crate::support::{Cluster, shared, status_and_body};

/// A database in the shared cluster that a role of this name may query, and the way to it.
async fn database_for(role: &str) -> String {
    let database = crate::support::empty_database().await;
    let name = database.rsplit_once('/').unwrap().1.to_owned();
    let postgres = shared().connect("postgres", "postgres").await;
    postgres
        .batch_execute(&format!("create role {role} login"))
        .await
        .unwrap();
    shared().socket_url(role, &name)
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_an_account_and_tokens() {
    let program = Program::on_empty_store().await;
    for (arguments, stdin, words) in [
        (
            &["user", "add", "ada@example.com"][..],
            "short",
            "at least 8 characters",
        ),
        (
            &["user", "add", "ada@example.com"],
            "",
            "at least 8 characters",
        ),
        (&["user", "add", "ada"], "correct horse", "ann@example.com"),
        (
            &["token", "add", "ada@example.com", "--name", "x"],
            "",
            "There is no user ada@example.com",
        ),
    ] {
        let said = program.refused(arguments, stdin);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let role = program.run(
        &["user", "add", "ada@example.com", "--role", "king"],
        "correct horse",
    );
    assert!(
        !role.is_success && role.stderr.contains("administrator"),
        "{}",
        role.stderr
    );

    let added = program.run(
        &["user", "add", "Ada@Example.com", "--role", "administrator"],
        "correct horse\n",
    );
    assert!(
        added.is_success && added.stdout.is_empty(),
        "{}",
        added.stderr
    );
    assert!(
        added
            .stderr
            .contains("Added ada@example.com as administrator."),
        "{}",
        added.stderr
    );
    let said = program.refused(&["user", "add", "ada@example.com"], "correct horse");
    assert!(
        said.contains("This address already has an account."),
        "{said}"
    );
    let said = program.refused(&["token", "add", "ada@example.com", "--name", ""], "");
    assert!(said.contains("name of 1 to 100 characters"), "{said}");

    let first = program.done(&["token", "add", "ada@example.com", "--name", "laptop"], "");
    let lines: Vec<_> = first.lines().collect();
    assert!(
        lines.len() == 1 && lines[0].starts_with("dataclips_") && lines[0].len() > 40,
        "{first:?}"
    );

    let server = program.serve();
    let second = program.done(&["token", "add", "ada@example.com", "--name", "laptop"], "");
    assert_ne!(first, second);
    for token in [&first, &second] {
        assert_eq!(
            server.client(token).get("/api/v1/clips").await.status(),
            200
        );
    }
    program.done(&["user", "add", "mia@example.com"], "correct horse");
    let mia = program.done(&["token", "add", "mia@example.com", "--name", "x"], "");
    let refused = server
        .client(&mia)
        .post("/api/v1/databases", &json!({"name": "x", "url": "x"}))
        .await;
    assert_eq!(refused.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_are_added_or_refused_with_what_to_do() {
    let store = crate::support::empty_database().await;
    let program = Program::on_store(&store);
    let url = database_for("commands_reader").await;
    let superuser = url.replace("commands_reader", "postgres");
    for (arguments, stdin, words) in [
        (
            &["database", "add", "shop"][..],
            store.as_str(),
            "keeps its own data",
        ),
        (&["database", "add", "shop"], &superuser, "is a superuser"),
        (
            &["database", "add", "shop"],
            &superuser,
            "create role \"dataclips_reader\" login",
        ),
        (
            &["database", "add", "shop"],
            "postgresql://u:xyzzy@127.0.0.1:1/d",
            "Nothing listens at that host and port",
        ),
        (
            &["database", "add", "shop"],
            "mysql://u:xyzzy@h/d",
            "postgresql://",
        ),
        (&["database", "add", "shop"], "", "postgresql://"),
        (
            &["database", "add", ""],
            &url,
            "name of 1 to 100 characters",
        ),
        (
            &["database", "add", "shop", "--open-to", "everyone"],
            &url,
            "--open-to must be",
        ),
        (
            &["database", "add", "shop", "--open-to", "nobody@example.com"],
            &url,
            "Some addresses have no account: nobody@example.com.",
        ),
    ] {
        let said = program.refused(arguments, stdin);
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!said.contains("xyzzy"), "{said}");
    }
    let added = program.run(
        &["database", "add", "shop", "--open-to", "members"],
        &format!("{url}\n"),
    );
    assert!(
        added.is_success && added.stdout.is_empty(),
        "{}",
        added.stderr
    );
    assert!(
        added.stderr.contains("Added the database “shop”."),
        "{}",
        added.stderr
    );
    assert!(
        added.stderr.contains("Warning (danger): ") && added.stderr.contains("  revoke "),
        "{}",
        added.stderr
    );
    let said = program.refused(&["database", "add", "shop"], &url);
    assert!(
        said.contains("A database with this name already exists."),
        "{said}"
    );

    let server = program.serve();
    program.done(&["user", "add", "mia@example.com"], "correct horse");
    program.done(
        &["database", "add", "named", "--open-to", "mia@example.com"],
        &url,
    );
    let mia = server.client(&program.done(&["token", "add", "mia@example.com", "--name", "x"], ""));
    for database in ["shop", "named"] {
        let clip = mia.create_clip_on(database, "select 1 as one").await;
        assert_eq!(
            mia.get(&format!("/{}.csv", clip.slug))
                .await
                .text()
                .await
                .unwrap(),
            "one\n1\n"
        );
    }
    let (_, list) = status_and_body(mia.get("/api/v1/databases").await).await;
    assert_eq!(list["databases"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_deletes_people_once_it_is_told_what_becomes_of_their_clips() {
    let program = Program::on_empty_store().await;
    for (email, role) in [
        ("ada@example.com", "administrator"),
        ("mia@example.com", "member"),
    ] {
        program.done(&["user", "add", email, "--role", role], "correct horse");
    }
    let url = database_for("deletion").await;
    let database = ["database", "add", "data", "--open-to", "members"];
    program.done(&database, &url);
    let limited = [
        "token",
        "add",
        "mia@example.com",
        "--name",
        "x",
        "--database",
        "data",
    ];
    let token = program.done(&limited, "");
    let unknown = [
        "token",
        "add",
        "mia@example.com",
        "--name",
        "x",
        "--database",
        "lost",
    ];
    let said = program.refused(&unknown, "");
    assert!(said.contains("There is no database “lost”."), "{said}");
    let server = program.serve();
    let mia = server.client(&token);
    let clip = mia.create_clip("select 1 as n").await;

    let delete = |email, more: &[&'static str]| [&["user", "delete", email], more].concat();
    for (arguments, words) in [
        (delete("ada@example.com", &[]), "last administrator"),
        (
            delete("ida@example.com", &[]),
            "There is no user ida@example.com.",
        ),
        (delete("mia@example.com", &[]), "--clips-to EMAIL"),
        (
            delete("mia@example.com", &["--clips-to", "ida@example.com"]),
            "ida@example.com cannot own clips",
        ),
    ] {
        let said = program.refused(&arguments, "");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let given = delete("mia@example.com", &["--clips-to", "ada@example.com"]);
    program.done(&given, "");
    assert_eq!(mia.get("/api/v1/clips").await.status(), 401);
    let path = format!("/{}.csv", clip.slug);
    assert_eq!(server.visitor().get(&path).await.status(), 200);
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_examines_a_database_by_name_or_by_url() {
    let program = Program::on_empty_store().await;
    let nothing = program.run(&["doctor"], "");
    assert_eq!(nothing.status, Some(2), "{}", nothing.stderr);
    let said = &nothing.stderr;
    assert!(said.contains("DATACLIPS_DOCTOR_URL"), "{said}");
    let said = program.refused(&["doctor", "shop"], "");
    assert!(said.contains("There is no database “shop”."), "{said}");

    // The tests' PostgreSQL runs without fsync, which is red.
    let url = database_for("doctor_reader").await;
    program.done(&["database", "add", "shop"], &url);
    let red = program.run(&["doctor", "shop"], "");
    assert_eq!(red.status, Some(1), "{}", red.stdout);
    assert!(
        red.stdout.starts_with("shop: PostgreSQL "),
        "{}",
        red.stdout
    );
    assert!(red.stdout.contains("- fsync is off"), "{}", red.stdout);
    assert_eq!(
        red.stdout
            .matches("grant pg_read_all_stats to doctor_reader;")
            .count(),
        1,
        "{}",
        red.stdout
    );
    assert!(red.stderr.contains("1 check is red."), "{}", red.stderr);

    let healthy = Cluster::start("fsync=on").boot();
    let postgres = healthy.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create role reader login")
        .await
        .unwrap();
    let url = healthy.socket_url("reader", "postgres");
    let alone = Program::new().with("DATACLIPS_DOCTOR_URL", &url);
    let json: Value = serde_json::from_str(&alone.done(&["doctor", "--json"], "")).unwrap();
    assert_eq!(
        (&json["database"], &json["grade"]),
        (&"postgres".into(), &"blind".into())
    );
    // Typed, both are one too many; from the environment, the URL is for where no name is given.
    let both = alone.run(&["doctor", "--url", &url, "shop"], "");
    assert_eq!(both.status, Some(2), "{}", both.stdout);
    assert!(
        both.stderr.contains("not both") && both.stderr.contains("Usage:"),
        "{}",
        both.stderr
    );
    let named = program.with("DATACLIPS_DOCTOR_URL", &url);
    let red = named.run(&["doctor", "shop"], "");
    assert!(
        red.stdout.starts_with("shop: PostgreSQL "),
        "{}",
        red.stdout
    );

    let gone = Program::new().with(
        "DATACLIPS_DOCTOR_URL",
        "postgresql://reader@127.0.0.1:1/shop",
    );
    let failed = gone.run(&["doctor", "--json"], "");
    let json: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(failed.status, Some(1), "{json}");
    assert_eq!(json["error"]["code"], "unavailable", "{json}");
    assert!(
        failed.stderr.contains("cannot be reached"),
        "{}",
        failed.stderr
    );

    let wrong = Program::new().with("DATACLIPS_DOCTOR_URL", "mysql://u:xyzzy@h/d");
    let refused = wrong.run(&["doctor"], "");
    let said = &refused.stderr;
    assert_eq!(refused.status, Some(2), "{said}");
    assert!(
        said.contains("DATACLIPS_DOCTOR_URL: ") && said.contains("postgresql://"),
        "{said}"
    );
    assert!(!said.contains("xyzzy"), "{said}");
    let none = Program::new()
        .with("DATACLIPS_DOCTOR_URL", "")
        .run(&["doctor"], "");
    assert_eq!(none.status, Some(2), "{}", none.stderr);
    assert!(
        none.stderr.contains("a database's name, or its URL"),
        "{}",
        none.stderr
    );
}
