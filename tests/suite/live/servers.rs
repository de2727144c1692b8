//! Several servers on one store: whichever of them is asked, a clip has the same results.

use dataclips::model::{Admission, Attempt, Claim, Lease, RunKey, ServerId, Subject, Tag};
use dataclips::run::Values;
use dataclips::servers::Servers;
use futures_util::future::join_all;
use serde_json::json;

use super::*;

/// Three, of which the first has the clips' database.
async fn three() -> [Server; 3] {
    let first = Server::start().await;
    let second = first.beside().await;
    let third = first.beside().await;
    [first, second, third]
}

fn result(answer: &Response) -> String {
    header(answer, "x-dataclips-result").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_data_has_one_number_whoever_returns_it_first() {
    let servers = three().await;
    for _ in 0..10 {
        let clip = servers[0].create_clip("select 1 as one").await;
        let asked = servers
            .iter()
            .map(|server| ask(&server.administrator, &clip, ".csv"));
        let answers = join_all(asked).await;
        for answer in &answers {
            assert_eq!(answer.status(), 200);
            assert_eq!(result(answer), "1");
            assert_eq!(header(answer, "etag"), header(&answers[0], "etag"));
        }
        assert_eq!(results(&servers[1].administrator, &clip).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_data_go_on_from_server_to_server() {
    let servers = three().await;
    let moods = Moods::create(&servers[0]).await;
    let clip = servers[0].create_clip(MOOD).await;
    for (number, mood) in [
        (1, "calm"),
        (2, "cross"),
        (3, "calm"),
        (4, "merry"),
        (5, "calm"),
    ] {
        moods.turn(mood).await;
        for turn in 0..servers.len() {
            let server = &servers[(number + turn) % servers.len()];
            let answer = ask(&server.administrator, &clip, ".csv").await;
            assert_eq!(result(&answer), number.to_string(), "{mood}");
            let body = answer.text().await.unwrap();
            assert_eq!(body, format!("mood\n{mood}\n"));
        }
    }
    assert_eq!(results(&servers[0].administrator, &clip).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_error_has_one_number() {
    let servers = three().await;
    let clip = servers[0].create_clip("select 1 / 0 as none").await;
    for _ in 0..2 {
        let asked = servers
            .iter()
            .map(|server| ask(&server.administrator, &clip, ".csv"));
        for answer in join_all(asked).await {
            assert_eq!(answer.status(), 422);
        }
    }
    assert_eq!(results(&servers[0].administrator, &clip).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_within_its_maximum_age_is_every_servers_and_never_an_older_one() {
    let servers = three().await;
    let moods = Moods::create(&servers[0]).await;
    let clip = servers[0].create_clip(MOOD).await;
    change(&servers[0], &clip, json!({"max_age": 60})).await;
    let checked_at = async |server: &Server| {
        let answer = ask(&server.administrator, &clip, ".csv").await;
        (
            result(&answer),
            header(&answer, "x-dataclips-checked-at").to_owned(),
        )
    };
    let first = checked_at(&servers[0]).await;
    moods.turn("cross").await;
    for server in &servers {
        assert_eq!(checked_at(server).await, first);
    }
    // Another server looks again, at equal data and then at other data.
    for mood in ["calm", "cross"] {
        moods.turn(mood).await;
        change(&servers[1], &clip, json!({"max_age": null})).await;
        ask(&servers[1].administrator, &clip, ".csv").await;
        change(&servers[1], &clip, json!({"max_age": 60})).await;
        let newer = checked_at(&servers[1]).await;
        assert_ne!(newer.1, first.1);
        for server in &servers {
            assert_eq!(checked_at(server).await, newer, "{mood}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wrong_clock_checked_in_the_future_is_not_fresh() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    bytes(&server.administrator, &clip, ".csv").await;
    let other = server.beside().await;
    let store = server.app.store.client().await.unwrap();
    let ahead = "update results set checked_at = checked_at + interval '1 hour',
                     finished_at = finished_at + interval '1 hour'";
    store.execute(ahead, &[]).await.unwrap();
    change(&server, &clip, json!({"max_age": 7200})).await;
    moods.turn("cross").await;
    for server in [&other, &server] {
        let answer = ask(&server.administrator, &clip, ".csv").await;
        assert_eq!(result(&answer), "2");
        assert!(header(&answer, "age").parse::<u64>().unwrap() < 60);
    }
    assert_eq!(moods.reads().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_of_an_hour_is_from_a_wrong_clock_and_has_lapsed() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let store = server.app.store.client().await.unwrap();
    let sql = "select id from clips where slug = $1";
    let number = store.query_one(sql, &[&clip.slug]).await.unwrap().get(0);
    let key = RunKey {
        subject: Subject {
            clip: number,
            version: 1,
            values: Values::default().key(),
        },
        target: Tag::from_text("t".to_owned()),
    };
    let (dead, alive) = (ServerId::generate().unwrap(), ServerId::generate().unwrap());
    let claim = |by| Lease::claim(&server.app.store, &key, by, jiff::Timestamp::now());
    assert!(matches!(claim(dead).await.unwrap(), Claim::Ours(_)));
    assert!(matches!(claim(alive).await.unwrap(), Claim::Others(_)));
    let ahead = "update runs set lease_until = lease_until + interval '1 hour'";
    store.execute(ahead, &[]).await.unwrap();
    assert!(
        Lease::in_flight(&server.app.store)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(matches!(claim(alive).await.unwrap(), Claim::Ours(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_that_a_wrong_clock_counted_lock_nobody_out() {
    let server = Server::start().await;
    let store = &server.app.store;
    let minute = Duration::from_secs(60);
    let attempt = Attempt::new(&server.app.key, "test", "ann", minute, 2 * minute);
    assert_eq!(attempt.count(store).await.unwrap(), Admission::Admitted);
    let ahead = "update attempts set used_until = used_until + interval '1 hour'";
    let client = store.client().await.unwrap();
    assert!(client.execute(ahead, &[]).await.unwrap() > 0);
    for _ in 0..2 {
        assert_eq!(attempt.count(store).await.unwrap(), Admission::Admitted);
    }
    let refused = attempt.count(store).await.unwrap();
    assert!(
        matches!(refused, Admission::Refused { wait } if wait <= minute),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_rights_is_heard_by_every_server() {
    let [server, other, third] = three().await;
    let clip = server.create_clip("select 1 as one").await;
    let heard = |other: &Server| other.app.servers.changes().unwrap();
    let ada = &server.administrator;
    let clip_path = format!("/api/v1/clips/{}", clip.slug);
    let put = |path: String, body: Value| ada.request(Method::PUT, &path).json(&body);
    let patch = |path: String, body: Value| ada.request(Method::PATCH, &path).json(&body);
    bytes(ada, &clip, ".csv").await;
    for change in [
        patch(clip_path.clone(), json!({"title": "other"})),
        patch(clip_path.clone(), json!({"show_sql": false})),
        patch(clip_path.clone(), json!({"sql": "select 2 as two"})),
        put(
            format!("{clip_path}/access"),
            json!({"anyone": false, "grants": [{"to": "b@example.com", "may": "see"}]}),
        ),
        put(
            format!("{clip_path}/access"),
            json!({"anyone": true, "grants": []}),
        ),
        put(
            format!("{clip_path}/pin"),
            json!({"version": 1, "result": 1}),
        ),
        ada.request(Method::DELETE, &format!("{clip_path}/pin")),
        ada.request(Method::POST, &format!("{clip_path}/links"))
            .json(&json!({"label": "l"})),
        ada.request(Method::DELETE, &clip_path),
        patch(
            "/api/v1/databases/data".to_owned(),
            json!({"open_to": "administrators"}),
        ),
    ] {
        let before = [heard(&other), heard(&third)];
        let answer = change.send().await.unwrap();
        let path = answer.url().path().to_owned();
        assert!(
            answer.status().is_success(),
            "{path}: {}",
            answer.text().await.unwrap()
        );
        let deadline = Instant::now() + Duration::from_secs(5);
        while heard(&other) == before[0] || heard(&third) == before[1] {
            assert!(Instant::now() < deadline, "{path} is not heard");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_the_store_has_responded_nothing_older_is_reused() {
    let server = Server::start().await;
    let other = server.beside().await;
    let clip = server.create_clip("select 1 as one").await;
    pin(&server.administrator, &clip, None).await;
    for turn in 0..50 {
        let title = format!("title {turn}");
        // So that there is something to reuse.
        bytes(&other.administrator, &clip, ".json").await;
        change(&server, &clip, json!({"title": title})).await;
        let changed_at = tokio::time::Instant::now();
        let servers = &other.app.servers;
        servers.catch_up();
        while servers.heard_until().unwrap() < changed_at {
            tokio::task::yield_now().await;
        }
        let answer = ask(&other.administrator, &clip, ".json").await;
        assert_eq!(answer.json::<Value>().await.unwrap()["title"], title);
    }
}

/// The connections on which servers listen to this store.
async fn end_listening(store: &Server) {
    let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity
               where datname = current_database() and query ilike '%servers%' and pid <> pg_backend_pid()";
    let client = store.app.store.client().await.unwrap();
    assert!(client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_not_heard_nothing_is_remembered() {
    let server = Server::start().await;
    let other = server.beside().await;
    let clip = server.create_clip("select 1 as one").await;
    bytes(&server.administrator, &clip, ".csv").await;
    bytes(&other.administrator, &clip, ".csv").await;
    let silent = |servers: &Servers| servers.listening().is_none();
    end_listening(&server).await;
    let deadline = Instant::now() + Duration::from_secs(5);
    while !silent(&server.app.servers) || !silent(&other.app.servers) {
        assert!(Instant::now() < deadline, "the connections live");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    change(&server, &clip, json!({"title": "other"})).await;
    let answer: Value = ask(&other.administrator, &clip, ".json")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["title"], "other");
    while silent(&server.app.servers) || silent(&other.app.servers) {
        assert!(Instant::now() < deadline, "they do not listen again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A query whose rows differ each time, and fill some lines.
const NOW: &str = "select n, clock_timestamp() as at from generate_series(1, 100) as n";

#[tokio::test(flavor = "multi_thread")]
async fn one_read_is_one_run_though_each_request_comes_to_another_server() {
    let servers = three().await;
    let clip = servers[0].create_clip(NOW).await;
    let path = format!("/{}.csv", clip.slug);
    let send = |turn: usize, method: Method, range: Option<&str>| {
        let request = servers[turn % 3].administrator.request(method, &path);
        let request = request.header("user-agent", "reader");
        let request = match range {
            Some(range) => request.header("range", range),
            None => request,
        };
        async { request.send().await.unwrap() }
    };
    let head = send(0, Method::HEAD, None).await;
    let whole = send(1, Method::GET, None).await;
    assert_eq!(header(&whole, "etag"), header(&head, "etag"));
    let whole = whole.bytes().await.unwrap();
    let mut parts = Vec::new();
    for (turn, first) in (0..whole.len()).step_by(500).enumerate() {
        let range = format!("bytes={first}-{}", first + 499);
        let part = send(turn, Method::GET, Some(&range)).await;
        assert_eq!(part.status(), 206, "{range}");
        parts.extend(part.bytes().await.unwrap());
    }
    assert_eq!(parts, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_after_plain_gets_is_not_older_than_those_at_other_servers() {
    let servers = three().await;
    let clip = servers[0].create_clip(NOW).await;
    let path = format!("/{}.csv", clip.slug);
    let number = async |turn: usize, method: Method| -> u32 {
        let request = servers[turn % 3].administrator.request(method, &path);
        let answer = request.header("user-agent", "reader").send().await.unwrap();
        result(&answer).parse().unwrap()
    };
    for turn in 0..3 {
        number(turn, Method::GET).await;
    }
    let head = number(0, Method::HEAD).await;
    assert!(head >= 3, "result {head}");
    for turn in 1..4 {
        assert_eq!(number(turn, Method::GET).await, head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_download_goes_on_at_another_server() {
    let servers = three().await;
    let clip = servers[0].create_clip(NOW).await;
    let whole = bytes(&servers[0].anonymous(), &clip, ".csv").await;
    let rest = ask_with(
        &servers[1].anonymous(),
        &clip,
        ".csv",
        ("range", "bytes=100-"),
    )
    .await;
    assert_eq!(rest.status(), 206);
    assert_eq!(rest.bytes().await.unwrap(), whole[100..]);
    let other = servers[0].create_clip(NOW).await;
    let nothing = ask_with(
        &servers[1].anonymous(),
        &other,
        ".csv",
        ("range", "bytes=100-"),
    )
    .await;
    assert_eq!(nothing.status(), 412);
}
