//! Three servers on one store behind HAProxy, as docs/scaling.md has it: nobody can tell how many there are.

mod balancers;
mod faults;
mod load;
mod model;
mod numbering;
mod rights;
mod servers;
mod stopping;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};

use crate::http::{ask, header};
use crate::live::{MOOD, Moods, pin, results, unpin};
use crate::support::{Balancer, Client, Clip, status_and_body};
use servers::{SERVERS, Servers};

/// What was acknowledged so long ago holds at every server.
const HOLDS_AFTER: Duration = Duration::from_secs(1);

async fn change(client: &Client, clip: &Clip, changes: Value) {
    let path = format!("/api/v1/clips/{}", clip.slug);
    let (status, body) = status_and_body(client.patch(&path, &changes).await).await;
    assert_eq!(status, 200, "{body}");
}
