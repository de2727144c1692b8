//! Thousands of connections that are idle or read slowly, beside readers of a pinned clip.

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::*;
use crate::live::{Site, pin};
use crate::support::{Clip, shared};

const IDLE: usize = 2_000;
const SLOW: usize = 1_000;
/// Slow readers come one after the other, all within half a minute.
const SLOW_AFTER: Duration = Duration::from_millis(30);
/// Each has as many slow readers as the others.
const LARGE_CLIPS: usize = 10;
const PINNED_READERS: usize = 8;
const DURATION: Duration = Duration::from_secs(120);
/// What a slow reader takes in each of its pauses: 3.2 KB a second.
const PIECE: usize = 64 << 10;
const SLOW_PAUSE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes five minutes: make soak ONLY=crowd"]
async fn pinned_answers_go_on_beside_thousands_of_slow_readers() {
    let site = Site::new()
        .await
        .with("DATACLIPS_CONNECTIONS_MAX", "4000")
        .with("DATACLIPS_CONNECTIONS_PER_ADDRESS", "4000")
        .with("DATACLIPS_IDLE_TIMEOUT", "10m");
    let (serving, ada) = site.serve();
    let (process, url) = (Process::new(serving.pid()), &serving.url);
    let small = ada.create_clip("select 7 as n").await;
    pinned(&ada, &small).await;
    let mut large = Vec::new();
    for number in 0..LARGE_CLIPS {
        let clip = ada
            .create_clip(&format!("{LARGE} where {number} >= 0"))
            .await;
        // Half of them are live.
        if number % 2 == 0 {
            pinned(&ada, &clip).await;
        }
        large.push(clip);
    }
    let (before, transactions_before) = (process.resident_kib(), transactions(&site).await);
    // One after the other: the system refuses some of thousands that come at the same moment.
    let mut idle_clients = Vec::new();
    for _ in 0..IDLE {
        idle_clients.push(idle(url).await);
    }
    println!(
        "Memory: {} MiB before, {} MiB with {IDLE} idle",
        before >> 10,
        process.resident_kib() >> 10
    );
    let tally = Tally::default();
    let slow = (0..SLOW).map(|number| slow(url, &large[number % LARGE_CLIPS], number, &tally));
    let visitors: Vec<_> = (0..PINNED_READERS).map(|_| serving.visitor()).collect();
    let readers = visitors.iter().map(|visitor| {
        let path = format!("/{}.csv", small.slug);
        tally.repeat("pinned answers", async move |_| read(visitor, &path).await)
    });
    let end = async {
        sleep(DURATION).await;
        tally.end();
        process.resident_kib()
    };
    let (_, _, during) = tokio::join!(join_all(slow), join_all(readers), end);
    println!(
        "Memory: {} MiB at the end, {} MiB at most",
        during >> 10,
        process.peak_kib() >> 10
    );
    println!(
        "Transactions in the store: {}",
        transactions(&site).await - transactions_before
    );
    for mut client in idle_clients {
        let alive = alive(&mut client).await;
        tally.count("idle connections that still answer", alive);
    }
    tally.none_failed();
    site.server.no_query_is_left_within(GONE_WITHIN).await;
}

async fn pinned(ada: &Client, clip: &Clip) {
    assert_eq!(pin(ada, clip, None).await.status(), 200);
}

/// Those of the program's store, as PostgreSQL counts them.
async fn transactions(site: &Site) -> i64 {
    let url = site.program.setting("DATABASE_URL");
    let (_, store) = url.rsplit_once('/').unwrap();
    let postgres = shared().connect("postgres", "postgres").await;
    let sql = "select xact_commit + xact_rollback from pg_stat_database where datname = $1";
    postgres.query_one(sql, &[&store]).await.unwrap().get(0)
}

/// Makes a connection, which has had one answer.
async fn idle(url: &str) -> TcpStream {
    let mut client = connect(url).await;
    alive(&mut client).await.unwrap();
    client
}

async fn alive(client: &mut TcpStream) -> Result<(), String> {
    let asked = client.write_all(get("/healthz").as_bytes()).await;
    asked.map_err(|error| error.to_string())?;
    let mut arrived = Vec::new();
    while !arrived.ends_with(b"alive\n") {
        let byte = timeout(GONE_WITHIN, client.read_u8()).await;
        let byte = byte.map_err(|_| "no answer")?;
        arrived.push(byte.map_err(|error| error.to_string())?);
    }
    Ok(())
}

/// Reads a piece now and then until the end, and leaves.
async fn slow(url: &str, clip: &Clip, number: usize, tally: &Tally) {
    tally.pause(SLOW_AFTER * number as u32).await;
    let mut client = connect(url).await;
    let request = get(&format!("/{}.csv", clip.slug));
    client.write_all(request.as_bytes()).await.unwrap();
    while !tally.is_over() {
        tally.count("pieces for slow readers", take(&mut client).await);
        tally.pause(SLOW_PAUSE).await;
    }
}

async fn take(client: &mut TcpStream) -> Result<(), String> {
    let mut piece = vec![0; PIECE];
    let taken = timeout(GONE_WITHIN, client.read_exact(&mut piece)).await;
    let taken = taken.map_err(|_| "nothing arrives")?;
    taken.map(drop).map_err(|error| error.to_string())
}
