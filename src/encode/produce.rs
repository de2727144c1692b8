//! The one producer: follows the rows of a result while they arrive, and prints them as they come.
//!
//! No thread is held while waiting. What is printed goes through its coding to a spool, within the memory bound.

use std::future::{Future, ready};
use std::io;
use std::mem;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::coding::{Coder, Coding};
use super::csv::Csv;
use super::html::Html;
use super::json::{Objects, Table};
use super::ndjson::Ndjson;
use super::xlsx::Xlsx;
use super::xml::Xml;
use super::{Caption, Encoder, Format, Options, Shape};
use crate::result::{Interrupted, Memory, Page, Rows, Spool, Summary};

/// Bytes after which a piece goes to the spool.
const PIECE_BYTES: usize = 64 << 10;

/// As many pages are printed at once as there are cores: more would only take more memory.
static PRINTERS: LazyLock<Semaphore> = LazyLock::new(one_a_core);
/// Workbooks take much more of a core than all else, which shall not wait for them.
static WORKBOOKS: LazyLock<Semaphore> = LazyLock::new(one_a_core);

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure<E> {
    /// What the run said.
    Run(E),
    /// The rows are there, but could not be printed: a full disk, or more rows than an Excel sheet holds
    /// (`ErrorKind::FileTooLarge`, with a sentence for the visitor).
    Encode(io::Error),
}

/// The whole answer, coded, and the facts of its result, once `ending` has told how the run ended.
///
/// `ending` may be what drives the run, or only wait for it. Dropped before its end, this leaves nothing behind.
pub async fn produce<E>(
    rows: Rows,
    format: Format,
    options: Options,
    caption: Caption,
    coding: Coding,
    ending: impl Future<Output = Result<Summary, E>>,
    memory: &Memory,
) -> Result<(Spool, Summary), Failure<E>> {
    let coder = Coder::new(coding).map_err(Failure::Encode)?;
    let encoder: Box<dyn Encoder> = match format {
        Format::Csv => Box::new(Csv::with_commas(options)),
        Format::Tsv => Box::new(Csv::with_tabs(options)),
        Format::Json => match options.shape {
            Shape::Table => Box::new(Table::new(caption)),
            Shape::Objects => Box::new(Objects::new()),
        },
        Format::Ndjson => Box::new(Ndjson::new()),
        Format::Html => Box::new(Html::new(caption)),
        Format::Xml => {
            let summary = ending.await.map_err(Failure::Run)?;
            let xml = Box::new(Xml::new(caption, summary.clone()));
            let work = Work::new(xml, coder, memory, &PRINTERS);
            return follow(rows, work, ready(Ok(summary))).await;
        }
        Format::Xlsx => {
            let workbook = Xlsx::new(caption).map_err(Failure::Encode)?;
            let work = Work::new(Box::new(workbook), coder, memory, &WORKBOOKS);
            return follow(rows, work, ending).await;
        }
    };
    let work = Work::new(encoder, coder, memory, &PRINTERS);
    follow(rows, work, ending).await
}

/// Prints page after page beside the run, and the end when both are done.
async fn follow<E>(
    rows: Rows,
    work: Work,
    ending: impl Future<Output = Result<Summary, E>>,
) -> Result<(Spool, Summary), Failure<E>> {
    let pages = async { print_pages(&rows, work).await.map_err(Failure::Encode) };
    let ending = async { ending.await.map_err(Failure::Run) };
    let (work, summary) = tokio::try_join!(pages, ending)?;
    let Some(work) = work else {
        let error =
            io::Error::other("the run ended well, but its rows could not be read to their end");
        return Err(Failure::Encode(error));
    };
    let facts = summary.clone();
    let work = work
        .step(move |work| work.finish(&facts))
        .await
        .map_err(Failure::Encode)?;
    Ok((work.spool, summary))
}

/// `None` where the run ended before its rows did: then the run knows why.
async fn print_pages(rows: &Rows, mut work: Work) -> io::Result<Option<Work>> {
    work.encoder.begin(rows.columns(), &mut work.printed)?;
    for index in 0.. {
        match rows.page(index).await {
            Ok(Some(page)) => work = work.step(move |work| work.print(&page)).await?,
            Ok(None) => break,
            Err(Interrupted) => return Ok(None),
        }
    }
    Ok(Some(work))
}

/// An encoder and what it has printed, moved to a blocking thread for each step and back.
struct Work {
    encoder: Box<dyn Encoder>,
    printed: Vec<u8>,
    coder: Coder,
    spool: Spool,
    turns: &'static Semaphore,
}

impl Work {
    fn new(
        encoder: Box<dyn Encoder>,
        coder: Coder,
        memory: &Memory,
        turns: &'static Semaphore,
    ) -> Self {
        Self {
            encoder,
            printed: Vec::new(),
            coder,
            spool: Spool::new(memory),
            turns,
        }
    }

    /// A panic in a step is an error too: the workbook's library panics when it cannot write its temporary file.
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

    fn print(&mut self, page: &Page) -> io::Result<()> {
        for row in page.rows() {
            self.encoder.row(row, &mut self.printed)?;
            if self.printed.len() >= PIECE_BYTES {
                self.code()?;
            }
        }
        Ok(())
    }

    fn code(&mut self) -> io::Result<()> {
        self.coder.append(&mut self.printed)?;
        self.printed.shrink_to(2 * PIECE_BYTES);
        match self.coder.coded() {
            coded if coded.len() < PIECE_BYTES => Ok(()),
            coded => {
                let coded = mem::take(coded);
                self.append(coded)
            }
        }
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        self.encoder.finish(summary, &mut self.printed)?;
        self.coder.append(&mut self.printed)?;
        let coded = self.coder.finish()?;
        self.append(coded)
    }

    fn append(&mut self, mut coded: Vec<u8>) -> io::Result<()> {
        if coded.len() > 2 * PIECE_BYTES {
            return coded
                .chunks(PIECE_BYTES)
                .try_for_each(|piece| self.spool.append(piece.to_vec()));
        }
        coded.shrink_to_fit();
        self.spool.append(coded)
    }
}

fn one_a_core() -> Semaphore {
    Semaphore::new(available_parallelism().map_or(1, usize::from))
}
