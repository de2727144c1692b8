//! Whole columns of a result as JSON, for a chart: each value as PostgreSQL's text.

use std::io;
use std::mem;

use super::cell::json_string::{write_long_string, write_string};
use super::cell::value::{boolean_word, booleans};
use super::coding::Coding;
use super::output::Output;
use crate::result::{Cell, Column, Interrupted, Memory, Row, Rows, Spool};

/// One column while it is being encoded.
struct ColumnEncoder {
    /// Counted from 0.
    index: usize,
    is_boolean: bool,
    is_empty: bool,
    out: Output,
}

/// Encodes each of these columns as `["a",null]`, with booleans as words, as in CSV. The output counts against the
/// memory limit.
pub async fn write_columns(
    rows: &Rows,
    indexes: &[usize],
    memory: &Memory,
) -> Result<Vec<Spool>, Interrupted> {
    let booleans = booleans(rows.columns());
    let encoders = indexes.iter().map(|index| {
        Ok(ColumnEncoder {
            index: *index,
            is_boolean: booleans.get(*index).copied().unwrap_or_default(),
            is_empty: true,
            out: Output::new(Coding::Identity, memory)?,
        })
    });
    let encoders: Vec<ColumnEncoder> = encoders.collect::<io::Result<_>>()?;
    let encoders = rows.fold(encoders, |encoders, row| {
        encoders
            .iter_mut()
            .try_for_each(|encoder| encoder.append(row))
    });
    let spools = encoders.await?.into_iter().map(ColumnEncoder::finish);
    Ok(spools.collect::<io::Result<_>>()?)
}

/// Encodes the cells of one column that have been picked already, in the same form.
pub fn write_cells(
    column: &Column,
    cells: impl IntoIterator<Item = Option<String>>,
    memory: &Memory,
) -> io::Result<Spool> {
    let is_boolean = booleans(std::slice::from_ref(column)).contains(&true);
    let mut out = Output::new(Coding::Identity, memory)?;
    out.buffer().push(b'[');
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.buffer().push(b',');
        }
        match cell {
            None => write_null(&mut out)?,
            Some(text) if is_boolean => write_string(boolean_word(&text), out.buffer())?,
            Some(text) => write_string(&text, out.buffer())?,
        }
        out.pass_on()?;
    }
    out.buffer().push(b']');
    out.finish()?;
    Ok(out.into_spool())
}

impl ColumnEncoder {
    fn append(&mut self, row: Row<'_>) -> io::Result<()> {
        let out = &mut self.out;
        let is_first = mem::take(&mut self.is_empty);
        out.buffer().push(if is_first { b'[' } else { b',' });
        let written = row.cell(self.index, |cell| match cell {
            Cell::Null => write_null(out),
            Cell::Text(text) if self.is_boolean => write_string(boolean_word(text), out.buffer()),
            Cell::Text(text) => write_string(text, out.buffer()),
            cell @ Cell::Long(_) => write_long_string(cell, out),
        })?;
        if written.is_none() {
            write_null(out)?;
        }
        out.pass_on()
    }

    fn finish(mut self) -> io::Result<Spool> {
        if self.is_empty {
            self.out.buffer().push(b'[');
        }
        self.out.buffer().push(b']');
        self.out.finish()?;
        Ok(self.out.into_spool())
    }
}

fn write_null(out: &mut Output) -> io::Result<()> {
    out.buffer().extend_from_slice(b"null");
    Ok(())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]
mod tests {
    use super::*;

    fn column(name: &str, type_oid: u32) -> Column {
        Column {
            name: name.to_owned(),
            type_oid,
            type_name: if type_oid == 16 { "bool" } else { "text" }.to_owned(),
            element_oid: None,
            ..Column::default()
        }
    }

    fn read(spool: &Spool) -> String {
        let pieces = spool.pieces(0..spool.bytes());
        let bytes = pieces.flat_map(|piece| piece.unwrap()).collect();
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn columns_are_arrays_of_texts_in_the_order_asked_for() {
        let memory = Memory::new(1 << 20);
        let columns = vec![column("a", 25), column("b", 16), column("c", 25)];
        let (mut writer, rows) = Rows::new(columns, &memory);
        for row in [
            [Some("\"1\"\n"), Some("t"), None],
            [Some(""), None, Some("größe")],
        ] {
            writer.append(row.into_iter()).unwrap();
        }
        writer.finish(None).unwrap();
        let spools = write_columns(&rows, &[2, 1, 0, 0], &memory).await.unwrap();
        let texts: Vec<String> = spools.iter().map(read).collect();
        let first = r#"["\"1\"\n",""]"#;
        assert_eq!(
            texts,
            [r#"[null,"größe"]"#, r#"["true",null]"#, first, first]
        );
    }

    #[test]
    fn picked_cells_have_the_same_form() {
        let memory = Memory::new(1 << 20);
        let cells = |cells: [Option<&str>; 3]| cells.map(|cell| cell.map(str::to_owned));
        let texts = write_cells(
            &column("a", 25),
            cells([Some("\"1\"\n"), None, Some("")]),
            &memory,
        );
        assert_eq!(read(&texts.unwrap()), r#"["\"1\"\n",null,""]"#);
        let words = write_cells(
            &column("b", 16),
            cells([Some("t"), Some("f"), None]),
            &memory,
        );
        assert_eq!(read(&words.unwrap()), r#"["true","false",null]"#);
        let none = write_cells(&column("a", 25), None, &memory);
        assert_eq!(read(&none.unwrap()), "[]");
    }

    #[tokio::test]
    async fn no_rows_are_empty_arrays() {
        let memory = Memory::new(1 << 20);
        let (writer, rows) = Rows::new(vec![column("a", 25)], &memory);
        writer.finish(None).unwrap();
        let spools = write_columns(&rows, &[0], &memory).await.unwrap();
        assert_eq!(read(&spools[0]), "[]");
    }

    #[tokio::test]
    async fn encoded_columns_count_against_the_memory_limit_until_they_are_dropped() {
        let memory = Memory::new(1 << 20);
        let (mut writer, rows) = Rows::new(vec![column("a", 25)], &memory);
        let text = "x".repeat(1_000);
        for _ in 0..2_000 {
            writer.append([Some(text.as_str())].into_iter()).unwrap();
        }
        writer.finish(None).unwrap();
        let before = memory.bytes_held();
        let spools = write_columns(&rows, &[0], &memory).await.unwrap();
        assert!(memory.bytes_held() > before && memory.bytes_held() < before + spools[0].bytes());
        assert_eq!(read(&spools[0]).len(), 2_000 * 1_003 + 1);
        drop(spools);
        assert_eq!(memory.bytes_held(), before);
    }
}
