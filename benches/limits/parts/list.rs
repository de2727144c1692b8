//! The list of clips and its search, among 100,000, for an administrator, who sees them all.

use std::fs;
use std::process::Command;
use std::time::Instant;

use reqwest::Client;

use crate::bench::Bench;
use crate::outcome::{Outcome, go_on, run};
use crate::series::Series;
use crate::server::{ADMINISTRATOR, PASSWORD};
use crate::table::Line;

const CLIPS: &str = include_str!("../clips.sql");
const ROUNDS: usize = 20;
const P99_MS_MAX: f64 = 50.0;

/// Searches that match all clips, many, few, one or none; in titles and in queries; whole words and their beginnings.
const SEARCHES: [&str; 10] = [
    "",
    "orders",
    "r",
    "re",
    "revenue by city",
    "Grüße",
    "54321",
    "Müller 77",
    "total desc",
    "no such words",
];

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    insert(bench)?;
    let runtime = &bench.runtime;
    let client = runtime.block_on(sign_in(bench))?;
    let pages = ask(bench, &client, "/?search=")?;
    let api = ask(bench, &client, "/api/v1/clips?search=")?;
    Ok(vec![
        line("the list as a page", &pages),
        line("the list over the API", &api),
    ])
}

fn line(what: &str, times: &[Series]) -> Line {
    let all: Series = times.iter().flat_map(Series::numbers).collect();
    let by_search = SEARCHES.iter().zip(times);
    let slowest = by_search.max_by(|(_, one), (_, other)| one.median().total_cmp(&other.median()));
    let slowest = slowest.map_or(String::new(), |(search, times)| {
        format!("slowest search “{search}”, median {:.1} ms", times.median())
    });
    let p99 = all.percentile(99);
    let ours = format!("median {:.1} ms, p99 {p99:.1} ms; {slowest}", all.median());
    let what = format!("{what}: list and search among 100,000 clips");
    Line::alone(&what, ours, p99, P99_MS_MAX, "ms at p99")
}

/// As the store's own role, over its socket.
fn insert(bench: &Bench) -> Outcome<()> {
    let file = bench.path("clips.sql");
    fs::write(&file, CLIPS)?;
    let home = fs::canonicalize(bench.server.data().join("postgresql"))?;
    let mut psql = Command::new(bench.programs.path("psql"));
    psql.args([
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-U",
        "dataclips",
        "-d",
        "dataclips",
        "-h",
    ]);
    run(psql.arg(home.join("run")).arg("-f").arg(file))?;
    Ok(())
}

async fn sign_in(bench: &Bench) -> Outcome<Client> {
    let client = Client::builder().cookie_store(true).build()?;
    let form = [("email", ADMINISTRATOR), ("password", PASSWORD)];
    let request = client.post(format!("{}/sign-in", bench.server.url));
    let response = request
        .header("Sec-Fetch-Site", "same-origin")
        .form(&form)
        .send()
        .await?;
    response.error_for_status()?;
    Ok(client)
}

/// Sequentially, each search in turn, in milliseconds; the first round warms up.
fn ask(bench: &Bench, client: &Client, path: &str) -> Outcome<Vec<Series>> {
    let mut times = vec![Series::default(); SEARCHES.len()];
    for round in 0..=ROUNDS {
        go_on()?;
        for (search, times) in SEARCHES.iter().zip(&mut times) {
            let url = reqwest::Url::parse(&format!("{}{path}{search}", bench.server.url))?;
            let request = client.get(url).bearer_auth(bench.server.token());
            let began = Instant::now();
            bench
                .runtime
                .block_on(async { request.send().await?.error_for_status()?.bytes().await })?;
            if round > 0 {
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    Ok(times)
}
