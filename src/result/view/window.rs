//! A window over a finished result: the part of its matching rows that is shown.

use std::borrow::Cow;
use std::io;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::filter::Filter;
use super::sort::Sorting;
use crate::result::{Cell, Interrupted, Row, Rows, Sort};

/// A view that reads all rows uses one core, and memory for the sort keys: at most one per core runs at a time.
pub(super) static SCANS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));
/// A view that reads only the rows it shows is fast and does not wait for scans, but holds a decoded page.
static GLANCES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

/// Which rows to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// `None`: the result's own order.
    pub sort: Option<Sort>,
    /// Only rows with a cell that contains this text, ignoring case.
    pub filter: Option<String>,
    /// How many of the matching rows to skip.
    pub offset: u64,
    /// How many rows to show at most.
    pub limit: usize,
    /// The only column to return, counted from 0; `None`: all.
    pub column: Option<usize>,
    /// Cells are cut after this number of characters; `None`: not at all.
    pub cell_characters_max: Option<usize>,
    /// Rows that would exceed this many bytes of text are left out.
    pub bytes_max: Option<usize>,
}

/// The rows of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// One cell per column, or only the chosen one; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows match the filter in total.
    pub matching: u64,
}

impl Rows {
    /// The rows of a view, once the run has ended. A view that neither sorts nor filters decodes only the pages it
    /// shows; any other decodes all of them, one at a time, and keeps only the sort keys.
    pub async fn window(&self, view: &View) -> Result<Window, Interrupted> {
        self.finished().await?;
        let turn = match view {
            View {
                sort: None,
                filter: None,
                ..
            } => GLANCES.acquire().await,
            _ => SCANS.acquire().await,
        };
        let turn = turn.map_err(|_| Interrupted)?;
        let (rows, view) = (self.clone(), view.clone());
        let window = spawn_blocking(move || {
            let _turn = turn;
            rows.look(&view)
        });
        window.await.map_err(|_| Interrupted)?
    }

    fn look(&self, view: &View) -> Result<Window, Interrupted> {
        let filter = view.filter.as_deref();
        let filter = filter.and_then(|text| Filter::new(text, self.columns()));
        let (shown, matching) = if view.sort.is_none() && filter.is_none() {
            let count = self.page_ends().last().copied().unwrap_or(0);
            (view.part(0..count), count)
        } else {
            let numbers = self.numbers(view.sort, filter)?;
            (view.part(numbers.iter().copied()), numbers.len() as u64)
        };
        let fitting = match view.bytes_max {
            Some(bytes_max) => self.fitting(&shown, view, bytes_max)?,
            None => &shown,
        };
        Ok(Window {
            rows: self.pick(fitting, view)?,
            matching,
        })
    }

    /// The numbers, counted from 0, of all matching rows, in the order of the view.
    pub(super) fn numbers(
        &self,
        sort: Option<Sort>,
        filter: Option<Filter>,
    ) -> Result<Vec<u64>, Interrupted> {
        match sort {
            Some(sort) => {
                let mut sorting = Sorting::new(sort, self.columns());
                self.scan(filter, |number, row| sorting.append(number, row))?;
                Ok(sorting.finish())
            }
            None => {
                let mut numbers = Vec::new();
                self.scan(filter, |number, _| {
                    numbers.push(number);
                    Ok(())
                })?;
                Ok(numbers)
            }
        }
    }

    pub(super) fn scan(
        &self,
        mut filter: Option<Filter>,
        mut take: impl FnMut(u64, Row<'_>) -> io::Result<()>,
    ) -> Result<(), Interrupted> {
        let mut number = 0;
        let mut index = 0;
        while let Some(batch) = self.read_batch(index)? {
            for row in batch.rows() {
                let is_match = match &mut filter {
                    Some(filter) => filter.matches(row)?,
                    None => true,
                };
                if is_match {
                    take(number, row)?;
                }
                number += 1;
            }
            index = batch.next();
        }
        Ok(())
    }

    /// The longest prefix of these rows whose text fits into `bytes_max`.
    fn fitting<'a>(
        &self,
        numbers: &'a [u64],
        view: &View,
        bytes_max: usize,
    ) -> Result<&'a [u64], Interrupted> {
        let mut lengths = vec![0; numbers.len()];
        self.visit(numbers, |place, row| {
            view.cells(row, |cell| {
                lengths[place] += view.length(cell)?;
                Ok(())
            })
        })?;
        let mut bytes = 0;
        let fitting = lengths.iter().take_while(|length| {
            bytes += **length;
            bytes <= bytes_max
        });
        Ok(&numbers[..fitting.count()])
    }

    /// The rows with these numbers, in this order.
    pub(super) fn pick(
        &self,
        numbers: &[u64],
        view: &View,
    ) -> Result<Vec<Vec<Option<String>>>, Interrupted> {
        let mut picked = vec![Vec::new(); numbers.len()];
        self.visit(numbers, |place, row| {
            view.cells(row, |cell| {
                let text = view.text(cell)?;
                picked[place].push(text.map(|text| view.part_of(&text).to_owned()));
                Ok(())
            })
        })?;
        Ok(picked)
    }

    /// Calls `take` for each of these rows with its place among the numbers. Each batch is decoded only once.
    pub(super) fn visit(
        &self,
        numbers: &[u64],
        mut take: impl FnMut(usize, Row<'_>) -> io::Result<()>,
    ) -> Result<(), Interrupted> {
        let mut places: Vec<(u64, usize)> = numbers.iter().copied().zip(0..).collect();
        places.sort_unstable();
        for places in places.chunk_by(|one, next| self.batch_of(one.0) == self.batch_of(next.0)) {
            let (index, before) = self.batch_of(places[0].0);
            let batch = self.read_batch(index)?.ok_or(Interrupted)?;
            let rows: Vec<Row<'_>> = batch.rows().collect();
            for (number, place) in places {
                let row = rows.get((number - before) as usize).ok_or(Interrupted)?;
                take(*place, *row)?;
            }
        }
        Ok(())
    }
}

impl View {
    /// Passes the cells of a row that the view returns to `take`.
    fn cells(
        &self,
        row: Row<'_>,
        mut take: impl FnMut(Cell<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        match self.column {
            Some(column) => row.cell(column, take).map(|_| ()),
            None => row.cells(|_, cell| take(cell)),
        }
    }

    /// At least the part of a cell's text that the view returns.
    fn text<'cell>(&self, cell: Cell<'cell>) -> io::Result<Option<Cow<'cell, str>>> {
        // A character takes at most four bytes.
        let bytes = self.cell_characters_max.map(|max| max.saturating_mul(4));
        cell.beginning(bytes.unwrap_or(usize::MAX))
    }

    /// Of the part that the view returns. Does not hold all of a long cell.
    fn length(&self, cell: Cell<'_>) -> io::Result<usize> {
        if self.cell_characters_max.is_some() {
            let text = self.text(cell)?;
            return Ok(text.map_or(0, |text| self.part_of(&text).len()));
        }
        let mut bytes = 0;
        cell.pieces(|piece| {
            bytes += piece.len();
            Ok(())
        })?;
        Ok(bytes)
    }

    fn part_of<'cell>(&self, cell: &'cell str) -> &'cell str {
        let end = self
            .cell_characters_max
            .and_then(|characters| cell.char_indices().nth(characters));
        end.map_or(cell, |(end, _)| &cell[..end])
    }

    fn part(&self, numbers: impl Iterator<Item = u64>) -> Vec<u64> {
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        numbers.skip(offset).take(self.limit).collect()
    }
}

#[cfg(test)]
mod tests;
