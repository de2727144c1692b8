//! How long rows are kept.

use std::ops::RangeInclusive;

use dataclips::model::sweep_results;
use serde_json::json;
use tokio_postgres::types::ToSql;

use super::*;

/// Adds results with these numbers to version 1, each a copy of its first result with its rows.
async fn repeat_result(server: &Server, clip: &Clip, numbers: RangeInclusive<i32>) {
    let store = server.app.store.client().await.unwrap();
    let sql = "with copied as (
                   insert into results (clip_id, version, number, started_at, finished_at, checked_at, elapsed_us,
                       columns, row_count, checksum, has_rows, bytes)
                   select clip_id, version, copy, started_at, finished_at + copy * interval '1 s', checked_at,
                       elapsed_us, columns, row_count, checksum, has_rows, bytes
                   from results, generate_series($2::integer, $3) as copy
                   where clip_id = $1 and number = 1
                   returning id
               )
               insert into result_pages (result_id, number, rows_end, bytes)
               select copied.id, result_pages.number, rows_end, result_pages.bytes
               from copied, result_pages
               join results on results.id = result_pages.result_id
               where clip_id = $1 and results.number = 1";
    let number = clip.body["number"].as_i64().unwrap();
    let copies = [
        &number as &(dyn ToSql + Sync),
        numbers.start(),
        numbers.end(),
    ];
    assert!(store.execute(sql, &copies).await.unwrap() > 0);
}

/// The numbers of the results whose rows are kept, the newest first.
async fn kept(client: &Client, clip: &Clip) -> Vec<u64> {
    let results = results(client, clip).await;
    let kept = results.iter().filter(|result| result["kept"] == true);
    kept.map(|result| result["result"].as_u64().unwrap())
        .collect()
}

async fn is_swept(client: &Client, clip: &Clip, result: u64) {
    for rest in FORMATS {
        let path = format!("{rest}?version=1&result={result}");
        let (status, body) = status_and_body(ask(client, clip, &path).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (410, &json!("swept")),
            "{body}"
        );
        let message = body["error"]["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("version 1, result {result}")),
            "{message}"
        );
    }
    let page = ask(client, clip, &format!("?version=1&result={result}")).await;
    assert_eq!(page.status(), 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_fifty_results_of_each_version_stay_and_the_pinned_one() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = server.create_clip("select 1 as one").await;
    let rows = bytes(ada, &clip, ".csv").await;
    is_kept(ada, &clip, 1).await;
    repeat_result(&server, &clip, 2..=60).await;
    change(&server, &clip, json!({"sql": "select 2 as two"})).await;
    bytes(ada, &clip, ".csv").await;
    server.app.live.close().await;
    let chosen = json!({"version": 1, "result": 5});
    assert_eq!(pin(ada, &clip, Some(&chosen)).await.status(), 200);
    server.app.tidy().await;
    let mut expected: Vec<u64> = (11..=60).rev().collect();
    expected.insert(0, 1);
    expected.push(5);
    assert_eq!(kept(ada, &clip).await, expected);
    is_swept(ada, &clip, 10).await;
    for result in [5, 11, 60] {
        let rest = format!(".csv?version=1&result={result}");
        assert_eq!(bytes(ada, &clip, &rest).await, rows);
    }
    let store = server.app.store.client().await.unwrap();
    let pages = store.query_one("select count(*) from result_pages", &[]);
    assert_eq!(pages.await.unwrap().get::<_, i64>(0), 52);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_keeps_no_more_bytes_than_the_limit_except_pinned_rows() {
    let server = Server::with_results(300 << 10).await;
    let ada = &server.administrator;
    let sql = "select md5(n::text) from generate_series(1, 4000) as n";
    let clip = server.create_clip(sql).await;
    let rows = bytes(ada, &clip, ".csv").await;
    is_kept(ada, &clip, 1).await;
    let store = server.app.store.client().await.unwrap();
    let length = store
        .query_one("select bytes from results", &[])
        .await
        .unwrap();
    let length: i64 = length.get(0);
    let stay = (300 << 10) / length;
    assert!((2..8).contains(&stay), "{length} bytes each");
    repeat_result(&server, &clip, 2..=10).await;
    let chosen = json!({"version": 1, "result": 2});
    assert_eq!(pin(ada, &clip, Some(&chosen)).await.status(), 200);
    server.app.tidy().await;
    let mut expected: Vec<u64> = (11 - stay as u64..=10).rev().collect();
    expected.push(2);
    assert_eq!(kept(ada, &clip).await, expected);
    assert_eq!(bytes(ada, &clip, ".csv").await, rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_count_with_their_compressed_size() {
    let server = Server::with_results(64 << 10).await;
    let ada = &server.administrator;
    let even = "select repeat('x', 100) as x from generate_series(1, 4000)";
    let uneven = "select md5(n::text) from generate_series(1, 4000) as n";
    let (even, uneven) = (
        server.create_clip(even).await,
        server.create_clip(uneven).await,
    );
    for clip in [&even, &uneven] {
        assert!(bytes(ada, clip, ".csv").await.len() > 64 << 10);
    }
    server.app.live.close().await;
    assert_eq!(kept(ada, &even).await, [1]);
    assert!(kept(ada, &uneven).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_removed_clip_go_after_thirty_days_unless_it_is_pinned() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let store = server.app.store.client().await.unwrap();
    let mut clips = Vec::new();
    for _ in 0..3 {
        let clip = server.create_clip("select clock_timestamp() as at").await;
        bytes(ada, &clip, ".csv").await;
        is_kept(ada, &clip, 1).await;
        clips.push(clip);
    }
    let [young, old, pinned] = &clips[..] else {
        unreachable!()
    };
    assert_eq!(pin(ada, pinned, None).await.status(), 200);
    let before = bytes(ada, pinned, ".csv").await;
    for (clip, days) in [(young, 29.9), (old, 30.1), (pinned, 400.0)] {
        remove(&server, clip).await;
        let sql = "update clip_removals set created_at = now() - make_interval(secs => $2::double precision * 86400)
                   from clips where clips.id = clip_removals.clip_id and slug = $1";
        assert_eq!(store.execute(sql, &[&clip.slug, &days]).await.unwrap(), 1);
    }
    server.app.tidy().await;
    for (clip, expected) in [(young, vec![1]), (old, vec![]), (pinned, vec![1])] {
        let path = format!("/api/v1/clips/{}/restore", clip.slug);
        assert_eq!(ada.post(&path, &Value::Null).await.status(), 200);
        assert_eq!(kept(ada, clip).await, expected);
    }
    assert_eq!(bytes(ada, pinned, ".csv").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pinned_while_sweeps_go_on_is_kept() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = server.create_clip("select clock_timestamp() as at").await;
    let rows = bytes(ada, &clip, ".csv").await;
    let chosen = json!({"version": 1, "result": 1});
    let number = clip.body["number"].as_i64().unwrap();
    let sweeping = async {
        loop {
            sweep_results(&server.app.store, Some(&[number]), 0)
                .await
                .unwrap();
        }
    };
    let pinning = async {
        for _ in 0..100 {
            let (status, body) = status_and_body(pin(ada, &clip, Some(&chosen)).await).await;
            assert_eq!(status, 200, "{body}");
            assert_eq!(kept(ada, &clip).await, [1]);
            assert_eq!(bytes(ada, &clip, ".csv").await, rows);
            assert_eq!(unpin(ada, &clip).await.status(), 204);
        }
    };
    tokio::select! {
        () = sweeping => {}
        () = pinning => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_results_without_rows_the_newest_two_hundred_are_kept() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    let clip = server
        .create_clip("select ('x' || clock_timestamp())::integer")
        .await;
    for _ in 0..203 {
        assert_eq!(ask(&visitor, &clip, ".csv").await.status(), 422);
    }
    server.app.tidy().await;
    let known = results(&server.administrator, &clip).await;
    let known: Vec<_> = known.iter().map(|result| &result["result"]).collect();
    assert_eq!(known, (4..=203).rev().collect::<Vec<_>>());
    is_swept(&visitor, &clip, 3).await;
    assert_eq!(ask(&visitor, &clip, ".csv").await.status(), 422);
    let known = results(&server.administrator, &clip).await;
    assert_eq!(known[0]["result"], 204, "numbers go on");
}
