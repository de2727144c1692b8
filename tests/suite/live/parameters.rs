//! Queries with blanks: runs, numbers, pins, ages, tags, ranges and stale rows hold per set of values.

use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::support::LIMITS;
use dataclips::run::Limits;

/// Each run returns other rows.
const CHANGING: &str =
    "select {{x}} as x, n, clock_timestamp() as at from moods, generate_series(1, 200) as n";

async fn csv(client: &Client, clip: &Clip, query: &str) -> String {
    let answer = bytes(client, clip, &format!(".csv{query}")).await;
    String::from_utf8(answer).unwrap()
}

/// Status, and number of the result.
async fn result(client: &Client, clip: &Clip, rest: &str) -> (u16, String) {
    let answer = ask(client, clip, rest).await;
    let number = header(&answer, "x-dataclips-result").to_owned();
    (answer.status().as_u16(), number)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_readers_with_twenty_sets_are_twenty_executions() {
    let limits = Limits {
        connections: 20,
        ..LIMITS
    };
    let server = Server::with_limits(limits).await;
    let moods = Moods::create(&server).await;
    let sql = "select {{x}} as x, mood, pg_sleep(2) is null as slept from moods";
    let clip = server.create_clip(sql).await;
    let visitor = server.anonymous();
    let formats = [".csv", ".tsv", ".json", ".xml"];
    let answers = (0..200).map(async |number| {
        let set = format!("<{}>", number % 20);
        let rest = format!("{}?x=%3C{}%3E", formats[number / 20 % 4], number % 20);
        let answer = ask(&visitor, &clip, &rest).await;
        let number = header(&answer, "x-dataclips-result").to_owned();
        let text = answer.text().await.unwrap().replace("&lt;", "<");
        assert!(text.replace("&gt;", ">").contains(&set), "{rest}: {text}");
        (set, number)
    });
    let mut sets: Vec<_> = join_all(answers).await;
    sets.sort();
    sets.dedup();
    assert_eq!(sets.len(), 20, "{sets:?}");
    assert_eq!(moods.reads().await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_count_over_all_sets_of_a_version() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server
        .create_clip("select {{x}} as x, mood from moods")
        .await;
    let ada = &server.administrator;
    for (mood, set, number) in [
        ("calm", "a", "1"),
        ("calm", "b", "2"),
        ("calm", "a", "1"),
        ("calm", "b", "2"),
        ("cross", "b", "3"),
        ("cross", "a", "4"),
        ("cross", "b", "3"),
        // No longer the newest of its set.
        ("calm", "a", "5"),
    ] {
        moods.turn(mood).await;
        for format in FORMATS {
            let found = result(ada, &clip, &format!("{format}?x={set}")).await;
            assert_eq!(found, (200, number.to_owned()), "{mood} {set} {format}");
        }
    }
    assert_eq!(results(ada, &clip).await.len(), 5);
    for (number, row) in [(3, "b,cross"), (5, "a,calm")] {
        is_kept(ada, &clip, number).await;
        let query = format!("?version=1&result={number}");
        assert_eq!(csv(ada, &clip, &query).await, format!("x,mood\n{row}\n"));
    }
    let other = result(ada, &clip, ".csv?version=1&result=3&x=a").await;
    assert_eq!(other, (404, String::new()));
    let same = result(ada, &clip, ".csv?version=1&result=3&x=b").await;
    assert_eq!(same, (200, "3".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_mean_the_same_values_are_one_set() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let sql = "select {{a = 1}}::int as a, {{b?}} as b, {{c? =}} as c from moods";
    let clip = server.create_clip(sql).await;
    change(&server, &clip, json!({"max_age": 600})).await;
    let visitor = server.anonymous();
    let sets: [(&[&str], &str); 7] = [
        (
            &[
                "",
                "?a=1",
                "?a=",
                "?b=",
                "?b=&a=1",
                "?utm_source=x",
                "?bom=0",
            ],
            "1,,\"\"",
        ),
        (&["?a=2", "?a=2&b="], "2,,\"\""),
        (&["?b=x", "?b=x&a=1", "?a=1&b=x"], "1,x,\"\""),
        (&["?b=null"], "1,null,\"\""),
        (&["?c=", "?c=&b="], "1,,"),
        (&["?c=x"], "1,,x"),
        // Another text, and therefore another set, of an equal number.
        (&["?a=01"], "1,,\"\""),
    ];
    for _ in 0..2 {
        for (index, (queries, row)) in sets.iter().enumerate() {
            for query in *queries {
                let rows = csv(&visitor, &clip, query).await;
                assert_eq!(rows, format!("a,b,c\n{row}\n"), "{query}");
                let found = result(&visitor, &clip, &format!(".json{query}")).await;
                assert_eq!(found, (200, (index + 1).to_string()), "{query}");
            }
        }
    }
    assert_eq!(moods.reads().await, sets.len() as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_and_ranges_are_those_of_a_set() {
    let server = Server::start().await;
    let _moods = Moods::create(&server).await;
    let clip = server.create_clip(CHANGING).await;
    change(&server, &clip, json!({"max_age": 600})).await;
    let visitor = server.anonymous();
    let get = |rest: &'static str, headers: Vec<(&'static str, String)>| {
        let request = visitor.request(Method::GET, &format!("/{}{rest}", clip.slug));
        let request = headers.into_iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        async move { request.send().await.unwrap() }
    };
    for format in ["csv", "json", "xlsx"] {
        let [a, b] = match format {
            "csv" => [".csv?x=a", ".csv?x=b"],
            "json" => [".json?x=a", ".json?x=b"],
            _ => [".xlsx?x=a", ".xlsx?x=b"],
        };
        let [first, second] = [get(a, vec![]).await, get(b, vec![]).await];
        let [tag_a, tag_b] = [&first, &second].map(|answer| header(answer, "etag").to_owned());
        assert_ne!(tag_a, tag_b);
        let whole = first.bytes().await.unwrap();
        for (tag, status) in [(&tag_a, 304), (&tag_b, 200)] {
            let answer = get(a, vec![("if-none-match", tag.clone())]).await;
            assert_eq!(answer.status(), status, "{a}");
        }
        let range = ("range", "bytes=10-99".to_owned());
        for (tag, status, part) in [(&tag_a, 206, &whole[10..100]), (&tag_b, 200, &whole[..])] {
            let answer = get(a, vec![range.clone(), ("if-range", tag.clone())]).await;
            assert_eq!(answer.status(), status, "{a}");
            assert_eq!(header(&answer, "etag"), tag_a);
            assert_eq!(answer.bytes().await.unwrap(), part, "{a}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_in_steps_goes_on_with_its_set() {
    let server = Server::start().await;
    let _moods = Moods::create(&server).await;
    let clip = server.create_clip(CHANGING).await;
    let visitor = server.anonymous();
    let part = async |set: &str, range: &str| {
        let rest = format!(".csv?x={set}");
        let answer = ask_with(&visitor, &clip, &rest, ("range", range)).await;
        assert_eq!(answer.status(), 206);
        let tag = header(&answer, "etag").to_owned();
        (tag, answer.text().await.unwrap())
    };
    let [a, b] = [
        part("aaa", "bytes=0-49").await,
        part("bbb", "bytes=0-49").await,
    ];
    let [a_rest, b_rest] = [
        part("aaa", "bytes=50-999").await,
        part("bbb", "bytes=50-999").await,
    ];
    for ((first, rest), set, other) in
        [((&a, &a_rest), "aaa", "bbb"), ((&b, &b_rest), "bbb", "aaa")]
    {
        assert_eq!(first.0, rest.0);
        let text = format!("{}{}", first.1, rest.1);
        assert!(text.contains(set) && !text.contains(other), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_rows_are_those_of_the_same_values() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server
        .create_clip("select {{x}} as x, mood from moods")
        .await;
    change(&server, &clip, json!({"serve_stale": true})).await;
    let visitor = server.anonymous();
    let a = csv(&visitor, &clip, "?x=a").await;
    let b = csv(&visitor, &clip, "?x=b").await;
    moods.drop().await;
    for (set, rows) in [("a", &a), ("b", &b), ("a", &a)] {
        let answer = ask(&visitor, &clip, &format!(".csv?x={set}")).await;
        assert_eq!(header(&answer, "x-dataclips-stale"), "true");
        assert_eq!(answer.text().await.unwrap(), *rows);
        let page = ask(&visitor, &clip, &format!("?x={set}")).await;
        assert_eq!(header(&page, "x-dataclips-stale"), "true");
    }
    let (status, body) = status_and_body(ask(&visitor, &clip, ".csv?x=c").await).await;
    assert_eq!(
        (status, body["error"]["sqlstate"].as_str()),
        (422, Some("42P01"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_clip_shows_a_kept_result_of_the_values_or_none() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let sql = "select {{x}} as x, {{y = 1}} as y, mood from moods";
    let clip = server.create_clip(sql).await;
    let ada = &server.administrator;
    for (set, number) in [("a", 1), ("b", 2)] {
        csv(ada, &clip, &format!("?x={set}")).await;
        is_kept(ada, &clip, number).await;
    }
    let body = json!({"version": 1, "result": 1});
    assert_eq!(pin(ada, &clip, Some(&body)).await.status(), 200);
    let reads = moods.reads().await;
    moods.turn("cross").await;
    for (query, row) in [
        ("", "a,1,calm"),
        ("?x=a", "a,1,calm"),
        ("?x=a&y=1", "a,1,calm"),
        ("?x=b", "b,1,calm"),
        ("?version=1&x=a", "a,1,calm"),
        ("?version=1&x=b&y=1", "b,1,calm"),
        // The newest of all.
        ("?version=1", "b,1,calm"),
    ] {
        let expected = format!("x,y,mood\n{row}\n");
        assert_eq!(csv(ada, &clip, query).await, expected, "{query}");
    }
    for (query, status) in [
        ("?x=c", 404),
        ("?x=a&y=2", 404),
        ("?version=1&x=c", 404),
        ("?y=2", 422),
        ("?z=1", 422),
    ] {
        for rest in [".csv", ""] {
            let answer = ask(ada, &clip, &format!("{rest}{query}")).await;
            // The page asks for the value that is missing.
            let status = match (rest, query) {
                ("", "?y=2") => 200,
                _ => status,
            };
            assert_eq!(answer.status(), status, "{rest}{query}");
        }
    }
    assert_eq!(moods.reads().await, reads);
    assert_eq!(unpin(ada, &clip).await.status(), 204);
    assert_eq!(csv(ada, &clip, "?x=a").await, "x,y,mood\na,1,cross\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_may_be_called_like_an_option_of_windows() {
    let server = Server::start().await;
    let sql = "select {{form}}::text as x, {{columns}}::text as y, {{totals}}::text as z";
    let clip = server.create_clip(sql).await;
    let ada = &server.administrator;
    let values = "form=a&columns=b&totals=c";
    assert_eq!(
        csv(ada, &clip, &format!("?{values}")).await,
        "x,y,z\na,b,c\n"
    );
    for query in [
        format!("/rows?{values}"),
        "/rows?version=1&result=1&form=text&column=2".to_owned(),
        "/columns?version=1&result=1&columns=3".to_owned(),
    ] {
        let answer = ask(ada, &clip, &query).await;
        assert_eq!(answer.status(), 200, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_and_columns_are_those_of_a_set() {
    let server = Server::start().await;
    let sql = "select {{k}}::int * n as x from generate_series(1, 3) as n";
    let clip = server.create_clip(sql).await;
    let visitor = server.anonymous();
    for set in [1, 10] {
        csv(&visitor, &clip, &format!("?k={set}")).await;
    }
    for set in [1, 10, 1] {
        let rest = format!("/rows?k={set}&limit=1&offset=2&sort=1");
        let (status, body) = status_and_body(ask(&visitor, &clip, &rest).await).await;
        assert_eq!((status, &body["values"]), (200, &json!([[set * 3]])));
        let rest = format!("/columns?k={set}&columns=1&sort=-1");
        let (status, body) = status_and_body(ask(&visitor, &clip, &rest).await).await;
        let texts = [3, 2, 1].map(|n| (set * n).to_string());
        assert_eq!((status, &body["columns"]), (200, &json!([texts])));
        let page = ask(&visitor, &clip, &format!("?k={set}&chart=1")).await;
        let number = header(&page, "x-dataclips-result").to_owned();
        let page = page.text().await.unwrap();
        let source = format!("/columns?version=1&#38;result={number}&#38;");
        assert!(page.contains(&source), "{page}");
    }
    for rest in ["/rows?k=5", "/columns?k=5&columns=1"] {
        assert_eq!(ask(&visitor, &clip, rest).await.status(), 404, "{rest}");
    }
    for rest in ["/rows", "/rows?y=1", "/columns?columns=1"] {
        assert_eq!(ask(&visitor, &clip, rest).await.status(), 422, "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_now_is_followed_and_cancelled_by_its_values() {
    let server = Server::start().await;
    let clip = server.create_clip("select {{x}} as x, pg_sleep(30)").await;
    let asks = |set: &str| {
        let (client, path) = (server.anonymous(), format!("/{}.csv?x={set}", clip.slug));
        tokio::spawn(async move { client.get(&path).await })
    };
    let (a, b) = (asks("a"), asks("b"));
    let superuser = server.superuser().await;
    let running = "select count(*) from pg_stat_activity where query like '%pg_sleep(30)' and state = 'active'
                   and pid <> pg_backend_pid()";
    let run = async |count: i64| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while superuser
            .query_one(running, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            != count
        {
            assert!(Instant::now() < deadline, "{count} do not run");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    run(2).await;
    let browser = server.signed_in("ada@example.com").await;
    let path = format!("/{}/cancellation", clip.slug);
    let cancelled = browser.submit(&path, &[("version", "1"), ("x", "a")]).await;
    assert_eq!(cancelled.status(), 303);
    let (status, body) = status_and_body(a.await.unwrap()).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("cancelled")));
    run(1).await;
    b.abort();
    server.no_query_is_left().await;
}
