//! 500 requests at once for a query that takes two seconds: it runs once, and no request waits longer than for that
//! run.

use std::time::Instant;

use tokio::task::JoinSet;

use crate::bench::Bench;
use crate::outcome::{Outcome, go_on};
use crate::series::Series;
use crate::table::Line;

const REQUESTS: usize = 500;
const ROUNDS: usize = 3;
const SECONDS_MAX: f64 = 2.5;

/// Searched for in PostgreSQL's log.
const SLOW: &str = "select pg_sleep(2)::text as pause, 42 as answer";

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let clip = bench.server.create_clip("Two seconds", SLOW)?;
    let url = format!("{}{clip}.json", bench.server.url);
    let mut slowest = Series::default();
    let mut runs = Series::default();
    for _ in 0..ROUNDS {
        go_on()?;
        let before = bench.cluster.slow_statements(SLOW)?;
        slowest.push(bench.runtime.block_on(ask(&url))?);
        runs.push((bench.cluster.slow_statements(SLOW)? - before) as f64);
    }
    let what = format!("{REQUESTS} requests at once for a query of 2 s");
    let ours = format!(
        "all responded 200, the slowest after {:.2} s; executions: {}",
        slowest.most(),
        runs.most()
    );
    let measured = match runs.most() {
        1.0 => slowest.most(),
        _ => f64::INFINITY,
    };
    Ok(vec![
        Line::alone(&what, ours, measured, SECONDS_MAX, "s, 1 execution")
            .with_limit("the query itself: 2 s".to_owned()),
    ])
}

/// Seconds until the last response.
async fn ask(url: &str) -> Outcome<f64> {
    let client = reqwest::Client::new();
    let began = Instant::now();
    let mut requests = JoinSet::new();
    for _ in 0..REQUESTS {
        let request = client.get(url);
        requests.spawn(async move { request.send().await?.error_for_status()?.bytes().await });
    }
    while let Some(response) = requests.join_next().await {
        response??;
    }
    Ok(began.elapsed().as_secs_f64())
}
