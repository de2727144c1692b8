//! The memory that results and responses in flight share.

use std::fs;
use std::time::Duration;

use dataclips::run::Limits;
use futures_util::future::join_all;
use serde_json::json;

use crate::cli::program::Program;
use crate::support::{Client, LIMITS, Server, empty_database, shared};

const AT_ONCE: usize = 16;
const ROWS: usize = 25_000;
const MIB: u64 = 1 << 20;
/// Beside the bound, each run and its encoder hold a page, its compressed form and a piece or two; allocators keep some
/// of what was freed.
const BESIDE_MIB: u64 = 96;

/// About 9 MiB of values that hardly compress, different for each number.
fn large(number: usize) -> String {
    let hash = format!("md5(n || 'salt {number}')");
    let columns = vec![hash; 11].join(" || ");
    format!("select n, {columns} as noise from generate_series(1, {ROWS}) as n")
}

#[tokio::test(flavor = "multi_thread")]
async fn results_in_flight_stay_within_the_limit_and_release_their_memory() {
    let bound = 16 * MIB;
    let limits = Limits {
        connections: AT_ONCE,
        ..LIMITS
    };
    let server = Server::with(limits, bound).await;
    let mut paths = Vec::new();
    for number in 0..AT_ONCE {
        let clip = server.create_clip(&large(number)).await;
        paths.push((clip.slug, ["csv", "json"][number % 2]));
    }
    let visitor = server.anonymous();
    let answers = join_all(
        paths
            .iter()
            .map(|(slug, format)| count_rows(&visitor, slug, format)),
    );
    let mut highest = 0;
    let counts = tokio::select! {
        counts = answers => counts,
        () = async {
            loop {
                highest = highest.max(server.memory.bytes_held());
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        } => Vec::new(),
    };
    assert_eq!(counts, vec![ROWS; AT_ONCE]);
    assert!(highest > bound / 2, "the bound was never near: {highest}");
    assert!(highest <= bound, "{highest} of {bound} bytes");
    // Half of it is for cached rows and responses.
    for _ in 0..500 {
        if server.memory.bytes_held() <= bound / 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} bytes are still held", server.memory.bytes_held());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_program_stays_near_the_bound() {
    let server = Server::start().await;
    let program = Program::on_store(&empty_database().await)
        .with("DATACLIPS_MEMORY_MAX", "32MiB")
        .with("DATACLIPS_CONNECTIONS_PER_DATABASE", "16");
    program.done(
        &["user", "add", "ada@example.com", "--role", "administrator"],
        "correct horse",
    );
    let token = program.done(&["token", "add", "ada@example.com", "--name", "t"], "");
    program.done(
        &["database", "add", "data"],
        &shared().socket_url("reader", &server.data),
    );
    let serving = program.serve();
    let ada = serving.client(&token);
    let mut clips = Vec::new();
    for number in 0..AT_ONCE {
        clips.push(ada.create_clip(&large(number)).await.slug);
    }
    let warm = ada.create_clip("select 1 as one").await.slug;
    ada.get(&format!("/{warm}.json")).await;
    let idle = peak_kib(serving.pid());
    for format in ["csv", "json", "xml"] {
        let counts = join_all(clips.iter().map(|slug| count_rows(&ada, slug, format))).await;
        assert_eq!(counts, vec![ROWS; AT_ONCE], "{format}");
    }
    let grown = (peak_kib(serving.pid()) - idle) / 1024;
    assert!(
        grown <= 32 + BESIDE_MIB,
        "{grown} MiB above the idle server"
    );
}

/// Reads a response as it arrives, and keeps none of it.
async fn count_rows(visitor: &Client, slug: &str, format: &str) -> usize {
    let mut answer = visitor.get(&format!("/{slug}.{format}")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["x-dataclips-rows"],
        *json!(ROWS).to_string()
    );
    let mark = match format {
        "csv" => b'\n',
        "json" => b'[',
        _ => b'/',
    };
    let mut marks = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        marks += chunk.iter().filter(|byte| **byte == mark).count();
    }
    match format {
        "csv" => marks - 1,
        // `fields`, `types`, `type_names` and `values` have one each.
        "json" => marks - 4,
        // A row has three end tags; the rest of the document has five slashes.
        _ => (marks - XML_SLASHES) / 3,
    }
}

const XML_SLASHES: usize = 5;

/// The most memory that a process ever had, in KiB.
fn peak_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .unwrap();
    kib.parse().unwrap()
}
