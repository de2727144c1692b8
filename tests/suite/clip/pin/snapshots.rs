//! A pinned clip whose database is gone, or that moved to another server.

use serde_json::json;

use crate::cli::program::Program;
use crate::http::{ask, ask_with, change, header, remove_database};
use crate::live::{FORMATS, MOOD, Moods, Site, bytes, is_kept, pin, unpin};
use crate::support::{Client, Clip, Server, shared, status_and_body};

const SQL: &str =
    "select mood, clock_timestamp() as at, 12345678901234567890.10 as exact, null as nothing,
    array[1, 2] as list, '{\"a\": 1.0}'::json as document from moods, generate_series(1, 3000)";

/// All responses of a clip, with their ETags: in every format, coding and option.
async fn everything(client: &Client, clip: &Clip) -> Vec<(String, String, Vec<u8>)> {
    let mut all = Vec::new();
    for rest in FORMATS
        .into_iter()
        .chain([".csv?bom=1&guard=1", ".json?shape=objects"])
    {
        for coding in ["identity", "gzip", "br", "zstd"] {
            let answer = ask_with(client, clip, rest, ("accept-encoding", coding)).await;
            assert_eq!(answer.status(), 200, "{rest} {coding}");
            let etag = header(&answer, "etag").to_owned();
            let bytes = answer.bytes().await.unwrap().to_vec();
            all.push((format!("{rest} {coding}"), etag, bytes));
        }
    }
    all
}

/// Compares byte for byte; a failure names only the response that differs.
fn assert_same(after: &[(String, String, Vec<u8>)], before: &[(String, String, Vec<u8>)]) {
    assert_eq!(after.len(), before.len());
    for (after, before) in after.iter().zip(before) {
        assert_eq!((&after.0, &after.1), (&before.0, &before.1));
        assert!(after.2 == before.2, "{} differs", after.0);
    }
}

async fn drop_database(server: &Server) {
    let postgres = shared().connect("postgres", "postgres").await;
    let sql = format!("drop database {} with (force)", server.data);
    postgres.batch_execute(&sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_clip_is_the_same_byte_for_byte_after_its_database_was_dropped_and_removed() {
    let server = Server::start().await;
    Moods::create(&server).await;
    let clip = server.create_clip(SQL).await;
    let live = server.create_clip("select 1 as one").await;
    let visitor = server.anonymous();
    let asked = everything(&visitor, &live).await;
    assert_eq!(asked.len(), 36);
    assert_eq!(pin(&server.administrator, &clip, None).await.status(), 200);
    let before = everything(&visitor, &clip).await;
    drop_database(&server).await;
    assert_eq!(ask(&visitor, &live, ".csv").await.status(), 503);
    for is_removed in [false, true] {
        if is_removed {
            remove_database(&server).await;
        }
        assert_same(&everything(&visitor, &clip).await, &before);
        for client in [&visitor, &server.signed_in("ada@example.com").await] {
            let page = ask(client, &clip, "").await;
            assert_eq!(page.status(), 200);
            assert_eq!(header(&page, "x-dataclips-stale"), "");
            assert!(
                page.text()
                    .await
                    .unwrap()
                    .contains("12345678901234567890.10")
            );
            let sorted = ask(client, &clip, "?sort=2&page=2").await;
            assert_eq!(sorted.status(), 200);
        }
        let (status, window) = status_and_body(ask(&visitor, &clip, "/rows?limit=2").await).await;
        assert_eq!((status, &window["rows"]), (200, &json!(3000)), "{window}");
    }
    let (status, body) =
        status_and_body(pin(&server.administrator, &clip, Some(&json!({"version": 1}))).await)
            .await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(unpin(&server.administrator, &clip).await.status(), 204);
    let (status, body) = status_and_body(ask(&visitor, &clip, ".csv").await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("database_removed"))
    );
}

/// Nothing of it is in the memory of a server that has just started.
#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_clip_is_the_same_after_a_restart_without_its_database() {
    let site = Site::new().await;
    Moods::create(&site.server).await;
    let (serving, ada) = site.serve();
    let clip = ada.create_clip(SQL).await;
    assert_eq!(pin(&ada, &clip, None).await.status(), 200);
    let before = everything(&serving.visitor(), &clip).await;
    assert!(serving.stop().success());
    drop_database(&site.server).await;
    let (serving, _) = site.serve();
    assert_same(&everything(&serving.visitor(), &clip).await, &before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_clip_is_the_same_on_another_server() {
    let site = Site::new().await;
    Moods::create(&site.server).await;
    let (serving, ada) = site.serve();
    let clip = ada.create_clip(SQL).await;
    let other = ada.create_clip(MOOD).await;
    bytes(&ada, &other, ".csv").await;
    assert_eq!(pin(&ada, &clip, None).await.status(), 200);
    let before = everything(&serving.visitor(), &clip).await;
    let backup = site.program.done(&["export"], "");
    assert!(serving.stop().success());
    drop_database(&site.server).await;

    let fresh = Program::on_empty_store()
        .await
        .with("DATACLIPS_LISTEN", &site.address);
    fresh.done(&["import"], &backup);
    assert_eq!(fresh.done(&["export"], ""), backup);
    let serving = fresh.serve();
    let visitor = serving.visitor();
    assert_same(&everything(&visitor, &clip).await, &before);
    assert_eq!(ask(&visitor, &clip, "").await.status(), 200);
    assert_eq!(
        ask(&visitor, &other, ".csv").await.status(),
        503,
        "only what was pinned came along"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_of_a_pinned_clip_never_runs() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    let ada = &server.administrator;
    bytes(ada, &clip, ".csv").await;
    is_kept(ada, &clip, 1).await;
    for sql in [
        "select mood, 2 as two from moods",
        "select mood, 3 as three from moods",
    ] {
        change(&server, &clip, json!({"sql": sql})).await;
    }
    assert_eq!(pin(ada, &clip, None).await.status(), 200);
    moods.turn("cross").await;
    let visitor = server.anonymous();
    for rest in FORMATS.into_iter().chain([""]) {
        let first = ask(&visitor, &clip, &format!("{rest}?version=1")).await;
        assert_eq!(first.status(), 200, "{rest}");
        assert_eq!(header(&first, "x-dataclips-result"), "1");
        let second = ask(&visitor, &clip, &format!("{rest}?version=2")).await;
        assert_eq!(second.status(), 404, "{rest}");
        assert_eq!(
            ask(&visitor, &clip, &format!("{rest}?version=3"))
                .await
                .status(),
            200
        );
        assert_eq!(
            ask(&visitor, &clip, &format!("{rest}?version=4"))
                .await
                .status(),
            404
        );
    }
    assert_eq!(
        bytes(&visitor, &clip, ".csv?version=1").await,
        b"mood\ncalm\n"
    );
    assert_eq!(moods.reads().await, 2);
}
