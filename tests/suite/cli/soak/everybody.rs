//! Every kind of client at once for many minutes: people, programs, writers, those who leave, and slow readers. Nothing is left of
//! them, and memory does not grow.

use std::fs;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::*;
use crate::cli::program::Serving;
use crate::live::{Site, pin};
use crate::support::{Clip, PASSWORD, connections_of, connections_to, shared};

const MINUTES: u64 = 20;
/// How often memory is read.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);
const READ_MAX: usize = 2 << 20;
/// `VmRSS` is inexact, since the kernel counts pages in batches for each processor: proc(5).
const UNCOUNTED_KIB: u64 = 1 << 10;

struct Scene {
    serving: Serving,
    ada: Client,
    tally: Tally,
    live: Clip,
    pinned: Clip,
    with_parameter: Clip,
    slow: Clip,
    large: Clip,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes twenty minutes: make soak"]
async fn nothing_is_left_of_any_client_and_memory_does_not_grow() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::encrypted()
        .await
        .with("TMPDIR", folder.path().to_str().unwrap())
        // So little that the caches are full before memory is looked at.
        .with("DATACLIPS_MEMORY_MAX", "16MiB")
        // As in packaging/: otherwise the allocator keeps more and more free memory, in up to eight arenas for each processor.
        .with("MALLOC_ARENA_MAX", "2")
        .with("DATACLIPS_PREVIEWS_PER_MINUTE", "100000")
        .with("DATACLIPS_RESULTS_BYTES_MAX", "4MiB");
    let scene = Scene::begin(&site).await;
    let process = Process::new(scene.serving.pid());
    let (samples, ..) = tokio::join!(
        scene.until_the_end(&process),
        scene.readers(),
        scene.people(),
        scene.writers(),
        scene.leavers(),
    );
    scene.tally.none_failed();
    println!("Peak: {} MiB", process.peak_kib() >> 10);
    nothing_runs(&site, &scene, &process).await;
    let stopped = tokio::task::spawn_blocking(move || scene.serving.stop());
    assert!(stopped.await.unwrap().success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let store = site.program.setting("DATABASE_URL");
    let (_, store) = store.rsplit_once('/').unwrap();
    let superuser = site.server.superuser().await;
    let sql = "select count(*) from pg_stat_activity where datname = $1";
    until("no session of the server", async || {
        let left = superuser.query_one(sql, &[&store]).await.unwrap();
        left.get::<_, i64>(0) == 0
    })
    .await;
    compare_quarters(&samples);
}

impl Scene {
    async fn begin(site: &Site) -> Self {
        let (serving, ada) = site.serve();
        let fresh = "select n, md5(n::text) as text, clock_timestamp() as at from generate_series(1, 500) as n";
        let scene = Self {
            live: ada.create_clip(fresh).await,
            pinned: ada.create_clip(fresh).await,
            with_parameter: ada
                .create_clip("select generate_series(1, {{count}}::int) as n")
                .await,
            slow: ada.create_clip("select pg_sleep(20)").await,
            large: ada.create_clip(LARGE).await,
            serving,
            ada,
            tally: Tally::default(),
        };
        for clip in [&scene.pinned, &scene.large] {
            assert_eq!(pin(&scene.ada, clip, None).await.status(), 200);
        }
        scene
    }

    /// The memory of the server each second, in KiB.
    async fn until_the_end(&self, process: &Process) -> Vec<u64> {
        let end = Instant::now() + minutes();
        let mut samples = Vec::new();
        while Instant::now() < end {
            sleep(SAMPLE_EVERY).await;
            samples.push(process.resident_kib());
        }
        self.tally.end();
        samples
    }

    async fn readers(&self) {
        let formats = ["csv", "json", "ndjson", "xlsx", "xml", "csv?sort=-n"];
        let (live, pinned) = (&self.live.slug, &self.pinned.slug);
        let with_parameter = &self.with_parameter.slug;
        let visitors: Vec<_> = (0..4).map(|_| self.serving.visitor()).collect();
        let readers = visitors.iter().map(async |visitor| {
            tokio::join!(
                self.tally.repeat("live answers", async |turn| {
                    read(visitor, &format!("/{live}.{}", formats[turn % 6])).await
                }),
                self.tally.repeat("pinned answers", async |turn| {
                    read(visitor, &format!("/{pinned}.{}", formats[turn % 6])).await
                }),
                // With a token: without one, there is a limit for each network address.
                self.tally.repeat("answers with a parameter", async |turn| {
                    read(
                        &self.ada,
                        &format!("/{with_parameter}.csv?count={}", turn % 50),
                    )
                    .await
                }),
            )
        });
        join_all(readers).await;
    }

    /// Somebody who goes from page to page, and a program that runs previews.
    async fn people(&self) {
        let browser = self.serving.visitor();
        let signed_in = browser.sign_in("ada@example.com", PASSWORD).await;
        assert_eq!(signed_in.status(), 303);
        let slug = &self.live.slug;
        let pages = [
            "/".to_owned(),
            format!("/{slug}"),
            format!("/{slug}/share"),
            format!("/{slug}/settings"),
            "/clips/new".to_owned(),
            "/databases".to_owned(),
            "/running".to_owned(),
            format!("/{}", self.pinned.slug),
        ];
        let pages = self.tally.repeat("pages", async |turn| {
            read(&browser, &pages[turn % pages.len()]).await
        });
        let previews = self.tally.repeat("previews", async |turn| {
            let asked = json!({"database": "data", "sql": format!("select {turn} as n")});
            succeed(&self.ada, Method::POST, "/api/v1/preview", Some(asked))
                .await
                .map(drop)
        });
        tokio::join!(pages, previews);
    }

    /// Clips are made, changed, pinned, unpinned and removed.
    async fn writers(&self) {
        let write = async |method, path: &str, json| succeed(&self.ada, method, path, json).await;
        self.tally
            .repeat("clips made, changed and deleted", async |turn| {
                let new = json!({"title": "Soak", "database": "data", "sql": format!("select {turn} as n")});
                let made = write(Method::POST, "/api/v1/clips", Some(new)).await?;
                let made: Value = serde_json::from_str(&made).map_err(|error| error.to_string())?;
                let path = format!("/api/v1/clips/{}", made["slug"].as_str().unwrap_or_default());
                let changed = json!({"sql": format!("select {turn} as other")});
                write(Method::PATCH, &path, Some(changed)).await?;
                let pin = format!("{path}/pin");
                write(Method::PUT, &pin, Some(json!({}))).await?;
                write(Method::DELETE, &pin, None).await?;
                write(Method::DELETE, &path, None).await.map(drop)
            })
            .await;
    }

    async fn leavers(&self) {
        let url = &self.serving.url;
        let slow = get(&format!("/{}.csv", self.slow.slug));
        let large = get(&format!("/{}.csv", self.large.slug));
        let leave = self.tally.repeat("runs that were left", async |turn| {
            let mut client = connect(url).await;
            let sent = client.write_all(slow.as_bytes()).await;
            sleep(Duration::from_millis(turn as u64 * 37 % 500)).await;
            sent.map_err(|error| error.to_string())
        });
        let hardly = self.tally.repeat("slow readers", async |_| {
            let mut client = connect(url).await;
            let sent = client.write_all(large.as_bytes()).await;
            sent.map_err(|error| error.to_string())?;
            trickle(&mut client).await
        });
        tokio::join!(leave, hardly);
    }
}

/// Reads the beginning of a large response slowly, and leaves.
async fn trickle(client: &mut TcpStream) -> Result<(), String> {
    let (mut arrived, mut piece) = (0, vec![0; 16 << 10]);
    while arrived < READ_MAX {
        let read = timeout(GONE_WITHIN, client.read(&mut piece)).await;
        match read.map_err(|_| "nothing arrives")? {
            Ok(bytes @ 1..) => arrived += bytes,
            other => return Err(format!("{other:?} after {arrived} bytes")),
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how long a test is to take")]
fn minutes() -> Duration {
    let given = std::env::var("MINUTES").ok();
    let given = given.filter(|given| !given.is_empty());
    Duration::from_secs(60 * given.map_or(MINUTES, |given| given.parse().unwrap()))
}

/// Skips the first fifth of the time, in which caches fill, and divides the rest into quarters: the median of the last is at most
/// the maximum of the first, but for what the kernel has not counted yet.
fn compare_quarters(samples: &[u64]) {
    let warm = &samples[samples.len() / 5..];
    let quarters: Vec<_> = warm
        .chunks_exact(warm.len() / 4)
        .take(4)
        .map(|quarter| {
            let mut sorted = quarter.to_vec();
            sorted.sort_unstable();
            [
                sorted[0],
                sorted[sorted.len() / 2],
                sorted[sorted.len() - 1],
            ]
        })
        .collect();
    println!("| memory, MiB | least | median | most |\n|---|---|---|---|");
    for (number, of) in quarters.iter().enumerate() {
        let [least, median, most] = of.map(|kib| kib as f64 / 1024.0);
        println!(
            "| quarter {} | {least:.1} | {median:.1} | {most:.1} |",
            number + 1
        );
    }
    assert!(
        quarters[3][1] <= quarters[0][2] + UNCOUNTED_KIB,
        "memory grows: {quarters:?}"
    );
}

async fn nothing_runs(site: &Site, scene: &Scene, process: &Process) {
    let (_, port) = scene.serving.url.rsplit_once(':').unwrap();
    let port = port.parse().unwrap();
    println!("Connections as it ends: {}", connections_of(port));
    until("no connection", async || connections_of(port) == 0).await;
    site.server.no_query_is_left_within(GONE_WITHIN).await;
    let store = site.program.setting("DATABASE_URL");
    let (_, store) = store.rsplit_once('/').unwrap();
    let store = shared().connect("postgres", store).await;
    until("no run in the store", async || {
        let left = "select (select count(*) from runs) + (select count(*) from run_waiters)";
        store.query_one(left, &[]).await.unwrap().get::<_, i64>(0) == 0
    })
    .await;
    let running = succeed(&scene.ada, Method::GET, "/api/v1/runs", None).await;
    assert_eq!(
        serde_json::from_str::<Value>(&running.unwrap()).unwrap()["runs"],
        json!([])
    );
    println!("Temporary files as it ends: {}", process.files());
    until("no temporary file", async || process.files() == 0).await;
    let superuser = site.server.superuser().await;
    let known = "select count(*), coalesce(bool_and(ssl), true)
                 from pg_stat_activity join pg_stat_ssl using (pid) where client_port > 0";
    until("no connection that PostgreSQL has closed", async || {
        let row = superuser.query_one(known, &[]).await.unwrap();
        let (known, are_encrypted): (i64, bool) = (row.get(0), row.get(1));
        assert!(are_encrypted);
        let open = connections_to(shared().port);
        println!("Connections to PostgreSQL: {open}, of which it knows {known}");
        known > 0 && open == known as usize
    })
    .await;
}
