//! Errors of runs: results of their own, and what stands in for them.

use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_a_result_once_its_response_is_sent() {
    let server = Server::start().await;
    let ada = &server.administrator;
    for rest in FORMATS {
        let clip = server.create_clip("select 1 / 0").await;
        let (status, error) = status_and_body(ask(ada, &clip, rest).await).await;
        assert_eq!(status, 422);
        let results = results(ada, &clip).await;
        assert_eq!(results.len(), 1, "{rest}");
        assert_eq!(results[0]["error"], error["error"]);
        assert_eq!(results[0]["result"], 1);
        assert_eq!(results[0]["kept"], false);
        for key in ["rows", "truncated", "checksum"] {
            assert_eq!(results[0][key], Value::Null);
        }
        for again in FORMATS {
            let kept = ask(ada, &clip, &format!("{again}?version=1&result=1")).await;
            assert_eq!(status_and_body(kept).await, (422, error.clone()), "{again}");
        }
        let page = ask(ada, &clip, "?version=1&result=1").await;
        assert_eq!(page.status(), 422);
        assert!(page.text().await.unwrap().contains("division by zero"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_errors_are_one_result_and_other_errors_others() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let ada = &server.administrator;
    let clip = server.create_clip("select mood::integer from moods").await;
    for mood in ["calm", "calm", "cross", "cross", "cross"] {
        moods.turn(mood).await;
        assert_eq!(ask(ada, &clip, ".csv").await.status(), 422);
    }
    moods.turn("1").await;
    let good = ask(ada, &clip, ".csv").await;
    assert_eq!(header(&good, "x-dataclips-result"), "3");
    moods.turn("calm").await;
    assert_eq!(ask(ada, &clip, ".csv").await.status(), 422);
    let errors: Vec<_> = results(ada, &clip)
        .await
        .iter()
        .map(|result| result["error"]["message"].as_str().map(str::to_owned))
        .collect();
    let calm = Some("invalid input syntax for type integer: \"calm\"".to_owned());
    let cross = Some("invalid input syntax for type integer: \"cross\"".to_owned());
    assert_eq!(errors, [calm.clone(), None, cross, calm]);
    assert_eq!(moods.reads().await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_error_of_a_hidden_query_reveals_no_more_than_the_live_one() {
    let server = Server::start().await;
    let clip = server.create_clip("select 'xyzzy'::integer").await;
    change(&server, &clip, json!({"show_sql": false})).await;
    let visitor = server.anonymous();
    let live = status_and_body(ask(&visitor, &clip, ".json").await).await;
    let kept = status_and_body(ask(&visitor, &clip, ".json?version=1&result=1").await).await;
    assert_eq!(live.0, 422);
    assert_eq!(kept, live);
    assert!(!kept.1.to_string().contains("xyzzy"), "{}", kept.1);
    let mia = server
        .user("mia@example.com", dataclips::model::Role::Member)
        .await;
    let listed = results(&mia, &clip).await;
    assert_eq!(listed[0]["error"], live.1["error"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_query_leaves_the_last_good_rows_where_the_clip_says_so_and_on_the_page() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    let never = server.create_clip("select 1 / 0").await;
    let visitor = server.anonymous();
    let mut before = Vec::new();
    for rest in FORMATS {
        let answer = ask(&visitor, &clip, rest).await;
        assert_eq!(header(&answer, "x-dataclips-stale"), "");
        let etag = header(&answer, "etag").to_owned();
        before.push((etag, answer.bytes().await.unwrap()));
    }
    moods.drop().await;
    for (serve_stale, status) in [(false, 422), (true, 200), (false, 422)] {
        for clip in [&clip, &never] {
            change(&server, clip, json!({"serve_stale": serve_stale})).await;
        }
        for (rest, (etag, bytes)) in FORMATS.into_iter().zip(&before) {
            assert_eq!(ask(&visitor, &never, rest).await.status(), 422);
            let answer = ask(&visitor, &clip, rest).await;
            assert_eq!(answer.status(), status, "{rest}");
            if status != 200 {
                assert_eq!(header(&answer, "x-dataclips-stale"), "");
                assert_eq!(
                    status_and_body(answer).await.1["error"]["sqlstate"],
                    "42P01"
                );
                continue;
            }
            assert_eq!(header(&answer, "x-dataclips-stale"), "true");
            assert_eq!(header(&answer, "access-control-allow-origin"), "*");
            assert_eq!(header(&answer, "etag"), etag);
            assert_eq!(answer.bytes().await.unwrap(), *bytes, "{rest}");
            let held = ask_with(&visitor, &clip, rest, ("if-none-match", etag)).await;
            assert_eq!(held.status(), 304, "{rest}");
            assert_eq!(header(&held, "x-dataclips-stale"), "true");
        }
        let page = ask(&visitor, &clip, "").await;
        assert_eq!(page.status(), 200);
        assert_eq!(header(&page, "x-dataclips-stale"), "true");
        let page = page.text().await.unwrap();
        assert!(page.contains("calm") && page.contains("moods"), "{page}");
        assert_eq!(ask(&visitor, &never, "").await.status(), 422);
    }
}
