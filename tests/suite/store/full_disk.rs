//! A disk without room: what has to be written is refused with a sentence, and everything else goes on.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use crate::cli::program::Program;
use crate::support::{Server, empty_database, shared, status_and_body};

/// What PostgreSQL reports where it cannot extend a file. Small tables that are written all the time find room in the pages
/// that they have.
const FILL: &str = "
    create function disk_is_full() returns trigger language plpgsql as $$
    begin
        raise exception 'could not extend file' using errcode = '53100';
    end
    $$;
    do $$
    declare t regclass;
    begin
        for t in select oid from pg_class
                 where relkind = 'r' and relnamespace = 'public'::regnamespace
                 and relname not in ('runs', 'run_waiters', 'servers')
        loop
            execute format('create trigger full_disk before insert or update on %s for each row execute function disk_is_full()', t);
        end loop;
    end
    $$";

const MAKE_ROOM: &str = "drop function disk_is_full() cascade";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_what_is_written_and_answers_what_is_stored() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let live = server.create_clip("select 1 as one").await;
    let pinned = server.create_clip("select 2 as two").await;
    let fresh = server.create_clip("select clock_timestamp()").await;
    let pin = format!("/api/v1/clips/{}/pin", pinned.slug);
    assert_eq!(ada.put(&pin, &json!({})).await.status(), 200);
    assert_eq!(server.rows(&live, "csv").await.status(), 200);

    let store = server.app.store.client().await.unwrap();
    // Rows are stored after they were sent.
    let stored = "select count(*) from results where has_rows";
    let deadline = Instant::now() + Duration::from_secs(10);
    while store.query_one(stored, &[]).await.unwrap().get::<_, i64>(0) < 2 {
        assert!(Instant::now() < deadline, "the rows are not stored");
        sleep(Duration::from_millis(5)).await;
    }
    store.batch_execute(FILL).await.unwrap();
    let clip = json!({"title": "t", "database": "data", "sql": "select 3"});
    let path = format!("/api/v1/clips/{}", live.slug);
    for refused in [
        ada.post("/api/v1/clips", &clip).await,
        ada.patch(&path, &json!({"title": "other"})).await,
        ada.put(&format!("{path}/pin"), &json!({})).await,
    ] {
        let (status, body) = status_and_body(refused).await;
        assert_eq!(status, 507, "{body}");
        assert_eq!(body["error"]["code"], "storage", "{body}");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("disk of the server's own database is full"),
            "{message}"
        );
    }
    // A result of its own cannot be numbered.
    let (status, body) = status_and_body(server.rows(&fresh, "csv").await).await;
    assert_eq!((status, &body["error"]["code"]), (507, &json!("storage")));

    for read in [
        format!("/{}.csv", pinned.slug),
        format!("/{}", pinned.slug),
        format!("/{}.csv", live.slug),
        format!("/{}", live.slug),
        format!("/{}.json?version=1&result=1", live.slug),
    ] {
        let answer = server.anonymous().get(&read).await;
        assert_eq!(answer.status(), 200, "{read}");
    }
    assert_eq!(ada.get("/api/v1/clips").await.status(), 200);

    store.batch_execute(MAKE_ROOM).await.unwrap();
    assert_eq!(ada.post("/api/v1/clips", &clip).await.status(), 201);
    assert_eq!(server.rows(&fresh, "csv").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_find_no_room_in_a_temporary_file_are_refused_and_others_are_not() {
    let program = Program::on_empty_store()
        .await
        .with("TMPDIR", "/nonexistent")
        .with("DATACLIPS_MEMORY_MAX", "4MiB");
    program.done(
        &["user", "add", "ada@example.com", "--role", "administrator"],
        "correct horse",
    );
    let database = empty_database().await;
    let url = shared().socket_url("reader", database.rsplit_once('/').unwrap().1);
    program.done(&["database", "add", "data"], &url);
    let server = program.serve();
    let ada = server.client(&program.done(&["token", "add", "ada@example.com", "--name", "x"], ""));
    let noise = "select array_to_string(array(select md5(n::text || i) from generate_series(1, 40) as i), '') from generate_series(1, 20000) as n";
    let large = ada.create_clip(noise).await;
    let (status, body) = status_and_body(ada.get(&format!("/{}.csv", large.slug)).await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (507, &json!("storage")),
        "{body}"
    );
    let small = ada.create_clip("select 1 as one").await;
    assert_eq!(ada.get(&format!("/{}.csv", small.slug)).await.status(), 200);
}
