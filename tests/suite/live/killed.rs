//! `kill -9` in the middle of everything.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::json;

use super::*;

const RUNS: usize = 200;
const ROWS: usize = 8_000;

/// What clients received before the server died.
#[derive(Default)]
struct Told {
    /// Hashes of the CSV, by slug and result.
    rows: Mutex<HashMap<(String, u64), blake3::Hash>>,
    /// The result to which a clip was pinned, unless it was unpinned since.
    pins: Mutex<HashMap<String, u64>>,
    runs: AtomicUsize,
}

/// Two pages of rows, others in each run.
fn noise() -> String {
    format!("select n, md5(n || clock_timestamp()::text) from generate_series(1, {ROWS}) as n")
}

/// Requests rows and pins them in a loop until the server is gone.
async fn work(ada: &Client, clip: &Clip, told: &Told) -> Result<(), reqwest::Error> {
    loop {
        let csv = ada.request(Method::GET, &format!("/{}.csv", clip.slug));
        let answer = csv.send().await?;
        assert_eq!(answer.status(), 200);
        let result: u64 = header(&answer, "x-dataclips-result").parse().unwrap();
        let rows = blake3::hash(&answer.bytes().await?);
        let key = (clip.slug.clone(), result);
        told.rows.lock().unwrap().insert(key, rows);
        told.runs.fetch_add(1, Ordering::Relaxed);

        let path = format!("/api/v1/clips/{}/pin", clip.slug);
        let chosen = json!({"version": 1, "result": result});
        let pinned = ada.request(Method::PUT, &path).json(&chosen).send().await?;
        assert_eq!(pinned.status(), 200, "{}", pinned.text().await?);
        told.pins.lock().unwrap().insert(clip.slug.clone(), result);

        // If the server dies before it responds, nobody knows whether the clip is still pinned.
        told.pins.lock().unwrap().remove(&clip.slug);
        let unpinned = ada.request(Method::DELETE, &path).send().await?;
        assert_eq!(unpinned.status(), 204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_during_200_runs_and_pins_loses_no_pin_and_breaks_no_result() {
    let site = Site::new().await;
    let (serving, ada) = site.serve();
    let mut clips = Vec::new();
    let mut pinned = Vec::new();
    for _ in 0..12 {
        clips.push(ada.create_clip(&noise()).await);
        pinned.push(ada.create_clip(&noise()).await);
    }
    let told = Told::default();
    let workers = join_all(clips.iter().map(|clip| work(&ada, clip, &told)));
    // These are pinned one after the other while the others work, and stay so.
    let pinning = async {
        for clip in pinned.iter().cycle() {
            let path = format!("/api/v1/clips/{}/pin", clip.slug);
            let Ok(answer) = ada.request(Method::PUT, &path).send().await else {
                return;
            };
            assert_eq!(answer.status(), 200);
            let Ok(body) = answer.json::<Value>().await else {
                return;
            };
            let result = body["pin"]["result"].as_u64().unwrap();
            told.pins.lock().unwrap().insert(clip.slug.clone(), result);
        }
    };
    let killing = async {
        while told.runs.load(Ordering::Relaxed) < RUNS {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        serving.kill();
    };
    let (_, (), ()) = tokio::join!(workers, pinning, killing);

    let (_serving, ada) = site.serve();
    let pins = told.pins.into_inner().unwrap();
    let rows = told.rows.into_inner().unwrap();
    assert!(pins.len() >= pinned.len(), "{} pins", pins.len());
    let mut kept = 0;
    for clip in clips.iter().chain(&pinned) {
        let path = format!("/api/v1/clips/{}", clip.slug);
        let body: Value = ada.get(&path).await.json().await.unwrap();
        let pin = body["pin"]["result"].as_u64();
        if let Some(result) = pins.get(&clip.slug) {
            assert_eq!(pin, Some(*result), "{body}");
        }
        for result in results(&ada, clip).await {
            let number = result["result"].as_u64().unwrap();
            assert!(result["kept"] == true || pin != Some(number), "{result}");
            if result["kept"] == true {
                let key = (clip.slug.clone(), number);
                decodes(&ada, clip, &result, rows.get(&key)).await;
                kept += 1;
            }
        }
    }
    assert!(kept > pinned.len(), "{kept} results are kept");
}

/// A result is whole: as many rows as it says, the same bytes each time, and those that were sent before.
async fn decodes(ada: &Client, clip: &Clip, result: &Value, told: Option<&blake3::Hash>) {
    let rest = format!(".csv?version=1&result={}", result["result"]);
    let csv = bytes(ada, clip, &rest).await;
    let lines = csv.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, ROWS + 1, "{result}");
    assert_eq!(result["rows"], ROWS);
    assert_eq!(bytes(ada, clip, &rest).await, csv);
    if let Some(told) = told {
        assert_eq!(blake3::hash(&csv), *told, "{result}");
    }
}
