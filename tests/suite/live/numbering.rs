//! The numbers of results, and the times that they keep.

use serde_json::json;

use super::*;

/// `started_at`, `finished_at` and `checked_at` of the newest result.
async fn times(client: &Client, clip: &Clip) -> [Value; 3] {
    let newest = results(client, clip).await.swap_remove(0);
    ["started_at", "finished_at", "checked_at"].map(|key| newest[key].clone())
}

fn moment(text: &Value) -> jiff::Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_data_keeps_its_number_and_times_and_other_data_gets_the_next() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let ada = &server.administrator;
    let clip = server.create_clip(MOOD).await;
    let mut number = 0;
    for (mood, is_new) in [
        ("calm", true),
        ("calm", false),
        ("cross", true),
        ("cross", false),
        // No longer the newest, so a new one.
        ("calm", true),
    ] {
        moods.turn(mood).await;
        number += usize::from(is_new);
        let mut answers = Vec::new();
        for rest in FORMATS {
            let answer = ask(ada, &clip, rest).await;
            assert_eq!(header(&answer, "x-dataclips-result"), number.to_string());
            answers.push(header(&answer, "x-dataclips-started-at").to_owned());
        }
        assert!(answers.iter().all(|started| *started == answers[0]));
        let listed = results(ada, &clip).await;
        assert_eq!(listed.len(), number);
        assert_eq!(listed[0]["result"], number);
        assert_eq!(listed[0]["started_at"], answers[0].as_str());
        assert_eq!(listed[0]["rows"], 1);
        assert_eq!(listed[0]["truncated"], false);
        assert_eq!(listed[0]["error"], Value::Null);
        let body: Value = ask(ada, &clip, ".json").await.json().await.unwrap();
        assert_eq!(body["checksum"], listed[0]["checksum"]);
        let finished = [&body, &listed[0]].map(|body| moment(&body["finished_at"]));
        assert_eq!(finished[0], finished[1]);
    }
    change(&server, &clip, json!({"sql": "select 2 as two"})).await;
    let second = ask(ada, &clip, ".csv").await;
    assert_eq!(header(&second, "x-dataclips-result"), "1", "in its version");
    let path = format!("/api/v1/clips/{}/results?version=2", clip.slug);
    let (_, body) = status_and_body(ada.get(&path).await).await;
    assert_eq!(body["results"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checked_time_is_written_within_seconds_and_at_a_stop() {
    let site = Site::new().await;
    let (serving, ada) = site.serve();
    let clip = ada.create_clip("select 1 as one").await;
    bytes(&ada, &clip, ".csv").await;
    let first = times(&ada, &clip).await;
    bytes(&ada, &clip, ".csv").await;
    let started = Instant::now();
    let flushed = loop {
        let now = times(&ada, &clip).await;
        assert_eq!(now[..2], first[..2]);
        if now[2] != first[2] {
            break now;
        }
        assert!(started.elapsed() < Duration::from_secs(8), "{now:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let answer = ask(&ada, &clip, ".csv").await;
    let checked_at = header(&answer, "x-dataclips-checked-at").to_owned();
    assert_eq!(times(&ada, &clip).await, flushed, "not for every visitor");
    assert!(serving.stop().success());
    let (_serving, ada) = site.serve();
    let after = times(&ada, &clip).await;
    assert_eq!(after[2], checked_at.as_str());
    assert_eq!(after[..2], first[..2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_tags_and_bytes_are_the_same_after_a_restart() {
    let site = Site::new().await;
    let moods = Moods::create(&site.server).await;
    let (serving, ada) = site.serve();
    let clip = ada.create_clip(MOOD).await;
    bytes(&ada, &clip, ".csv").await;
    moods.turn("cross").await;
    let mut before = Vec::new();
    for rest in FORMATS {
        let answer = ask(&ada, &clip, rest).await;
        let etag = header(&answer, "etag").to_owned();
        before.push((etag, answer.bytes().await.unwrap()));
    }
    assert!(serving.stop().success());
    let (_serving, ada) = site.serve();
    for (rest, (etag, bytes)) in FORMATS.into_iter().zip(&before) {
        let held = ask_with(&ada, &clip, rest, ("if-none-match", etag)).await;
        assert_eq!(held.status(), 304, "{rest}");
        let answer = ask(&ada, &clip, rest).await;
        assert_eq!(header(&answer, "etag"), etag);
        assert_eq!(header(&answer, "x-dataclips-result"), "2");
        assert_eq!(answer.bytes().await.unwrap(), *bytes, "{rest}");
    }
    moods.turn("merry").await;
    let next = ask(&ada, &clip, ".csv").await;
    assert_eq!(header(&next, "x-dataclips-result"), "3");
    moods.drop().await;
    assert_eq!(ask(&ada, &clip, ".csv").await.status(), 422);
    assert_eq!(results(&ada, &clip).await[0]["result"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_results_within_a_second_the_first_keeps_its_rows_and_all_are_numbered() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    let clip = server.create_clip("select clock_timestamp() as at").await;
    let mut rows = Vec::new();
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(2_300) {
        let answer = ask(&visitor, &clip, ".csv").await;
        assert_eq!(
            header(&answer, "x-dataclips-result"),
            (rows.len() + 1).to_string()
        );
        rows.push(answer.bytes().await.unwrap());
    }
    let seconds = started.elapsed().as_secs() as usize;
    server.app.live.close().await;
    let mut results = results(&server.administrator, &clip).await;
    results.reverse();
    assert_eq!(results.len(), rows.len());
    assert_eq!(results[0]["kept"], true);
    let mut kept = 0;
    for (result, rows) in results.iter().zip(&rows) {
        let rest = format!(".csv?version=1&result={}", result["result"]);
        let answer = ask(&visitor, &clip, &rest).await;
        if result["kept"] == true {
            kept += 1;
            assert_eq!(answer.bytes().await.unwrap(), *rows);
        } else {
            let (status, body) = status_and_body(answer).await;
            assert_eq!((status, &body["error"]["code"]), (410, &json!("swept")));
        }
    }
    // The first, one a second, and the last.
    assert!(
        (2..=seconds + 2).contains(&kept),
        "{kept} of {}",
        rows.len()
    );
}
