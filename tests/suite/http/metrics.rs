//! `/metrics`: numbers move as they should, and contain no secrets.

use std::collections::{BTreeSet, HashMap};

use super::*;
use crate::database::followers::FOLLOWER_NUMBERS;

/// The samples of a server, by name and labels.
struct Numbers(HashMap<String, f64>);

impl Numbers {
    async fn read(server: &Server) -> Self {
        let answer = server.administrator.get("/metrics").await;
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
        let text = answer.text().await.unwrap();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let samples = samples.map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        });
        Self(samples.collect())
    }

    fn count(&self, name: &str) -> i64 {
        self.of(name) as i64
    }

    /// 0 for what has not been counted yet.
    fn of(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_counted_by_database_and_outcome() {
    let server = Server::start().await;
    let good = server
        .create_clip("select generate_series(1, 3) as a")
        .await;
    let bad = server.create_clip("select 1 / 0").await;
    let before = Numbers::read(&server).await;
    for _ in 0..2 {
        assert_eq!(ask(&server.anonymous(), &good, ".csv").await.status(), 200);
    }
    assert_eq!(ask(&server.anonymous(), &bad, ".csv").await.status(), 422);
    let after = Numbers::read(&server).await;
    let grown = |name: &str| after.count(name) - before.count(name);
    assert_eq!(
        grown(r#"dataclips_runs_total{database="data",outcome="ok"}"#),
        2
    );
    assert_eq!(
        grown(r#"dataclips_runs_total{database="data",outcome="sql_error"}"#),
        1
    );
    assert_eq!(grown(r#"dataclips_run_rows_total{database="data"}"#), 6);
    assert_eq!(grown(r#"dataclips_run_bytes_total{database="data"}"#), 6);
    assert_eq!(grown(r#"dataclips_run_seconds_count{database="data"}"#), 3);
    assert_eq!(
        grown(r#"dataclips_run_queue_seconds_count{database="data"}"#),
        3
    );
    assert_eq!(grown(r#"dataclips_results_total{outcome="new"}"#), 1);
    assert_eq!(grown(r#"dataclips_results_total{outcome="unchanged"}"#), 1);
    assert_eq!(grown(r#"dataclips_results_total{outcome="failed"}"#), 1);
    let files = r#"route="/{segment}.{format}""#;
    let answered = format!(r#"dataclips_http_requests_total{{method="GET",{files},status="200"}}"#);
    assert_eq!(grown(&answered), 2);
    assert_eq!(
        grown(&format!("dataclips_http_request_seconds_count{{{files}}}")),
        3
    );
    assert_eq!(
        after.count(r#"dataclips_run_queue_length{database="data"}"#),
        0
    );
    let max = after.of(r#"dataclips_database_connections_max{database="data"}"#);
    let open = |state| {
        after.of(&format!(
            r#"dataclips_database_connections{{database="data",state="{state}"}}"#
        ))
    };
    assert!(
        open("idle") >= 1.0 && open("idle") + open("in_use") <= max,
        "{max}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reused_response_counts_as_a_request_and_as_a_hit() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let pin = format!("/api/v1/clips/{}/pin", clip.slug);
    assert_eq!(
        server.administrator.put(&pin, &json!({})).await.status(),
        200
    );
    assert_eq!(ask(&server.anonymous(), &clip, ".csv").await.status(), 200);
    let before = Numbers::read(&server).await;
    let mut timed = 0;
    for _ in 0..5 {
        let answer = ask(&server.anonymous(), &clip, ".csv").await;
        assert!(answer.headers().contains_key("x-request-id"));
        timed += i32::from(answer.headers().contains_key("server-timing"));
        assert_eq!(answer.text().await.unwrap(), "a\n1\n");
    }
    // Whatever is cached expires, so that one of them may have been made anew.
    assert!(timed <= 1, "{timed}");
    let after = Numbers::read(&server).await;
    let grown = |name: &str| after.count(name) - before.count(name);
    let answered =
        r#"dataclips_http_requests_total{method="GET",route="/{segment}.{format}",status="200"}"#;
    assert_eq!(grown(answered), 5);
    assert!(grown(r#"dataclips_cache_hits_total{cache="responses"}"#) >= 4);
    assert!(grown("dataclips_http_response_bytes_total") >= 20);
    assert_eq!(
        grown(r#"dataclips_runs_total{database="data",outcome="ok"}"#),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_encoded_once_and_then_found() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let lookups = async || {
        let numbers = Numbers::read(&server).await;
        ["misses", "hits"].map(|what| {
            numbers.count(&format!(
                r#"dataclips_cache_{what}_total{{cache="bodies"}}"#
            ))
        })
    };
    for expected in [[1, 0], [1, 1], [1, 2]] {
        assert_eq!(ask(&server.anonymous(), &clip, ".csv").await.status(), 200);
        assert_eq!(lookups().await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_counts_by_itself_and_says_how_its_store_is() {
    let server = Server::start().await;
    let other = server.beside().await;
    let clip = server.create_clip("select 1 as a").await;
    assert_eq!(ask(&server.anonymous(), &clip, ".csv").await.status(), 200);
    let runs = r#"dataclips_runs_total{database="data",outcome="ok"}"#;
    assert_eq!(server.anonymous().get("/readyz").await.status(), 200);
    let (numbers, others) = (Numbers::read(&server).await, Numbers::read(&other).await);
    assert_eq!((numbers.count(runs), others.count(runs)), (1, 0));
    assert_eq!(numbers.count("dataclips_store_ready"), 1);
    assert_eq!(numbers.count("dataclips_store_check_seconds_count"), 1);
    assert!(numbers.count("dataclips_store_wait_seconds_count") > 1);
    assert!(
        numbers.count("dataclips_memory_max_bytes") >= numbers.count("dataclips_memory_held_bytes")
    );
    assert!(numbers.count("process_resident_memory_bytes") > 1_000_000);
    let build = numbers
        .0
        .keys()
        .find(|name| name.starts_with("dataclips_build_info{version="));
    assert!(build.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_number_names_a_clip_or_an_invented_method() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    for path in ["", ".csv", "/rows", "/nothing", ".nothing"] {
        server
            .anonymous()
            .get(&format!("/{}{path}", clip.slug))
            .await;
    }
    let invented = reqwest::Method::from_bytes(b"INVENTED").unwrap();
    let request = server
        .anonymous()
        .request(invented, &format!("/{}", clip.slug));
    request.send().await.unwrap();
    let numbers = Numbers::read(&server).await;
    for name in numbers.0.keys() {
        assert!(
            !name.contains(&clip.slug) && !name.contains("INVENTED"),
            "{name}"
        );
    }
    assert!(
        numbers
            .0
            .keys()
            .any(|name| name.contains(r#"method="other""#))
    );
}

/// Names of numbers in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words
        .filter(|word| word.starts_with("dataclips_") || word.starts_with("process_"))
        .map(|word| word.strip_suffix("_bucket").unwrap_or(word))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_numbers_exist_and_the_alerts_and_the_dashboard_use_no_others() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    assert_eq!(ask(&server.anonymous(), &clip, ".csv").await.status(), 200);
    let text = server.administrator.get("/metrics").await;
    let text = text.text().await.unwrap();
    let served = text.lines().filter_map(|line| {
        let (name, _kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
        Some(name)
    });
    // Of jobs that have not run yet.
    let jobs = ["dataclips_jobs_total", "dataclips_results_swept_total"];
    let served: BTreeSet<&str> = served.chain(FOLLOWER_NUMBERS).chain(jobs).collect();
    let documented = names(include_str!("../../../docs/metrics.md"));
    assert_eq!(documented, served);
    for (file, text) in [
        (
            "alerts",
            include_str!("../../../docs/monitoring/alerts.yml"),
        ),
        (
            "dashboard",
            include_str!("../../../docs/monitoring/grafana.json"),
        ),
    ] {
        let used = names(text);
        let unknown: Vec<_> = used.difference(&documented).collect();
        assert!(
            !used.is_empty() && unknown.is_empty(),
            "{file}: {unknown:?}"
        );
    }
}
