//! A slug is a secret: it never appears in the log.

use super::*;
use crate::support::Log;

/// On one thread, which this subscriber follows: everything happens on it.
#[tokio::test]
async fn the_log_contains_every_request_and_never_a_slug() {
    let log = Log::keep();
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let failing = server.create_clip("select 1 / 0").await;
    let protected = server.create_clip("select 1 as a").await;
    protect(&server, &protected).await;
    for clip in [&clip, &failing, &protected] {
        for rest in ADDRESSES
            .into_iter()
            .chain([".pdf", "-text.csv?version=9", "/x"])
        {
            ask(&server.anonymous(), clip, rest).await;
        }
        change(&server, clip, json!({"title": "Other"})).await;
        remove(&server, clip).await;
        ask(&server.anonymous(), clip, ".csv").await;
    }
    let token = server.administrator.token();
    for secret in [&clip.slug, token] {
        let request = server.anonymous().request(Method::GET, "/");
        request.header("x-request-id", secret).send().await.unwrap();
    }
    server
        .anonymous()
        .sign_in("ada@example.com", "guessed it")
        .await;
    server.app.store.close();
    ask(&server.anonymous(), &clip, ".csv").await;
    let text = log.text();
    assert!(text.contains("request answered"), "{text}");
    assert!(text.contains("dataclips clip 1 version 1"), "{text}");
    for clip in [&clip, &failing, &protected] {
        let told = text.lines().find(|line| line.contains(&clip.slug));
        assert_eq!(told, None);
    }
    for secret in [token, "guessed it", "ada@example.com"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_line_has_the_numbers_of_user_and_clip_and_where_the_time_went() {
    let log = Log::keep();
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let path = format!("/{}.csv", clip.slug);
    let request = server.administrator.request(Method::GET, &path);
    let answer = request
        .header("x-request-id", "from-the-balancer")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-request-id"], "from-the-balancer");
    let text = log.text();
    let line = text
        .lines()
        .find(|line| line.contains("request answered request=from-the-balancer "));
    let line = line.unwrap();
    for field in [
        "method=GET",
        "route=\"/{segment}.{format}\"",
        "status=200",
        "bytes=4",
        "user=1",
        "clip=1",
        "access_ms=",
        "queue_ms=",
        "connect_ms=",
        "query_ms=",
    ] {
        assert!(line.contains(field), "{field}: {line}");
    }
    assert!(!line.contains("address="), "{line}");
    let own = server.anonymous().get("/healthz").await;
    let id = own.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(id.len(), 16, "{id}");
    assert!(log.text().contains(&id));
}

#[tokio::test]
async fn a_compressed_page_is_logged_with_its_bytes_when_it_has_been_sent() {
    let log = Log::keep();
    let server = Server::start().await;
    let request = server.anonymous().request(Method::GET, "/sign-in");
    let answer = request
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let bytes = answer.bytes().await.unwrap().len();
    let text = log.text();
    let mut lines = text
        .lines()
        .filter(|line| line.contains("route=\"/sign-in\""));
    let line = lines.next().unwrap();
    assert!(
        line.contains(&format!("bytes={bytes} ")) || line.ends_with(&format!("bytes={bytes}")),
        "{bytes}: {line}"
    );
    assert_eq!(lines.next(), None);
}

#[tokio::test]
async fn a_failed_run_names_its_database_and_a_failed_sign_in_its_address() {
    let log = Log::keep();
    let server = Server::start().await;
    let clip = server.create_clip("select 'secret of a row'::int").await;
    ask(&server.anonymous(), &clip, ".csv").await;
    let ended = server
        .create_clip("select pg_terminate_backend(pg_backend_pid())")
        .await;
    ask(&server.anonymous(), &ended, ".csv").await;
    server
        .anonymous()
        .sign_in("ada@example.com", "guessed it")
        .await;
    let text = log.text();
    let failed = text
        .lines()
        .find(|line| line.contains("run failed"))
        .unwrap();
    assert!(
        failed.contains("INFO") && failed.contains("database=\"data\""),
        "{failed}"
    );
    assert!(
        failed.contains("sqlstate=\"22P02\"") && failed.contains("cause=\"The query failed.\""),
        "{failed}"
    );
    let mut lines = text.lines().filter(|line| !line.contains("TRACE"));
    assert_eq!(lines.find(|line| line.contains("secret of a row")), None);
    let failed = text
        .lines()
        .find(|line| line.contains("code=\"unavailable\""))
        .unwrap();
    assert!(
        failed.contains(" WARN ")
            && failed.contains("run failed")
            && failed.contains("terminating connection"),
        "{failed}"
    );
    let line = text
        .lines()
        .find(|line| line.contains("sign-in failed"))
        .unwrap();
    let expected = "sign-in failed address=127.0.0.1 reason=\"wrong e-mail or password\"";
    assert!(
        line.contains(" WARN ") && line.ends_with(expected),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_see_the_query_see_how_long_it_took() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let timing = async |client: &Client| {
        let answer = ask(client, &clip, ".csv").await;
        answer
            .headers()
            .get("server-timing")
            .map(|timing| timing.to_str().unwrap().to_owned())
    };
    let seen = timing(&server.anonymous()).await.unwrap();
    for stage in [
        "access;dur=",
        "queue;dur=",
        "connect;dur=",
        "query;dur=",
        "total;dur=",
    ] {
        assert!(seen.contains(stage), "{seen}");
    }
    change(&server, &clip, json!({"show_sql": false})).await;
    assert_eq!(timing(&server.anonymous()).await, None);
    assert!(timing(&server.administrator).await.is_some());
}

#[tokio::test]
async fn lines_of_requests_can_be_left_out_or_have_addresses() {
    let log = Log::keep_with(&["--access-log", "off"]);
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    ask(&server.anonymous(), &clip, ".csv").await;
    let text = log.text();
    assert!(text.contains("run finished") && !text.contains("request answered"));
    drop(log);
    let log = Log::keep();
    let server = Server::logging_addresses().await;
    server
        .anonymous()
        .get("/sign-in")
        .await
        .text()
        .await
        .unwrap();
    let text = log.text();
    let line = text
        .lines()
        .find(|line| line.contains("route=\"/sign-in\""));
    assert!(line.unwrap().contains("address=127.0.0.1"), "{line:?}");
}
