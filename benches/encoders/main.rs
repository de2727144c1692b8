//! How fast each format is encoded from rows in memory, and how much that allocates: `cargo bench --bench encoders`.
//!
//! This includes decompressing the pages of the result, as for every response.

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
    let (places, _) = orders::result_with_places(&memory).expect("the rows fit into memory");
    let encode = |(format, rows): (Format, &Rows)| {
        runtime.block_on(encoded(format, rows, &summary, &memory))
    };
    let all = Format::ALL.into_iter();
    let cases = all.filter_map(|format| match format {
        Format::Sql => None,
        Format::Geojson => Some((format, "geojson", &places)),
        format => Some((format, format.extension(), &rows)),
    });
    let cases: Vec<_> = cases
        .chain([(Format::Json, "json of the rows of geojson", &places)])
        .collect();

    for (format, name, rows) in &cases {
        let before = Allocations::so_far();
        let spool = encode((*format, rows));
        let allocated = Allocations::so_far().since(before);
        println!(
            "{}: {} bytes; {:.2} allocations and {:.0} allocated bytes a row",
            name,
            spool.bytes(),
            per_row(allocated.count),
            per_row(allocated.bytes),
        );
    }

    let mut group = criterion.benchmark_group("encoders");
    group.throughput(Throughput::Elements(orders::ROWS));
    for (format, name, rows) in &cases {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| black_box(encode((*format, rows))));
        });
    }
    group.finish();
}

async fn encoded(format: Format, rows: &Rows, summary: &Summary, memory: &Memory) -> Spool {
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
    let (spool, _) = produced.await.expect("the rows can be encoded");
    spool
}

fn per_row(number: u64) -> f64 {
    number as f64 / orders::ROWS as f64
}
