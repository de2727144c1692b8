//! Charts: kept with a clip, drawn from its rows.

mod chart_api;
mod chart_view;
mod copies;
mod frame;
mod look;
mod narrowed;

use serde_json::{Value, json};

use crate::support::{Client, Clip, Server, status_and_body};

const SALES: &str =
    "select date '2026-01-01' + n as day, 'region ' || n % 2 as region, n * 1.5 as amount
    from generate_series(1, 6) as n";

fn chart_of(clip: &Clip) -> String {
    format!("/api/v1/clips/{}/chart", clip.slug)
}

fn line() -> Value {
    json!({"kind": "line", "x": "day", "y": ["amount"], "series": "region", "stacked": true, "opens_first": false})
}

/// Puts a chart; returns the status and body.
async fn keep(client: &Client, clip: &Clip, chart: &Value) -> (u16, Value) {
    status_and_body(client.put(&chart_of(clip), chart).await).await
}

/// A clip that has run.
async fn sales(server: &Server) -> Clip {
    let clip = server.create_clip(SALES).await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    clip
}
