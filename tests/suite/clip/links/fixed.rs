//! A link that fixes a value of a parameter, against every address of rows: nothing that it opens holds rows of another
//! value.
//!
//! The keys under which answers are reused tell links apart: the response cache, recent reads and the answers to `since=`
//! by the credentials or the set of values; runs, ages, *checked* times and stale rows by the set of values; encoded
//! bodies and ETags by the result's number, which counts over all sets.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::*;
use crate::http::change;
use crate::support::{ParquetFile, Workbook, status_and_body};

/// Its default is what the link does not open.
const SQL: &str =
    "select country, city from visits where country = {{country = Spain}} order by city";

const ROWS: [&str; 15] = [
    ".csv",
    ".tsv",
    ".json",
    ".json?shape=objects",
    ".ndjson",
    ".xml",
    ".xls",
    ".xlsx",
    ".md",
    ".parquet",
    "-some-text.csv?bom=1",
    ".csv?sort=-city&filter=a",
    "/rows",
    "/rows?form=text&totals=1",
    "/columns?columns=1,2",
];

/// What an address says of values, and the status; 200 where that is up to the rest.
const VALUES: [(&str, u16); 6] = [
    ("", 200),
    ("country=France", 200),
    // As forms send a field that is left empty.
    ("country=", 200),
    ("country=Spain", 403),
    ("country=France&country=Spain", 422),
    ("Country=Spain", 422),
];

/// Which result an address names, and the status.
const RESULTS: [(&str, u16); 8] = [
    ("", 200),
    ("since=2026-01-01T00:00:00Z", 200),
    ("version=1", 200),
    ("version=3&result=2", 200),
    // Spain's.
    ("version=1&result=1", 404),
    ("version=3&result=1", 404),
    ("version=3&result=9", 404),
    // Has no such parameter, and shows Spain.
    ("version=2", 403),
];

struct Stage {
    server: Server,
    clip: Clip,
    secret: String,
    addresses: AtomicU32,
}

impl Stage {
    /// Versions 1 and 3 have a parameter; of each, result 1 is Spain's and result 2 France's.
    async fn set() -> Self {
        let server = Server::behind_reverse_proxy().await;
        let visits = "create table visits (country text, city text);
            insert into visits values ('France', 'Paris'), ('Spain', 'Madrid');
            grant select on visits to reader";
        let superuser = server.superuser().await;
        superuser.batch_execute(visits).await.unwrap();
        let clip = server.create_clip(SQL).await;
        let ada = &server.administrator;
        for sql in [
            SQL,
            "select country, city from visits where country = 'Spain'",
            &format!("{SQL} desc"),
        ] {
            change(&server, &clip, json!({"sql": sql})).await;
            for country in ["Spain", "France"] {
                let rest = format!(".csv?country={country}");
                assert_eq!(ask(ada, &clip, &rest).await.status(), 200);
            }
        }
        server.app.live.close().await;
        protect(&server, &clip).await;
        let secret = fixed(&server, &clip, json!({"country": "France"})).await;
        Self {
            server,
            clip,
            secret,
            addresses: AtomicU32::new(0),
        }
    }

    /// From the network address that asked last: runs are limited by address.
    fn request(&self, method: Method, rest: &str) -> RequestBuilder {
        let path = format!("/{}{rest}", self.clip.slug);
        let [_, high, middle, low] = self.addresses.load(Ordering::Relaxed).to_be_bytes();
        let address = format!("10.{high}.{middle}.{low}");
        let request = self.server.anonymous().request(method, &path);
        request.header("x-forwarded-for", address)
    }

    async fn by_link(&self, rest: &str, named: (&str, &str)) -> Response {
        let request = self.request(Method::GET, rest).bearer_auth(&self.secret);
        request.header(named.0, named.1).send().await.unwrap()
    }

    /// Every address of rows, with these values and results.
    async fn holds(&self, values: &[(&str, u16)], results: &[(&str, u16)]) {
        for rest in ROWS {
            for (value, by_value) in values {
                for (result, by_result) in results {
                    let address = and(&and(rest, result), value);
                    // What is wrong with the version comes first, then with the values, then with the result.
                    let status = match (*result, by_value) {
                        ("version=2", _) | (_, 200) => *by_result,
                        _ => *by_value,
                    };
                    match value.is_empty() || result.is_empty() {
                        true => self.holds_at(&address, status).await,
                        false => self.holds_at_least(&address, status).await,
                    }
                }
            }
        }
    }

    async fn holds_at_least(&self, address: &str, status: u16) {
        self.addresses.fetch_add(1, Ordering::Relaxed);
        let request = self.request(Method::GET, &with_token(address, &self.secret));
        self.shows_france(address, request.send().await.unwrap(), &[status])
            .await;
    }

    async fn holds_at(&self, address: &str, status: u16) {
        self.holds_at_least(address, status).await;
        let head = self
            .request(Method::HEAD, address)
            .bearer_auth(&self.secret);
        self.shows_france(address, head.send().await.unwrap(), &[status])
            .await;
        let etag = self.etag_of_spain(address).await;
        for (name, value, others) in [
            ("accept", "*/*", &[][..]),
            ("prefer", "respond-async, wait=5", &[]),
            ("range", "bytes=0-200", &[206]),
            ("if-none-match", &etag, &[]),
        ] {
            let answer = self.by_link(address, (name, value)).await;
            let allowed: Vec<u16> = match status {
                200 => others.iter().copied().chain([200]).collect(),
                _ => vec![status],
            };
            self.shows_france(address, answer, &allowed).await;
        }
    }

    /// Of the same address as others read it.
    async fn etag_of_spain(&self, address: &str) -> String {
        let spain = address.replace("country=France", "country=Spain");
        let answer = ask(&self.server.administrator, &self.clip, &spain).await;
        let etag = answer.headers().get("etag");
        etag.map_or("\"none\"".to_owned(), |etag| {
            etag.to_str().unwrap().to_owned()
        })
    }

    /// Of these statuses, with Paris where there are rows, and nowhere with anything of Spain.
    async fn shows_france(&self, address: &str, answer: Response, statuses: &[u16]) {
        let status = answer.status().as_u16();
        let headers = format!("{:?}", answer.headers());
        let bytes = answer.bytes().await.unwrap();
        let text = text(&bytes);
        assert!(statuses.contains(&status), "{address}: {status} {text}");
        for shown in [&headers, &text] {
            assert!(
                !shown.contains("Spain") && !shown.contains("Madrid"),
                "{address}: {shown}"
            );
        }
        if status == 200 && !bytes.is_empty() {
            assert!(text.contains("Paris"), "{address}: {text}");
        }
    }
}

/// All cells of a workbook or a Parquet file; anything else as it is.
fn text(bytes: &[u8]) -> String {
    if bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1") {
        let file = ParquetFile::open(bytes.to_vec());
        let values = file.columns.iter().map(|column| &column.values);
        return format!("{:?} {:?}", file.facts, values.collect::<Vec<_>>());
    }
    if !bytes.starts_with(b"PK") || bytes.len() <= 201 {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let workbook = Workbook::open(bytes);
    let cells = [1, 2].map(|sheet| format!("{:?}", workbook.cells(sheet)));
    cells.concat()
}

fn and(rest: &str, more: &str) -> String {
    match more {
        "" => rest.to_owned(),
        more if rest.contains('?') => format!("{rest}&{more}"),
        more => format!("{rest}?{more}"),
    }
}

pub(super) async fn make(server: &Server, clip: &Clip, values: Value) -> (u16, Value) {
    let path = format!("/api/v1/clips/{}/links", clip.slug);
    let new = json!({"label": "sheet", "values": values});
    status_and_body(server.administrator.post(&path, &new).await).await
}

pub(super) async fn fixed(server: &Server, clip: &Clip, values: Value) -> String {
    let (status, made) = make(server, clip, values.clone()).await;
    assert_eq!((status, &made["values"]), (201, &values), "{made}");
    made["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_the_rows_of_its_value_and_no_others() {
    let stage = Stage::set().await;
    stage.holds(&VALUES, &RESULTS).await;
    for page in [
        "",
        "?country=France",
        "/embed",
        "/table",
        "/history",
        "/run",
        "/share",
    ] {
        let answer = stage.by_link(page, ("accept", "*/*")).await;
        assert_eq!(answer.status(), 401, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn also_where_anyone_may_read_the_clip_and_answers_may_be_old() {
    let stage = Stage::set().await;
    let ada = &stage.server.administrator;
    let path = format!("/api/v1/clips/{}/access", stage.clip.slug);
    let open = json!({"anyone": true, "grants": []});
    assert_eq!(ada.put(&path, &open).await.status(), 200);
    change(
        &stage.server,
        &stage.clip,
        json!({"max_age": 3600, "serve_stale": true}),
    )
    .await;
    for country in ["Spain", "France"] {
        let rest = format!(".csv?country={country}");
        assert_eq!(ask(ada, &stage.clip, &rest).await.status(), 200);
    }
    stage.holds(&VALUES[..4], &RESULTS[..5]).await;
    // A cache that forgets the credentials would hand France to everybody.
    let answer = stage.by_link(".csv", ("accept", "*/*")).await;
    assert_eq!(header(&answer, "cache-control"), "private, no-cache");
    let open = ask(&stage.server.anonymous(), &stage.clip, ".csv").await;
    assert_eq!(header(&open, "cache-control"), "public, max-age=3600");
    assert_eq!(open.text().await.unwrap(), "country,city\nSpain,Madrid\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_clip_shows_a_link_only_rows_of_its_value() {
    let stage = Stage::set().await;
    let path = format!("/api/v1/clips/{}/pin", stage.clip.slug);
    // Where it is another value's, they get the newest rows of theirs that are kept.
    for result in [1, 2] {
        let pin = json!({"version": 3, "result": result});
        let pinned = stage.server.administrator.put(&path, &pin).await;
        assert_eq!(pinned.status(), 200);
        for rest in ROWS {
            stage.holds_at(rest, 200).await;
            stage.holds_at(&and(rest, "version=3"), 200).await;
            stage.holds_at(&and(rest, "country=Spain"), 403).await;
            stage.holds_at(&and(rest, "result=1&version=3"), 404).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_cannot_be_for_the_query() {
    let stage = Stage::set().await;
    let links = format!("/api/v1/clips/{}/links", stage.clip.slug);
    let values = json!({"country": "France"});
    for (formats, status) in [(json!(["csv", "sql"]), 422), (json!(["csv"]), 201)] {
        let link = json!({"label": "sheet", "formats": formats, "values": values});
        let made = stage.server.administrator.post(&links, &link).await;
        let (found, body) = status_and_body(made).await;
        assert_eq!(found, status, "{body}");
        if status == 422 {
            assert_eq!(body["error"]["field"], "formats");
        }
    }
    let link = json!({"label": "query", "formats": ["sql"]});
    let made = stage.server.administrator.post(&links, &link).await;
    assert_eq!(made.status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_say_nothing_of_the_value() {
    let server = Server::start().await;
    let failing = [
        (
            "select {{country}}::int as a",
            "parameter_unreadable",
            "22P02",
        ),
        (
            "select ({{country}} || ' is none')::int as a",
            "sql_error",
            "22P02",
        ),
    ];
    for (sql, code, sqlstate) in failing {
        // A value that cannot be read is not fixed to begin with.
        let clip = server.create_clip("select {{country}} as a").await;
        let secret = fixed(&server, &clip, json!({"country": "France"})).await;
        change(&server, &clip, json!({"sql": sql})).await;
        let answer = ask_by(&server, &clip, ".json", &secret).await;
        let (status, body) = status_and_body(answer).await;
        assert_eq!(status, 422, "{body}");
        let error = body["error"].as_object().unwrap();
        let mut keys = error.keys().map(String::as_str);
        let shown = ["code", "message", "parameter", "sqlstate"];
        assert!(keys.all(|key| shown.contains(&key)), "{body}");
        assert_eq!(
            (&error["sqlstate"], &error["code"]),
            (&json!(sqlstate), &json!(code))
        );
        assert!(!body.to_string().contains("France"), "{body}");
        let other = ask_by(&server, &clip, ".json?country=Spain", &secret).await;
        let (status, body) = status_and_body(other).await;
        assert_eq!((status, &body["error"]["code"]), (403, &json!("forbidden")));
        assert!(!body.to_string().contains("France"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_fixed_is_for_the_reader_to_choose() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select {{a}} as a, {{b?}} as b, {{c = 3}} as c")
        .await;
    let secret = fixed(&server, &clip, json!({"a": "1", "b": null})).await;
    for (rest, rows) in [
        (".csv", "a,b,c\n1,,3\n"),
        (".csv?c=4&b=", "a,b,c\n1,,4\n"),
        (".csv?c=3&a=1", "a,b,c\n1,,3\n"),
    ] {
        let answer = ask_by(&server, &clip, rest, &secret).await;
        assert_eq!(answer.text().await.unwrap(), rows, "{rest}");
    }
    assert_eq!(
        ask_by(&server, &clip, ".csv?b=x", &secret).await.status(),
        403
    );
    let links = format!("/api/v1/clips/{}/links", clip.slug);
    let listed = server.administrator.get(&links).await;
    let (_, listed) = status_and_body(listed).await;
    assert_eq!(listed["links"][0]["values"], json!({"a": "1", "b": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_values_of_the_clips_parameters_are_fixed() {
    let server = Server::start().await;
    let clip = server.create_clip("select {{a}} as a, {{b?}} as b").await;
    for values in [json!({"c": "1"}), json!({"A": "1"}), json!({"a": null})] {
        let (status, body) = make(&server, &clip, values.clone()).await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (422, &json!("values")),
            "{values}"
        );
    }
    let (status, body) = make(&server, &clip, json!({"a": "\0"})).await;
    assert_eq!(
        (status, &body["error"]["parameter"]),
        (422, &json!("a")),
        "{body}"
    );
    let plain = server.create_clip("select 1 as a").await;
    let (status, body) = make(&server, &plain, json!({"a": "1"})).await;
    assert_eq!(status, 422, "{body}");
    let (status, body) = make(&server, &plain, json!({})).await;
    assert_eq!((status, &body["values"]), (201, &json!({})));
}
