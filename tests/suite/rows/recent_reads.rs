//! One read of live rows is one run, in however many requests a program reads them.

use reqwest::{Method, Response};

use crate::support::{Client, Clip, Server};

/// Each run returns other rows: what is joined from two of them shows.
const CHANGING: &str = "select n, clock_timestamp() as at from generate_series(1, 500) as n";

struct Reader<'a> {
    client: Client,
    clip: &'a Clip,
    program: &'a str,
}

impl Reader<'_> {
    async fn ask(&self, method: Method, rest: &str, headers: &[(&str, &str)]) -> Response {
        let path = format!("/{}{rest}", self.clip.slug);
        let request = self.client.request(method, &path);
        let request = request.header("user-agent", self.program);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.send().await.unwrap()
    }

    async fn head(&self, rest: &str) -> String {
        etag(&self.ask(Method::HEAD, rest, &[]).await)
    }

    async fn get(&self, rest: &str) -> String {
        etag(&self.ask(Method::GET, rest, &[]).await)
    }

    async fn range(&self, rest: &str, range: &str) -> Response {
        self.ask(Method::GET, rest, &[("range", range)]).await
    }
}

fn etag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

fn reader<'a>(server: &Server, clip: &'a Clip, program: &'a str) -> Reader<'a> {
    Reader {
        client: server.anonymous(),
        clip,
        program,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_and_get_of_one_program_are_one_read() {
    let server = Server::start().await;
    let clip = server.create_clip(CHANGING).await;
    let office = reader(&server, &clip, "office");
    for rest in [".csv", ".json", ".xlsx"] {
        let first = office.head(rest).await;
        assert_eq!(office.get(rest).await, first, "{rest}");
        assert_eq!(office.head(rest).await, first, "{rest}");
    }
    let other = reader(&server, &clip, "another program");
    assert_ne!(other.get(".csv").await, office.get(".csv").await);
    assert_ne!(office.get(".csv?bom=1").await, office.get(".csv").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_get_runs() {
    let server = Server::start().await;
    let clip = server.create_clip(CHANGING).await;
    let plain = reader(&server, &clip, "plain");
    assert_ne!(plain.get(".csv").await, plain.get(".csv").await);
    let etag = plain.get(".csv").await;
    let unchanged = [("if-none-match", etag.as_str())];
    let changed = plain.ask(Method::GET, ".csv", &unchanged).await;
    assert_eq!(changed.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_parts_of_one_result_though_others_run_meanwhile() {
    let server = Server::start().await;
    let clip = server.create_clip(CHANGING).await;
    let frame = reader(&server, &clip, "data frame");
    let plain = reader(&server, &clip, "plain");
    let whole = plain.ask(Method::GET, ".csv", &[]).await;
    let length = whole.content_length().unwrap();
    let first = frame.range(".csv", "bytes=0-999").await;
    assert_eq!(first.status(), 206);
    let tag = etag(&first);
    let mut read = first.bytes().await.unwrap().to_vec();
    while (read.len() as u64) < length {
        plain.get(".csv").await;
        let next = format!("bytes={}-{}", read.len(), read.len() + 4_999);
        let part = frame.range(".csv", &next).await;
        assert_eq!((part.status().as_u16(), etag(&part)), (206, tag.clone()));
        read.extend(part.bytes().await.unwrap());
    }
    let text = String::from_utf8(read).unwrap();
    assert_eq!(text.lines().count(), 501);
    assert_eq!(frame.get(".csv").await, tag);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_an_answer_that_is_not_held_is_refused() {
    let server = Server::start().await;
    let clip = server.create_clip(CHANGING).await;
    let client = reader(&server, &clip, "resumes");
    for rest in [".csv", ".json", ".xlsx"] {
        let gone = client.range(rest, "bytes=100-").await;
        assert_eq!(gone.status(), 412, "{rest}");
        assert_eq!(gone.headers()["access-control-allow-origin"], "*");
        let body: serde_json::Value = gone.json().await.unwrap();
        assert_eq!(body["error"]["code"], "result_gone", "{rest}");
    }
    let whole = client.ask(Method::GET, ".csv", &[]).await;
    let tag = etag(&whole);
    assert_eq!(etag(&client.range(".csv", "bytes=100-").await), tag);
    let tagged = [("range", "bytes=100-"), ("if-range", tag.as_str())];
    let rest = client.ask(Method::GET, ".csv", &tagged).await;
    assert_eq!((rest.status().as_u16(), etag(&rest)), (206, tag));
    let other = [("range", "bytes=100-"), ("if-range", "\"another\"")];
    let whole = client.ask(Method::GET, ".json", &other).await;
    assert_eq!(whole.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_an_unknown_proxy_only_ranges_are_answered_again() {
    let server = Server::start().await;
    let clip = server.create_clip(CHANGING).await;
    let client = reader(&server, &clip, "office");
    let proxied = [("x-forwarded-for", "198.51.100.7")];
    let first = etag(&client.ask(Method::HEAD, ".csv", &proxied).await);
    let ranged = [proxied[0], ("range", "bytes=0-9")];
    assert_eq!(etag(&client.ask(Method::GET, ".csv", &ranged).await), first);
    assert_ne!(
        etag(&client.ask(Method::GET, ".csv", &proxied).await),
        first
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_meets_a_read_of_a_protected_clip_and_a_new_query_is_read_anew() {
    let server = Server::start().await;
    let clip = server.create_clip(CHANGING).await;
    let open = reader(&server, &clip, "office");
    let first = open.head(".csv").await;
    let mut owner = reader(&server, &clip, "office");
    owner.client = server.administrator.clone();
    assert_ne!(owner.head(".csv").await, first);
    crate::http::protect(&server, &clip).await;
    for range in ["bytes=0-9", "bytes=10-"] {
        assert_eq!(open.range(".csv", range).await.status(), 401, "{range}");
    }
    let held = owner.head(".csv").await;
    let other = serde_json::json!({"sql": format!("{CHANGING} limit 400")});
    crate::http::change(&server, &clip, other).await;
    assert_ne!(owner.get(".csv").await, held);
    assert_eq!(owner.range(".json", "bytes=10-").await.status(), 412);
}
