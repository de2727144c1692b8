//! One read of live rows is one run, in however many requests a program reads them.

use std::time::Duration;

use reqwest::{Method, Response};

use crate::support::{Client, Clip, Server};

/// Each run returns other rows: what is joined from two of them shows.
const CHANGING: &str = "select n, clock_timestamp() as at from generate_series(1, 500) as n";

/// The same with more bytes than programs read at a time.
const LARGE: &str = "select n, clock_timestamp() as at, repeat('x', 300) as filler from generate_series(1, 2000) as n";

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

    /// `request` is a method, perhaps with a range.
    async fn ask_as_recorded(&self, suffix: &str, request: &str, last_byte: u64) -> Response {
        let (method, range) = request.split_once(' ').unwrap_or((request, ""));
        let range = format!("bytes={}", range.replace('*', &last_byte.to_string()));
        let headers = [("range", range.as_str())];
        let is_part = request.contains(' ');
        let headers = if is_part { &headers[..] } else { &[] };
        let method = method.parse().unwrap();
        self.ask(method, &format!(".{suffix}"), headers).await
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
async fn a_read_begins_anew_once_its_rows_are_older_than_the_maximum_age() {
    let server = Server::start().await;
    let clip = server.create_clip(CHANGING).await;
    let settings = serde_json::json!({"max_age": 1});
    let path = format!("/api/v1/clips/{}", clip.slug);
    server.administrator.patch(&path, &settings).await;
    let office = reader(&server, &clip, "office");
    let first = office.head(".csv").await;
    assert_eq!(office.get(".csv").await, first);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let second = office.head(".csv").await;
    assert_ne!(second, first);
    assert_eq!(office.get(".csv").await, second);
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

/// The requests by which programs read one file, as `make test-readers` records them. `*` stands for the last byte.
const READERS: &str = "
    DuckDB 1.5 read_csv         | csv    | HEAD; GET 0-*; GET 0-*
    DuckDB 1.5 read_json        | ndjson | HEAD; GET 0-*
    polars 2.1 scan_csv         | csv    | HEAD; GET 0-3; GET 0-65535; GET 0-262143; GET 262144-*
    polars 2.1 scan_ndjson      | ndjson | HEAD; GET 0-65535; GET 0-262143; GET 262144-*
    chDB 4.4 url                | csv    | GET; HEAD; GET
    LibreOffice 7.4             | csv    | OPTIONS; HEAD; GET; HEAD
    LibreOffice 7.4             | xlsx   | OPTIONS; HEAD; GET; HEAD
    LibreOffice 7.4, range      | csv    | OPTIONS; HEAD; HEAD; GET
    LibreOffice 7.4, formula    | csv    | OPTIONS; HEAD; GET; HEAD; GET; HEAD; HEAD; GET
    curl 7.88 -C -, once cut    | csv    | GET; GET 100000-
    wget 1.21 -c, once cut      | csv    | GET; GET 100000-
    pandas 3.1 read_csv         | csv    | GET
";

#[tokio::test(flavor = "multi_thread")]
async fn every_program_reads_the_rows_of_one_run() {
    let server = Server::start().await;
    for line in READERS.trim().lines() {
        let [program, suffix, requests] = line.split('|').map(str::trim).collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        let clip = server.create_clip(LARGE).await;
        let reader = reader(&server, &clip, program);
        let mut tags = Vec::new();
        let mut last_byte = 0;
        for request in requests.split("; ") {
            let response = reader.ask_as_recorded(suffix, request, last_byte).await;
            if response.status() == 204 {
                continue;
            }
            let is_part = response.status() == 206;
            assert_eq!(is_part, request.contains(' '), "{line}: {request}");
            assert!(is_part || response.status() == 200, "{line}: {request}");
            if !is_part {
                let length = response.headers()["content-length"].to_str().unwrap();
                last_byte = length.parse::<u64>().unwrap() - 1;
            }
            tags.push(etag(&response));
            response.bytes().await.unwrap();
        }
        tags.dedup();
        assert_eq!(tags.len(), 1, "{line}");
        assert_eq!(runs(&server, &clip).await, 1, "{line}");
    }
}

/// Every run's rows differ, so each is a result.
async fn runs(server: &Server, clip: &Clip) -> usize {
    let path = format!("/api/v1/clips/{}/results", clip.slug);
    let results: serde_json::Value = server.administrator.get(&path).await.json().await.unwrap();
    results["results"].as_array().unwrap().len()
}
