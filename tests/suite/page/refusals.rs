//! Requests that are refused: the response is JSON, and names the field that is wrong.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn invalid_bodies_are_refused_with_the_name_of_the_field() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1").await;
    let clip = format!("/api/v1/clips/{}", clip.slug);
    let clips = "/api/v1/clips";
    let long = "x".repeat(201);
    let very_long = format!("select '{}'", "x".repeat(1 << 20));
    let new = |title: &str, sql: &str| json!({"title": title, "database": "data", "sql": sql});
    for (method, path, body, status, field) in [
        (
            Method::PATCH,
            clip.as_str(),
            json!({"titel": "x"}),
            422,
            Some("titel"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"title": 1}),
            422,
            Some("title"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"max_age": "60"}),
            422,
            Some("max_age"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"max_age": 1.5}),
            422,
            Some("max_age"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"max_age": 1_u64 << 40}),
            422,
            Some("max_age"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"show_sql": "yes"}),
            422,
            Some("show_sql"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"database": "nowhere"}),
            422,
            Some("database"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"database": "nu\0l"}),
            400,
            None,
        ),
        (
            Method::PATCH,
            &clip,
            json!({"title": ""}),
            422,
            Some("title"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"title": " \n "}),
            422,
            Some("title"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"title": "two\nlines"}),
            422,
            Some("title"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"title": "nu\0l"}),
            422,
            Some("title"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"title": long}),
            422,
            Some("title"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"sql": "select '\0'"}),
            422,
            Some("sql"),
        ),
        (
            Method::PATCH,
            &clip,
            json!({"sql": very_long}),
            422,
            Some("sql"),
        ),
        (Method::PATCH, &clip, json!(["title"]), 400, None),
        (Method::PATCH, &clip, json!("title"), 400, None),
        (Method::PATCH, &clip, Value::Null, 400, None),
        (Method::POST, clips, json!({}), 400, None),
        (
            Method::POST,
            clips,
            json!({"title": "x", "database": "data"}),
            400,
            None,
        ),
        (Method::POST, clips, new("", "select 1"), 422, Some("title")),
        (
            Method::POST,
            clips,
            new(&long, "select 1"),
            422,
            Some("title"),
        ),
        (Method::POST, clips, new("x", &very_long), 422, Some("sql")),
        (
            Method::POST,
            clips,
            new("x", &"\u{1}".repeat((1 << 20) + 1)),
            422,
            Some("sql"),
        ),
        (
            Method::POST,
            clips,
            new("x", "select 1\0"),
            422,
            Some("sql"),
        ),
        (
            Method::POST,
            "/api/v1/databases",
            json!({"name": "", "url": server.data_url()}),
            422,
            Some("name"),
        ),
        (
            Method::POST,
            "/api/v1/databases",
            json!({"name": "x", "url": 5}),
            422,
            Some("url"),
        ),
        (
            Method::POST,
            "/api/v1/databases",
            json!({"name": "x", "url": "u", "open_to": 5}),
            422,
            Some("open_to"),
        ),
        (
            Method::POST,
            "/api/v1/databases",
            json!({"name": "x", "url": "u", "open_to": ["x"]}),
            422,
            Some("open_to"),
        ),
        (
            Method::POST,
            "/api/v1/databases/data/move",
            json!({"to": "nu\0l"}),
            400,
            None,
        ),
    ] {
        let text: String = body.to_string().chars().take(80).collect();
        let request = server.administrator.request(method, path).json(&body);
        let (got, answer) = status_and_body(request.send().await.unwrap()).await;
        assert_eq!(got, status, "{text}: {answer}");
        let error = &answer["error"];
        assert_eq!(error["field"].as_str(), field, "{text}: {answer}");
        let code = if status == 422 {
            "invalid"
        } else {
            "bad_request"
        };
        assert_eq!(error["code"], code, "{text}: {answer}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.ends_with('.') && !message.contains("Body"),
            "{text}: {message}"
        );
        assert!(!message.contains("select"), "{text}: {message}");
    }
    let (_, unchanged) = status_and_body(server.administrator.get(&clip).await).await;
    assert_eq!(
        (&unchanged["title"], &unchanged["version"]),
        (&json!("A test"), &json!(1))
    );
    // The longest title, and the longest query in its longest spelling, are accepted.
    let longest = format!("select {}", "\u{1f}".repeat((1 << 20) - 7));
    let (status, body) = status_and_body(
        server
            .administrator
            .post(clips, &new(&long[..200], &longest))
            .await,
    )
    .await;
    assert_eq!(
        (status, &body["warning"]["sqlstate"]),
        (201, &json!("42601"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_json_is_refused_as_such() {
    let server = Server::start().await;
    let post = || server.administrator.request(Method::POST, "/api/v1/clips");
    let valid = r#"{"title": "x", "database": "data", "sql": "select 1"}"#;
    for (request, words) in [
        (post().body(valid), "Content-Type"),
        (
            post().header("content-type", "text/plain").body(valid),
            "Content-Type",
        ),
        (
            post()
                .header("content-type", "application/x-www-form-urlencoded")
                .body("title=x"),
            "Content-Type",
        ),
        (
            post()
                .header("content-type", "application/json")
                .body("{\"title\": "),
            "cannot be read",
        ),
        (
            post()
                .header("content-type", "application/json")
                .body(format!("{valid} x")),
            "cannot be read",
        ),
        (
            post().header("content-type", "application/json").body(""),
            "not a JSON object",
        ),
        (
            post()
                .header("content-type", "application/json")
                .body(b"{\"title\": \"\xff\"}".to_vec()),
            "cannot be read",
        ),
        (
            post()
                .header("content-type", "application/json")
                .body(r#"{"title": "x", "title": "y"}"#),
            "duplicate",
        ),
    ] {
        let (status, body) = status_and_body(request.send().await.unwrap()).await;
        let error = &body["error"];
        assert!(status == 400 || words == "duplicate", "{words}: {body}");
        assert!(
            error["message"].as_str().unwrap().contains(words),
            "{words}: {body}"
        );
    }
    let fine = post()
        .header("content-type", "Application/JSON; charset=utf-8")
        .body(valid);
    assert_eq!(status_and_body(fine.send().await.unwrap()).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_queries_that_cannot_be_read_are_refused_in_json() {
    let server = Server::start().await;
    for (method, path, status, words) in [
        (Method::GET, "/api/v1/clips?limit=many", 400, "limit"),
        (Method::GET, "/api/v1/clips?cursor=x", 400, "cursor"),
        (Method::GET, "/api/v1/clips?owner=x", 400, "owner"),
        (Method::GET, "/api/v1/clips?search=%00", 400, "NUL"),
        (Method::GET, "/api/v1/clips?database=%00", 400, "NUL"),
        (Method::GET, "/api/v1/databases/%00", 400, "NUL"),
        (Method::GET, "/api/v1/databases/%FF", 400, "UTF-8"),
        (Method::GET, "/api/v1/clips/%FF", 400, "UTF-8"),
        (Method::GET, "/api/v1/clips/abc", 404, "clip"),
        (
            Method::GET,
            "/api/v1/clips/ABCDEFGHIJKLMNOPQRSTUVWXYZAB",
            404,
            "clip",
        ),
        (
            Method::GET,
            "/api/v1/clips/abcdefghijklmnopqrstuvwxyzab",
            404,
            "clip",
        ),
        (Method::GET, "/api/v1/nothing", 404, "no such"),
        (Method::GET, "/api/v2/clips", 404, "no such"),
        (Method::PUT, "/api/v1/clips", 405, "method"),
        (Method::DELETE, "/api/v1/databases", 405, "method"),
    ] {
        let request = server.administrator.request(method.clone(), path);
        let answer = request.send().await.unwrap();
        if status == 405 {
            assert!(answer.headers().contains_key("allow"), "{method} {path}");
        }
        let (got, body) = status_and_body(answer).await;
        assert_eq!(got, status, "{method} {path}: {body}");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{method} {path}: {message}");
        assert!(!message.contains("abcdefghij"), "{message}");
    }
    for limit in ["0", "-1", "501", "9999999999999"] {
        let path = format!("/api/v1/clips?limit={limit}");
        assert_eq!(
            status_and_body(server.administrator.get(&path).await)
                .await
                .0,
            200,
            "{limit}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_word_is_refused_with_a_list_of_the_known_ones() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let clip = format!("/api/v1/clips/{}", clip.slug);
    let new = |access: Value| json!({"title": "x", "database": "data", "sql": "select 1", "access": access});
    let (access, chart) = (format!("{clip}/access"), format!("{clip}/chart"));
    let clips = "/api/v1/clips";
    for (method, path, body, words) in [
        (
            Method::POST,
            clips,
            new(json!("everyone")),
            "it must be `anyone` or `authorized`",
        ),
        (
            Method::POST,
            clips,
            new(json!({"anyone": true})),
            "expected a string",
        ),
        (Method::POST, clips, new(json!(true)), "expected a string"),
        (
            Method::PATCH,
            "/api/v1/settings",
            json!({"default_access": "nobody"}),
            "it must be `anyone` or `authorized`",
        ),
        (
            Method::PUT,
            &access,
            json!({"grants": [{"to": "ann@example.com", "may": "own"}]}),
            "it must be `see` or `edit`",
        ),
        (
            Method::PUT,
            &chart,
            json!({"kind": "pie", "y": ["a"]}),
            "it must be `line`, `bar`, `scatter` or `figure`",
        ),
    ] {
        let request = server.administrator.request(method, path).json(&body);
        let (status, response) = status_and_body(request.send().await.unwrap()).await;
        let message = response["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(status, 422, "{body}: {response}");
        assert!(message.contains(words), "{body}: {message}");
    }
}
