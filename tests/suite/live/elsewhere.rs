//! A run at one server, for which others wait too.

use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::json;
use tokio::task::JoinHandle;

use super::*;

/// Long enough for all servers to know of it.
const SLOW: &str = "select mood, pg_sleep(2) is null as slept from moods";

/// Two servers, and a clip whose query is counted.
struct Pair {
    servers: [Server; 2],
    moods: Moods,
    clip: Clip,
}

impl Pair {
    async fn running(sql: &str) -> Self {
        let first = Server::start().await;
        let second = first.beside().await;
        let moods = Moods::create(&first).await;
        let clip = first.create_clip(sql).await;
        Self {
            servers: [first, second],
            moods,
            clip,
        }
    }

    fn ask(&self, server: usize, rest: &str) -> JoinHandle<Response> {
        let client = self.servers[server].administrator.clone();
        let path = format!("/{}{rest}", self.clip.slug);
        tokio::spawn(async move { client.get(&path).await })
    }

    /// Waits until the first server executes the run, and the second knows.
    async fn begins(&self) {
        self.has_in_store("select 1 from runs where ended_at is null")
            .await;
        // Notices arrive in order: what a later one did is in effect, and so is this one.
        let heard = self.servers[1].app.servers.changes();
        change(&self.servers[0], &self.clip, json!({"description": "a"})).await;
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.servers[1].app.servers.changes() == heard {
            assert!(Instant::now() < deadline, "the second server hears nothing");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until somebody at the second server waits.
    async fn is_waited_for(&self) {
        self.has_in_store("select 1 from run_waiters").await;
    }

    async fn has_in_store(&self, sql: &str) {
        let store = self.servers[0].app.store.client().await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        while store
            .query_opt(&format!("{sql} limit 1"), &[])
            .await
            .unwrap()
            .is_none()
        {
            assert!(Instant::now() < deadline, "nothing by {sql}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many queries run in the database now.
    async fn queries(&self) -> i64 {
        let superuser = self.servers[0].superuser().await;
        let sql = "select count(*) from pg_stat_activity
                   where datname = current_database() and usename = 'reader' and state = 'active'
                   and query like '%pg_sleep%'";
        superuser.query_one(sql, &[]).await.unwrap().get(0)
    }

    async fn stops_running(&self) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.queries().await > 0 {
            assert!(Instant::now() < deadline, "it runs on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_all_servers_and_formats_share_one_execution() {
    let pair = Pair::running(SLOW).await;
    let first = pair.ask(0, ".csv");
    pair.begins().await;
    let rests = [".csv", ".json", ".xlsx", "?wait=1", ".csv?filter=calm"];
    let asked = (0..20).map(|reader| pair.ask(reader % 2, rests[reader / 4]));
    let answers = join_all(asked).await;
    for answer in answers {
        let answer = answer.unwrap();
        let (status, url) = (answer.status(), answer.url().clone());
        assert_eq!(status, 200, "{url}: {}", answer.text().await.unwrap());
    }
    assert_eq!(first.await.unwrap().status(), 200);
    let listed = results(&pair.servers[1].administrator, &pair.clip).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(pair.moods.reads().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_everybodys() {
    let pair = Pair::running("select 1 / (pg_sleep(1) is null)::int from moods").await;
    let first = pair.ask(0, ".csv");
    pair.begins().await;
    let second = pair.ask(1, ".csv").await.unwrap();
    for answer in [first.await.unwrap(), second] {
        assert_eq!(answer.status(), 422);
        assert!(answer.text().await.unwrap().contains("division by zero"));
    }
    assert_eq!(pair.moods.reads().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_for_those_elsewhere_and_ends_with_the_last_of_them() {
    let pair = Pair::running(SLOW).await;
    let first = pair.ask(0, ".csv");
    pair.begins().await;
    let second = pair.ask(1, ".csv");
    pair.is_waited_for().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    first.abort();
    assert_eq!(second.await.unwrap().status(), 200);
    assert_eq!(pair.moods.reads().await, 1);

    change(
        &pair.servers[0],
        &pair.clip,
        json!({"sql": "select pg_sleep(60)"}),
    )
    .await;
    let first = pair.ask(0, ".csv");
    pair.begins().await;
    let second = pair.ask(1, ".csv");
    pair.is_waited_for().await;
    first.abort();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(pair.queries().await, 1);
    second.abort();
    pair.stops_running().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_reaches_the_server_that_executes_the_run() {
    let pair = Pair::running("select pg_sleep(60)").await;
    let browser = pair.servers[1].signed_in("ada@example.com").await;
    let path = format!("/{}/cancellation", pair.clip.slug);
    for is_waited_for in [false, true] {
        let first = pair.ask(0, ".csv");
        pair.begins().await;
        let second = is_waited_for.then(|| pair.ask(1, ".csv"));
        if is_waited_for {
            pair.is_waited_for().await;
        }
        let cancelled = browser.submit(&path, &[("version", "1")]).await;
        assert_eq!(cancelled.status(), 303);
        assert_eq!(first.await.unwrap().status(), 409);
        if let Some(second) = second {
            assert_eq!(second.await.unwrap().status(), 409);
        }
        pair.stops_running().await;
        // The page that follows says so, whichever server shows it, and starts no other run.
        let page = header(&cancelled, "location").to_owned();
        for server in &pair.servers {
            let browser = server.signed_in("ada@example.com").await;
            let page = browser.get(&page).await.text().await.unwrap();
            assert!(page.contains("Cancelled"), "{page}");
        }
        assert_eq!(pair.queries().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_nobody_answers_says_so() {
    let pair = Pair::running("select pg_sleep(60)").await;
    let first = pair.ask(0, ".csv");
    pair.begins().await;
    let store = pair.servers[0].app.store.client().await.unwrap();
    // Much longer would be from when a clock was wrong.
    let lose = "update runs set server_id = 0, lease_until = now() + interval '11 seconds'";
    store.execute(lose, &[]).await.unwrap();
    let browser = pair.servers[1].signed_in("ada@example.com").await;
    let path = format!("/{}/cancellation", pair.clip.slug);
    let cancelled = browser.submit(&path, &[("version", "1")]).await;
    // The clip's page says so, once, and offers to cancel the run again.
    assert_eq!(cancelled.status(), 303);
    let page = header(&cancelled, "location");
    for says_so in [true, false] {
        let page = browser.get(page).await.text().await.unwrap();
        let said = page.contains("did not respond within 2 seconds");
        assert_eq!(said, says_so, "{page}");
        assert!(page.contains(&format!("action=\"{path}\"")), "{page}");
        assert!(page.contains("data-progress-words"), "{page}");
    }
    first.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_server_is_gone_is_taken_over() {
    let pair = Pair::running(SLOW).await;
    let first = pair.ask(0, ".csv");
    pair.begins().await;
    let second = pair.ask(1, ".csv");
    pair.is_waited_for().await;
    let store = pair.servers[0].app.store.client().await.unwrap();
    let row = store.query_one("select server_id from runs", &[]).await;
    let executing: i64 = row.unwrap().get(0);
    // From now on the first server cannot renew it: without that it would sometimes claim it again before the second.
    let lapse = format!(
        "update runs set lease_until = now() - interval '1 second';
         create function refuse() returns trigger as
             $$ begin raise exception 'this server is gone'; end $$ language plpgsql;
         create trigger gone before update on runs for each row when (new.server_id = {executing})
             execute function refuse()"
    );
    store.batch_execute(&lapse).await.unwrap();
    assert_eq!(second.await.unwrap().status(), 200);
    assert_eq!(first.await.unwrap().status(), 200);
    assert_eq!(pair.moods.reads().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_comes_back_for_a_run_may_come_to_another_server() {
    let pair = Pair::running(SLOW).await;
    let path = format!("/{}.csv", pair.clip.slug);
    let ada = &pair.servers[0].administrator;
    let early = ada
        .request(Method::GET, &path)
        .header("prefer", "respond-async, wait=0");
    let early = early.send().await.unwrap();
    assert_eq!(early.status(), 202);
    pair.begins().await;
    let later = header(&early, "location").to_owned();
    let deadline = Instant::now() + Duration::from_secs(20);
    for turn in 1.. {
        let answer = pair.servers[turn % 2].administrator.get(&later).await;
        if answer.status() == 200 {
            break;
        }
        assert_eq!(answer.status(), 202);
        assert!(Instant::now() < deadline, "it never ends");
    }
    for server in &pair.servers {
        // The other one may not have been told of the end yet.
        while server.administrator.get(&later).await.status() != 200 {
            assert!(Instant::now() < deadline, "it never ends for others");
        }
    }
    assert_eq!(pair.moods.reads().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_seen_from_another_server() {
    let pair = Pair::running("select n, pg_sleep(0.002) from generate_series(1, 3000) as n").await;
    let first = pair.ask(0, ".csv");
    pair.begins().await;
    let path = format!("/{}/run", pair.clip.slug);
    let mut events = pair.servers[1]
        .administrator
        .get(&path)
        .await
        .bytes_stream();
    let mut seen = String::new();
    while let Some(part) = events.next().await {
        seen.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
        if seen.contains("rows so far") {
            break;
        }
    }
    assert!(seen.contains("rows so far"), "{seen}");
    first.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_alone_tells_nobody_of_its_runs() {
    let server = Server::start().await;
    let clip = server.create_clip("select pg_sleep(0.5)").await;
    bytes(&server.administrator, &clip, ".csv").await;
    let store = server.app.store.client().await.unwrap();
    let runs = store.query("select 1 from runs", &[]).await.unwrap();
    assert_eq!(runs.len(), 0);
}
