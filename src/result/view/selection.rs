//! A selection: the rows of a result that match a filter, in a view's order, as rows of their own.

use std::io;

use tokio::task::spawn_blocking;

use super::filter::Filter;
use super::sort::Sort;
use super::window::{SCANS, View};
use crate::result::{AppendError, Cell, Checksum, Cut, Interrupted, Memory, Row, Rows, Writer};

/// Sorted rows are copied in steps: each decodes all pages that it needs, and holds this much text.
const STEP_BYTES: usize = 4 << 20;

/// Which rows, and in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub sort: Option<Sort>,
    /// As in [`View`].
    pub filter: Option<String>,
}

impl Rows {
    /// The selected rows and the checksum of their data, once the run has ended. `truncated` says whether the result was.
    pub async fn select(
        &self,
        selection: &Selection,
        truncated: Option<Cut>,
        memory: &Memory,
    ) -> Result<(Rows, Checksum), Interrupted> {
        self.finished().await?;
        let turn = SCANS.acquire().await.map_err(|_| Interrupted)?;
        let (rows, selection) = (self.clone(), selection.clone());
        let (mut writer, selected) = Rows::new(self.columns().to_vec(), memory);
        let written = spawn_blocking(move || {
            let _turn = turn;
            rows.write_selection(&selection, &mut writer)?;
            writer.finish(truncated).map_err(|_| Interrupted)
        });
        let checksum = written.await.map_err(|_| Interrupted)??;
        Ok((selected, checksum))
    }

    fn write_selection(
        &self,
        selection: &Selection,
        writer: &mut Writer,
    ) -> Result<(), Interrupted> {
        let filter = selection.filter.as_deref();
        let filter = filter.and_then(|text| Filter::new(text, self.columns()));
        let numbers = self.numbers(selection.sort, filter)?;
        let lengths = self.lengths(&numbers)?;
        let mut rest = &numbers[..];
        let mut lengths = &lengths[..];
        while !rest.is_empty() {
            let count = step(lengths);
            self.copy(&rest[..count], writer)?;
            (rest, lengths) = (&rest[count..], &lengths[count..]);
        }
        Ok(())
    }

    /// Bytes of text of each of these rows.
    fn lengths(&self, numbers: &[u64]) -> Result<Vec<usize>, Interrupted> {
        let mut lengths = vec![0; numbers.len()];
        self.visit(numbers, |place, row| {
            lengths[place] = length(row)?;
            Ok(())
        })?;
        Ok(lengths)
    }

    /// A lone row may be longer than a step; it is copied in parts.
    fn copy(&self, numbers: &[u64], writer: &mut Writer) -> Result<(), Interrupted> {
        if numbers.len() == 1 {
            return self.visit(numbers, |_, row| copy_row(row, writer));
        }
        for row in self.pick(numbers, &View::default())? {
            let cells = row.iter().map(Option::as_deref);
            writer.append(cells).map_err(|_| Interrupted)?;
        }
        Ok(())
    }
}

/// How many of the next rows fit into a step: at least one.
fn step(lengths: &[usize]) -> usize {
    let mut bytes = 0;
    let fitting = lengths.iter().take_while(|length| {
        bytes += **length;
        bytes <= STEP_BYTES
    });
    fitting.count().max(1)
}

fn length(row: Row<'_>) -> io::Result<usize> {
    let mut bytes = 0;
    row.cells(|_, cell| {
        cell.pieces(|piece| {
            bytes += piece.len();
            Ok(())
        })
    })?;
    Ok(bytes)
}

fn copy_row(row: Row<'_>, writer: &mut Writer) -> io::Result<()> {
    writer.begin_row(length(row)?).map_err(failed)?;
    row.cells(|_, cell| {
        if matches!(cell, Cell::Null) {
            writer.append_null();
            return Ok(());
        }
        cell.pieces(|piece| writer.append_part(piece.as_bytes()).map_err(failed))?;
        writer.end_cell();
        Ok(())
    })?;
    writer.end_row().map_err(failed)
}

fn failed(_: AppendError) -> io::Error {
    io::Error::other("the selected rows cannot be kept")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]
mod tests {
    use super::*;
    use crate::result::{Column, Direction};

    /// Three batches of numbers, some with a text that is longer than a page's part.
    fn rows(memory: &Memory, count: usize) -> Rows {
        let column = |name: &str, oid| Column {
            name: name.to_owned(),
            type_oid: oid,
            type_name: "any".to_owned(),
            ..Column::default()
        };
        let columns = vec![column("n", 23), column("t", 25)];
        let (mut writer, rows) = Rows::with_parts(columns, memory, 1 << 10);
        for number in 0..count {
            let text = match number % 7 {
                0 => None,
                1 => Some("long ".repeat(1_000)),
                _ => Some(format!("row {number}")),
            };
            let number = ((number * 7_919) % count).to_string();
            let cells = [Some(number.as_str()), text.as_deref()];
            writer.append(cells.into_iter()).unwrap();
        }
        writer.finish(None).unwrap();
        rows
    }

    async fn all(
        rows: &Rows,
        sort: Option<Sort>,
        filter: Option<&str>,
    ) -> Vec<Vec<Option<String>>> {
        let view = View {
            sort,
            filter: filter.map(str::to_owned),
            limit: usize::MAX,
            ..View::default()
        };
        rows.window(&view).await.unwrap().rows
    }

    #[tokio::test]
    async fn a_selection_holds_the_rows_of_the_view_in_its_order() {
        let memory = Memory::new(64 << 20);
        let rows = rows(&memory, 3_000);
        let sort = |direction| {
            Some(Sort {
                column: 0,
                direction,
            })
        };
        for (sort, filter) in [
            (None, Some("row 1")),
            (sort(Direction::Ascending), None),
            (sort(Direction::Descending), Some("LONG")),
            (None, Some("nowhere")),
        ] {
            let selection = Selection {
                sort,
                filter: filter.map(str::to_owned),
            };
            let (selected, _) = rows.select(&selection, None, &memory).await.unwrap();
            let expected = all(&rows, sort, filter).await;
            assert_eq!(selected.rows_so_far(), expected.len() as u64);
            assert_eq!(all(&selected, None, None).await, expected, "{selection:?}");
        }
    }

    #[tokio::test]
    async fn equal_selections_have_equal_checksums() {
        let memory = Memory::new(64 << 20);
        let rows = rows(&memory, 700);
        let checksum = async |filter: &str| {
            let selection = Selection {
                sort: None,
                filter: Some(filter.to_owned()),
            };
            let selected = rows.select(&selection, None, &memory).await;
            selected.unwrap().1.to_string()
        };
        assert_eq!(checksum("row 1").await, checksum("ROW 1").await);
        assert_ne!(checksum("row 1").await, checksum("row 2").await);
    }
}
