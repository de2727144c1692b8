//! Many large results at once.

use std::fs;

use futures_util::future::join_all;

use crate::http::{ask, header};
use crate::live::{Site, is_kept};
use crate::support::{Client, Clip, Server};

const AT_ONCE: usize = 16;
const ROWS: usize = 25_000;
const ROW_BYTES: usize = 4_160;
const BOUND_MIB: u64 = 256;
/// For everything other than results and responses.
const BESIDE_MIB: u64 = 64;

/// Text of hash digits, which compresses to half its size at best.
async fn make_noise(server: &Server) {
    let sql = format!(
        "create table noise (n integer, text text);
         alter table noise alter column text set storage external;
         insert into noise
         select n, (select string_agg(md5(n || ' ' || part), '') from generate_series(1, {ROW_BYTES} / 32) as part)
         from generate_series(1, {ROWS}) as n;
         grant select on noise to reader"
    );
    server.superuser().await.batch_execute(&sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_results_of_100_mib_at_once_stay_within_the_bound_and_64_mib() {
    let site = Site::new()
        .await
        .with("DATACLIPS_MEMORY_MAX", &format!("{BOUND_MIB}MiB"))
        .with("DATACLIPS_CONNECTIONS_PER_DATABASE", "16");
    make_noise(&site.server).await;
    let (serving, ada) = site.serve();
    let mut clips = Vec::new();
    for number in 0..AT_ONCE {
        let sql = format!("select n + {number} as n, text from noise");
        clips.push(ada.create_clip(&sql).await);
    }
    let counts = join_all(clips.iter().map(|clip| count_bytes(&ada, clip))).await;
    for bytes in counts {
        assert!(bytes > 99 << 20, "{bytes} bytes");
    }
    for clip in &clips {
        is_kept(&ada, clip, 1).await;
    }
    let peak = peak_mib(serving.pid());
    assert!(
        peak <= BOUND_MIB + BESIDE_MIB,
        "{peak} MiB at a bound of {BOUND_MIB}"
    );
}

/// Reads a response as it arrives, and keeps none of it.
async fn count_bytes(visitor: &Client, clip: &Clip) -> usize {
    let mut answer = ask(visitor, clip, ".csv").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "x-dataclips-truncated"), "false");
    let mut bytes = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        bytes += chunk.len();
    }
    bytes
}

/// The most memory that a process ever had.
fn peak_mib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .unwrap();
    kib.parse::<u64>().unwrap() / 1024
}
