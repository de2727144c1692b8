//! Three servers on one store behind HAProxy, as docs/scaling.md has it: nobody can tell how many there are.

mod ages;
mod balancers;
mod cancelling;
mod faults;
mod load;
mod many_requests;
mod model;
mod numbering;
mod one_run;
mod outage;
mod rights;
mod servers;
mod stopping;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};

use crate::http::{ask, header};
use crate::live::{MOOD, Moods, bytes, pin, results, unpin};
use crate::support::{Balancer, Client, Clip, PASSWORD, status_and_body};
use servers::{SERVERS, Servers};

/// For what takes a moment. None of the promises is as long as that.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// What was acknowledged so long ago holds at every server.
const HOLDS_AFTER: Duration = Duration::from_secs(1);

/// How many queries of clips run in this database, the younger ones left out.
async fn running(superuser: &tokio_postgres::Client, older_than_ms: f64) -> i64 {
    let sql = "select count(*) from pg_stat_activity
               where datname = current_database() and state = 'active'
                 and application_name like 'dataclips clip %'
                 and clock_timestamp() - query_start > $1 * interval '1 millisecond'";
    let counted = superuser.query_one(sql, &[&older_than_ms]).await;
    counted.unwrap().get(0)
}

/// Waits until this many queries have been running for this long.
async fn wait_until_run(superuser: &tokio_postgres::Client, count: i64, older_than_ms: f64) {
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        let now = running(superuser, older_than_ms).await;
        if now == count {
            return;
        }
        assert!(Instant::now() < deadline, "{now} run instead of {count}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What tells a result from others: its number and its tag.
fn identity(answer: &Response) -> (String, String) {
    let told = ["x-dataclips-result", "etag"].map(|name| header(answer, name).to_owned());
    let [number, tag] = told;
    (number, tag)
}

async fn change(client: &Client, clip: &Clip, changes: Value) {
    let path = format!("/api/v1/clips/{}", clip.slug);
    let (status, body) = status_and_body(client.patch(&path, &changes).await).await;
    assert_eq!(status, 200, "{body}");
}
