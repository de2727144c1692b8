//! How fast each format is printed from rows in memory, and what that allocates: `cargo bench --bench encoders`.
//!
//! Decompressing the pages of the result is part of it, as it is for every answer.

#![expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]

mod allocations;
mod orders;

use std::future::ready;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dataclips::encode::{Caption, Coding, Format, Options, produce};
use dataclips::result::{Memory, Rows, Spool, Summary};
use tokio::runtime::Runtime;

use allocations::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MEMORY_BYTES: u64 = 1 << 30;

criterion_group!(benches, encoders);
criterion_main!(benches);

fn encoders(criterion: &mut Criterion) {
    let memory = Memory::new(MEMORY_BYTES);
    let runtime = Runtime::new().expect("a runtime starts");
    let (rows, summary) = orders::result(&memory).expect("the rows fit into memory");
    let print = |format| runtime.block_on(printed(format, &rows, &summary, &memory));

    for format in Format::ALL {
        let before = Allocations::so_far();
        let spool = print(format);
        let asked = Allocations::so_far().since(before);
        println!(
            "{}: {} bytes; {:.2} allocations and {:.0} allocated bytes a row",
            format.name(),
            spool.bytes(),
            per_row(asked.count),
            per_row(asked.bytes),
        );
    }

    let mut group = criterion.benchmark_group("encoders");
    group.throughput(Throughput::Elements(orders::ROWS));
    for format in Format::ALL {
        group.bench_function(format.extension(), |bencher| {
            bencher.iter(|| black_box(print(format)));
        });
    }
    group.finish();
}

async fn printed(format: Format, rows: &Rows, summary: &Summary, memory: &Memory) -> Spool {
    let caption = Caption {
        title: "Orders".to_owned(),
        version: Some(1),
        url: Some("https://example.com/abc".to_owned()),
        sql: Some("select * from orders".to_owned()),
    };
    let ending = ready(Ok::<_, String>(summary.clone()));
    let coding = Coding::Identity;
    let produced = produce(
        rows.clone(),
        format,
        Options::default(),
        caption,
        coding,
        ending,
        memory,
    );
    let (spool, _) = produced.await.expect("the rows can be printed");
    spool
}

fn per_row(number: u64) -> f64 {
    number as f64 / orders::ROWS as f64
}
