//! One run for all who ask.

use std::sync::Arc;

use dataclips::live::{Run, Subject};
use dataclips::run::parameters::SetKey;
use futures_util::future::join_all;
use tokio::task::JoinHandle;

use super::*;

const VISITORS: usize = 500;
const SLOW: &str = "select mood, clock_timestamp() as at, pg_sleep(2) is null as slept from moods";

/// The run that the clip's visitors share, once there is one.
async fn run_of(server: &Server, clip: &Clip) -> Arc<Run> {
    let subject = Subject {
        clip: clip.body["number"].as_i64().unwrap(),
        version: 1,
        values: SetKey::default(),
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(run) = server.app.live.version(subject).running() {
            return run;
        }
        assert!(Instant::now() < deadline, "nothing runs");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until this many others hold the run.
async fn is_held_by(run: &Arc<Run>, visitors: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Arc::strong_count(run) != visitors + 1 {
        let holders = Arc::strong_count(run) - 1;
        assert!(Instant::now() < deadline, "{holders} wait");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn visit(server: &Server, clip: &Clip, rest: &str) -> JoinHandle<Response> {
    let (client, path) = (server.anonymous(), format!("/{}{rest}", clip.slug));
    tokio::spawn(async move { client.get(&path).await })
}

/// When the one row was read, as a format prints it.
fn moment(rest: &str, body: &str) -> String {
    let (before, after) = match rest {
        ".csv" => ("calm,", ","),
        ".tsv" => ("calm\t", "\t"),
        ".xml" => ("calm</value><value>", "<"),
        _ => ("\"calm\",\"", "\""),
    };
    let start = body.find(before).unwrap_or_else(|| panic!("{body}")) + before.len();
    let moment = &body[start..];
    let moment = moment[..moment.find(after).unwrap()].replace('T', " ");
    moment.replace("+00:00", "+00")
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_at_once_in_four_formats_are_one_execution() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(SLOW).await;
    let formats = [".csv", ".tsv", ".json", ".xml"];
    let visitor = server.anonymous();
    let answers = (0..VISITORS).map(async |number| {
        let rest = formats[number % 4];
        let answer = ask(&visitor, &clip, rest).await;
        assert_eq!(answer.status(), 200);
        let result = header(&answer, "x-dataclips-result").to_owned();
        (result, moment(rest, &answer.text().await.unwrap()))
    });
    let answers = join_all(answers).await;
    assert_eq!(answers[0].0, "1");
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
    assert_eq!(moods.reads().await, 1);
    assert_eq!(ask(&visitor, &clip, ".csv").await.status(), 200);
    assert_eq!(moods.reads().await, 2, "and one more for the next");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_client_that_leaves_cancels_the_query() {
    let server = Server::start().await;
    let clip = server.create_clip("select pg_sleep(30)").await;
    // Requests for the same body hold the run together.
    let formats = [".csv", ".tsv", ".json", ".ndjson", ".xml", ".xlsx"];
    let visitors = formats.map(|rest| visit(&server, &clip, rest));
    let run = run_of(&server, &clip).await;
    is_held_by(&run, formats.len()).await;
    for (left, visitor) in visitors.iter().enumerate() {
        visitor.abort();
        is_held_by(&run, formats.len() - left - 1).await;
    }
    drop(run);
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stays_keeps_the_query_and_gets_its_rows() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(SLOW).await;
    let stays = visit(&server, &clip, ".csv");
    let run = run_of(&server, &clip).await;
    let leave = [".json", ".xml", ".xlsx", ".tsv"].map(|rest| visit(&server, &clip, rest));
    is_held_by(&run, 5).await;
    for visitor in leave {
        visitor.abort();
    }
    is_held_by(&run, 1).await;
    drop(run);
    let answer = stays.await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("calm"));
    assert_eq!(moods.reads().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_wait_get_the_error_of_the_one_run() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let sql = "select 1 / length(slow.slept::text) from (select pg_sleep(1) as slept from moods offset 0) as slow";
    let clip = server.create_clip(sql).await;
    let visitors: Vec<_> = FORMATS
        .iter()
        .map(|rest| visit(&server, &clip, rest))
        .collect();
    for visitor in visitors {
        let (status, body) = status_and_body(visitor.await.unwrap()).await;
        assert_eq!(status, 422, "{body}");
        assert_eq!(body["error"]["sqlstate"], "22012");
    }
    assert_eq!(moods.reads().await, 1);
}
