//! Sets of values: each has its runs and results, and whoever has the link can make up no end of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use dataclips::live::Subject;
use dataclips::model::sweep_results;
use dataclips::run::Values;
use futures_util::future::join_all;
use serde_json::json;

use super::*;

const SETS: usize = 20;
/// The readers of a set: each asks for other bytes, so that each holds the run by themselves.
const READERS: [&str; 10] = [
    ".csv?page=1",
    ".csv?bom=1",
    ".csv?delimiter=%3B",
    ".csv?quote=all",
    ".tsv?page=1",
    ".json?page=1",
    ".json?shape=objects",
    ".ndjson?page=1",
    ".xml?page=1",
    ".xlsx?page=1",
];
/// A set of values for every number.
const NUMBER: &str = "select {{n}}::integer as n";

fn subject(clip: &Clip, n: usize) -> Subject {
    let values: Values = [("n".to_owned(), Some(n.to_string()))]
        .into_iter()
        .collect();
    Subject {
        clip: clip.body["number"].as_i64().unwrap(),
        version: 1,
        values: values.key(),
    }
}

/// Waits until this many hold the run of a set.
async fn is_held_by(server: &Server, subject: Subject, readers: usize) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let run = server.app.live.version(subject).running();
        let holders = run.map_or(0, |run| Arc::strong_count(&run) - 1);
        if holders == readers {
            return;
        }
        assert!(Instant::now() < deadline, "{holders} wait");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Results of sets that somebody made up, from this number on: each a copy of the first result, with its rows or without.
async fn make_up(server: &Server, clip: &Clip, numbers: (i32, i32), has_rows: bool) {
    let store = server.app.store.client().await.unwrap();
    let sql = "with copied as (
                   insert into results (clip_id, version, number, parameter_values, values_key, started_at, finished_at,
                       checked_at, elapsed_us, columns, row_count, checksum, has_rows, bytes)
                   select clip_id, version, copy, jsonb_build_object('n', copy::text), decode(md5(copy::text), 'hex'),
                       started_at, finished_at, checked_at, elapsed_us, columns, row_count, checksum, $4, bytes
                   from results, generate_series($2::integer, $3) as copy
                   where clip_id = $1 and number = 1
                   returning id
               )
               insert into result_pages (result_id, number, rows_end, bytes)
               select copied.id, result_pages.number, rows_end, result_pages.bytes
               from copied, result_pages
               join results on results.id = result_pages.result_id
               where $4 and clip_id = $1 and results.number = 1";
    let number = clip.body["number"].as_i64().unwrap();
    store
        .execute(sql, &[&number, &numbers.0, &numbers.1, &has_rows])
        .await
        .unwrap();
}

async fn execute(server: &Server, sql: &str) {
    let store = server.app.store.client().await.unwrap();
    store.batch_execute(sql).await.unwrap();
}

async fn result(client: &Client, clip: &Clip, number: u64) -> Option<Value> {
    let results = results(client, clip).await;
    results
        .into_iter()
        .find(|result| result["result"] == number)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_readers_of_twenty_sets_are_twenty_executions() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    // They wait for this lock.
    let gate = server.superuser().await;
    gate.batch_execute("select pg_advisory_lock(20)")
        .await
        .unwrap();
    let sql = "select mood, {{n}}::integer as n, pg_advisory_xact_lock_shared(20) is null as waited from moods";
    let clip = server.create_clip(sql).await;
    let visitor = server.anonymous();
    let asked = (0..SETS * READERS.len()).map(|number| {
        let (visitor, n) = (visitor.clone(), number / READERS.len());
        let path = format!("/{}{}&n={n}", clip.slug, READERS[number % READERS.len()]);
        tokio::spawn(async move { (n, visitor.get(&path).await) })
    });
    let asked: Vec<_> = asked.collect();
    for n in 0..SETS {
        is_held_by(&server, subject(&clip, n), READERS.len()).await;
    }
    gate.batch_execute("select pg_advisory_unlock(20)")
        .await
        .unwrap();
    let mut numbers = BTreeSet::new();
    for answer in join_all(asked).await {
        let (n, answer) = answer.unwrap();
        assert_eq!(answer.status(), 200);
        numbers.insert((n, header(&answer, "x-dataclips-result").to_owned()));
        if header(&answer, "content-type").starts_with("text/csv") {
            let text = answer.text().await.unwrap().replace(['"', '\u{feff}'], "");
            let row = text.lines().nth(1).unwrap().replace(';', ",");
            assert!(row.starts_with(&format!("calm,{n},")), "{text}");
        }
    }
    // Recorded at once, each with a number of its own.
    assert_eq!(numbers.len(), SETS, "{numbers:?}");
    let given: BTreeSet<u32> = numbers
        .iter()
        .map(|(_, number)| number.parse().unwrap())
        .collect();
    assert_eq!(given, (1..=SETS as u32).collect());
    assert_eq!(moods.reads().await, SETS as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_without_room_runs_and_is_not_kept() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = server.create_clip(NUMBER).await;
    bytes(ada, &clip, ".csv?n=1").await;
    is_kept(ada, &clip, 1).await;
    // A hundred sets in all.
    make_up(&server, &clip, (2, 100), true).await;
    assert_eq!(bytes(ada, &clip, ".csv?n=1001").await, b"n\n1001\n");
    server.app.live.close().await;
    let unkept = result(ada, &clip, 101).await.unwrap();
    assert_eq!(
        (&unkept["kept"], &unkept["rows"]),
        (&json!(false), &json!(1))
    );
    // Its page turns, sorts and filters.
    let window = ask(ada, &clip, "/rows?version=1&result=101&sort=1").await;
    let (status, window) = status_and_body(window).await;
    assert_eq!(
        (status, &window["values"]),
        (200, &json!([[1001]])),
        "{window}"
    );
    // One that is kept goes on.
    assert_eq!(bytes(ada, &clip, ".csv?n=1").await, b"n\n1\n");
    let chosen = json!({"version": 1, "result": 101});
    assert_eq!(pin(ada, &clip, Some(&chosen)).await.status(), 200);
    assert_eq!(bytes(ada, &clip, ".csv").await, b"n\n1001\n");
    assert_eq!(result(ada, &clip, 101).await.unwrap()["kept"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_sets_at_once_only_one_takes_the_last_place() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = server.create_clip(NUMBER).await;
    bytes(ada, &clip, ".csv?n=1").await;
    is_kept(ada, &clip, 1).await;
    make_up(&server, &clip, (2, 99), true).await;
    // Nobody writes rows before both have come.
    let store = server.app.store.client().await.unwrap();
    let hold = "begin; lock table result_pages in share mode";
    store.batch_execute(hold).await.unwrap();
    for n in [1001, 1002] {
        bytes(ada, &clip, &format!(".csv?n={n}")).await;
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while store
        .query_one(waiting, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        < 2
    {
        assert!(Instant::now() < deadline, "two do not wait");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    store.batch_execute("commit").await.unwrap();
    drop(store);
    server.app.live.close().await;
    let kept = results(ada, &clip).await;
    let kept = kept.iter().filter(|result| result["kept"] == true);
    assert_eq!(kept.count(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_that_nobody_asks_for_make_room() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = server.create_clip(NUMBER).await;
    bytes(ada, &clip, ".csv?n=1").await;
    is_kept(ada, &clip, 1).await;
    make_up(&server, &clip, (2, 101), true).await;
    let age = "update results set checked_at = checked_at - interval '31 days' where number between 50 and 101";
    execute(&server, age).await;
    server.app.tidy().await;
    let kept = results(ada, &clip).await;
    let kept = kept.iter().filter(|result| result["kept"] == true);
    assert_eq!(kept.count(), 49);
    bytes(ada, &clip, ".csv?n=1002").await;
    is_kept(ada, &clip, 102).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_sets_do_not_push_out_what_is_known_of_kept_ones() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = server.create_clip(NUMBER).await;
    bytes(ada, &clip, ".csv?n=1").await;
    is_kept(ada, &clip, 1).await;
    // The newest of the same set, whose rows were too large to keep.
    make_up(&server, &clip, (2, 2), false).await;
    let same = "update results set values_key = first.values_key from results as first
                where results.number = 2 and first.number = 1";
    execute(&server, same).await;
    make_up(&server, &clip, (3, 302), false).await;
    sweep_results(&server.app.store, None, 1 << 30)
        .await
        .unwrap();
    let store = server.app.store.client().await.unwrap();
    let rows = store
        .query("select number from results order by number", &[])
        .await
        .unwrap();
    let numbers: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    let expected: Vec<i32> = [1, 2].into_iter().chain(103..=302).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_sets_leave_memory() {
    let server = Server::start().await;
    let clip = server.create_clip(NUMBER).await;
    let live = &server.app.live;
    let used = live.version(subject(&clip, 0));
    let sets: Vec<_> = (1..=3_000)
        .map(|n| Arc::downgrade(&live.version(subject(&clip, n))))
        .collect();
    let left = sets.iter().filter(|set| set.strong_count() > 0).count();
    assert!(left <= 1_000, "{left}");
    assert!(Arc::ptr_eq(&used, &live.version(subject(&clip, 0))));
}

/// Asks for new sets until the server refuses to run them. Returns how many ran.
async fn exhaust(visitor: &Client, clip: &Clip, rest: &str, from: usize) -> (usize, Response) {
    for n in 0..1_000 {
        let answer = ask(visitor, clip, &format!("{rest}?n={}", from + n)).await;
        if answer.status() != 200 {
            return (n, answer);
        }
    }
    panic!("a thousand sets ran");
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_out_readers_start_so_many_runs_and_no_more() {
    let server = Server::start().await;
    let (ada, visitor) = (&server.administrator, server.anonymous());
    let clip = server.create_clip(NUMBER).await;
    let plain = server.create_clip("select 1 as n").await;
    let (ran, refused) = exhaust(&visitor, &clip, ".csv", 0).await;
    assert!(ran >= 60, "{ran}");
    let wait: u64 = header(&refused, "retry-after").parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    let (status, body) = status_and_body(refused).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (429, &json!("too_many_runs"))
    );
    let (_, page) = exhaust(&visitor, &clip, "", 2_000).await;
    assert_eq!(page.status(), 429);
    assert!(page.headers().contains_key("retry-after"));
    let page = page.text().await.unwrap();
    assert!(
        page.contains("too many runs from your network address"),
        "{page}"
    );
    // What was run answers, and so do people who are signed in and queries without parameters.
    for n in 0..70 {
        let stored = ask(&visitor, &clip, "/rows?version=1&result=1").await;
        assert_eq!(stored.status(), 200);
        assert_eq!(ask(&visitor, &plain, ".csv").await.status(), 200);
        let rest = format!(".csv?n={}", 4_000 + n);
        assert_eq!(ask(ada, &clip, &rest).await.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_limits_all_runs_of_signed_out_readers() {
    let server = Server::with_runs_per_minute(3.try_into().unwrap()).await;
    let (ada, visitor) = (&server.administrator, server.anonymous());
    let plain = server.create_clip("select 1 as n").await;
    for _ in 0..3 {
        assert_eq!(ask(&visitor, &plain, ".csv").await.status(), 200);
    }
    let refused = ask(&visitor, &plain, ".csv").await;
    let wait: u64 = header(&refused, "retry-after").parse().unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    let (status, body) = status_and_body(refused).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (429, &json!("too_many_runs"))
    );
    let other = server.create_clip("select 2 as n").await;
    let page = ask(&visitor, &other, "").await;
    assert_eq!(page.status(), 429);
    let page = page.text().await.unwrap();
    assert!(
        page.contains("too many runs from your network address"),
        "{page}"
    );
    for _ in 0..5 {
        assert_eq!(ask(ada, &plain, ".csv").await.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_run_that_starts_counts() {
    let server = Server::behind_reverse_proxy().await;
    let clip = server.create_clip(NUMBER).await;
    change(&server, &clip, json!({"max_age": 3600})).await;
    let visitor = server.anonymous();
    for _ in 0..100 {
        assert_eq!(bytes(&visitor, &clip, ".csv?n=1").await, b"n\n1\n");
    }
    let (ran, _) = exhaust(&visitor, &clip, ".csv", 2).await;
    assert!(ran >= 59, "{ran}");
    // As the proxy in front saw it, another address.
    let path = format!("/{}.csv?n=5000", clip.slug);
    let other = visitor.request(Method::GET, &path);
    let other = other.header("x-forwarded-for", "198.51.100.7");
    assert_eq!(other.send().await.unwrap().status(), 200);
}
