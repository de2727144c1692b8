//! The producer: follows the rows of a result and encodes them as they arrive.
//!
//! No thread is blocked while waiting. The output is compressed and goes to a spool, within the memory limit.

use std::future::{Future, ready};
use std::io;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::coding::Coding;
use super::csv::Csv;
use super::html::Html;
use super::json::features::Features;
use super::json::ndjson::Ndjson;
use super::json::{Objects, Table};
use super::markdown::Markdown;
use super::output::Output;
#[cfg(feature = "parquet")]
use super::parquet::Parquet;
use super::unfit::Unfit;
use super::xlsx::Xlsx;
use super::xml::Xml;
use super::{Caption, Encoder, Format, Options, Shape};
use crate::result::{Batch, Interrupted, Memory, Rows, Spool, Summary};

/// At most one batch of rows per core is encoded at a time: more would only take more memory.
static ENCODERS: LazyLock<Semaphore> = LazyLock::new(one_per_core);
/// Workbooks take much longer than other formats, which should not wait for them.
static WORKBOOKS: LazyLock<Semaphore> = LazyLock::new(one_per_core);
/// A Parquet file takes several megabytes until it is complete. So this many are encoded while their rows arrive, however long that
/// takes; the others wait until all their rows have arrived, and are then encoded one per core.
#[cfg(feature = "parquet")]
static PARQUET_STREAMS: Semaphore = Semaphore::const_new(4);
#[cfg(feature = "parquet")]
static PARQUET_FILES: LazyLock<Semaphore> = LazyLock::new(one_per_core);

/// Why there is no output.
#[derive(Debug)]
pub enum Failure<E> {
    /// The run failed.
    Run(E),
    /// The format cannot hold what the query returns. A sentence for the visitor.
    Unfit(String),
    /// The rows arrived, but could not be encoded: a full disk, or more rows than an Excel sheet holds
    /// (`ErrorKind::FileTooLarge`, with a sentence for the visitor).
    Encode(io::Error),
}

/// The whole output, compressed, and the facts of its result, once `ending` has resolved.
///
/// `ending` may drive the run or only wait for it. If the returned future is dropped, nothing is left behind.
pub async fn produce<E>(
    rows: Rows,
    format: Format,
    options: Options,
    caption: Caption,
    coding: Coding,
    ending: impl Future<Output = Result<Summary, E>>,
    memory: &Memory,
) -> Result<(Spool, Summary), Failure<E>> {
    let out = Output::new(coding, memory).map_err(Failure::Encode)?;
    let encoder: Box<dyn Encoder> = match format {
        Format::Csv => Box::new(Csv::new(options)),
        Format::Tsv => Box::new(Csv::with_tabs(options)),
        Format::Json => match options.shape {
            Shape::Table => Box::new(Table::new(caption)),
            Shape::Objects => Box::new(Objects::new()),
        },
        Format::Ndjson => Box::new(Ndjson::new()),
        Format::Geojson => Box::new(Features::new()),
        Format::Markdown => Box::<Markdown>::default(),
        Format::Html => Box::new(Html::new(caption)),
        Format::Sql => return Err(Failure::Encode(io::Error::other("a query has no rows"))),
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let work = Work::new(Box::new(Parquet::new(caption)), out, &ENCODERS);
            if let Ok(_turn) = PARQUET_STREAMS.try_acquire() {
                return follow(rows, work, memory, ending).await;
            }
            let summary = ending.await.map_err(Failure::Run)?;
            let turn = PARQUET_FILES.acquire().await;
            let _turn = turn.map_err(|error| Failure::Encode(io::Error::other(error)))?;
            return follow(rows, work, memory, ready(Ok(summary))).await;
        }
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => {
            return Err(Failure::Encode(io::Error::other("Parquet is not built in")));
        }
        Format::Xml => {
            let summary = ending.await.map_err(Failure::Run)?;
            let xml = Box::new(Xml::new(caption, summary.clone()));
            let work = Work::new(xml, out, &ENCODERS);
            return follow(rows, work, memory, ready(Ok(summary))).await;
        }
        Format::Xlsx => {
            let work = Work::new(Box::new(Xlsx::new(caption)), out, &WORKBOOKS);
            return follow(rows, work, memory, ending).await;
        }
    };
    let work = Work::new(encoder, out, &ENCODERS);
    follow(rows, work, memory, ending).await
}

impl<E> Failure<E> {
    fn of_encoder(error: io::Error) -> Self {
        match Unfit::from_error(error) {
            Ok(sentence) => Self::Unfit(sentence),
            Err(error) => Self::Encode(error),
        }
    }
}

/// Encodes batch after batch while the run goes on. Once all rows and the run are done, encodes the end.
async fn follow<E>(
    rows: Rows,
    work: Work,
    memory: &Memory,
    ending: impl Future<Output = Result<Summary, E>>,
) -> Result<(Spool, Summary), Failure<E>> {
    let batches = async {
        encode_rows(&rows, work, memory)
            .await
            .map_err(Failure::of_encoder)
    };
    let ending = async { ending.await.map_err(Failure::Run) };
    let (work, summary) = tokio::try_join!(batches, ending)?;
    let Some(work) = work else {
        let error =
            io::Error::other("the run ended well, but its rows could not be read to their end");
        return Err(Failure::Encode(error));
    };
    let facts = summary.clone();
    let work = work.step(move |work| {
        work.encoder.finish(&facts, &mut work.out)?;
        work.out.finish()
    });
    let work = work.await.map_err(Failure::Encode)?;
    Ok((work.out.into_spool(), summary))
}

/// `None` if the run ended before all rows arrived; the run's outcome has the reason.
async fn encode_rows(rows: &Rows, mut work: Work, memory: &Memory) -> io::Result<Option<Work>> {
    loop {
        let Some(mut encoded) = encode_batches(rows, work).await? else {
            return Ok(None);
        };
        let Some(encoder) = encoded.encoder.again() else {
            return Ok(Some(encoded));
        };
        let out = Output::new(encoded.out.coding(), memory)?;
        work = Work::new(encoder, out, encoded.turns);
    }
}

async fn encode_batches(rows: &Rows, mut work: Work) -> io::Result<Option<Work>> {
    work.encoder.begin(rows.columns(), &mut work.out)?;
    let mut index = 0;
    loop {
        match rows.batch(index).await {
            Ok(Some(batch)) => {
                index = batch.next();
                work = work.step(move |work| work.encode(&batch)).await?;
            }
            Ok(None) => break,
            Err(Interrupted) => return Ok(None),
        }
    }
    Ok(Some(work))
}

/// An encoder and its output, moved to a blocking thread for each step and back.
struct Work {
    encoder: Box<dyn Encoder>,
    out: Output,
    turns: &'static Semaphore,
}

impl Work {
    fn new(encoder: Box<dyn Encoder>, out: Output, turns: &'static Semaphore) -> Self {
        Self {
            encoder,
            out,
            turns,
        }
    }

    /// A panic in a step becomes an error too.
    async fn step(
        mut self,
        step: impl FnOnce(&mut Self) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let turn = self.turns.acquire().await.map_err(io::Error::other)?;
        let done = spawn_blocking(move || {
            let _turn = turn;
            step(&mut self).map(|()| self)
        });
        done.await.map_err(io::Error::other)?
    }

    fn encode(&mut self, batch: &Batch) -> io::Result<()> {
        for row in batch.rows() {
            self.encoder.row(row, &mut self.out)?;
            self.out.pass_on()?;
        }
        Ok(())
    }
}

fn one_per_core() -> Semaphore {
    Semaphore::new(available_parallelism().map_or(1, usize::from))
}
