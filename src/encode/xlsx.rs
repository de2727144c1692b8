//! An Excel workbook: the rows are on the sheet “Data”, the facts about them on the sheet “About”.
//!
//! Rows are written to a temporary file as they arrive; the file is compressed at the end. Equal results give equal bytes.

use std::io;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::cell::value::{Kind, Scalar};
use super::excel::{Cell, cut};
use super::output::Output;
use super::sheet::{Styles, column_width, width_of, write_cell};
use super::{Caption, Encoder};
use crate::result::{Column, Cut, Row, Summary};

/// Excel's limit, not counting the header.
const ROWS_MAX: u32 = 1_048_575;
/// Takes a quarter less time than the library's default of 6, for a tenth more bytes.
const ZIP_LEVEL: u8 = 3;
/// Of a long cell this much is looked at: more than a cell holds.
const BEGINNING_BYTES: usize = 256 << 10;
/// Column widths are measured on this many rows.
const MEASURED_ROWS: u32 = 200;

pub(super) struct Xlsx {
    caption: Caption,
    workbook: Workbook,
    styles: Styles,
    kinds: Vec<Kind>,
    widths: Vec<usize>,
    rows: u32,
    cut_cells: u64,
}

impl Xlsx {
    /// Opens a temporary file.
    pub(super) fn new(caption: Caption) -> io::Result<Self> {
        let mut workbook = Workbook::new();
        workbook.set_zip_compression_level(ZIP_LEVEL);
        workbook
            .add_worksheet_with_constant_memory()
            .and_then(|sheet| sheet.set_name("Data"))
            .map_err(into_io)?;
        Ok(Self {
            caption,
            workbook,
            styles: Styles::new(),
            kinds: Vec::new(),
            widths: Vec::new(),
            rows: 0,
            cut_cells: 0,
        })
    }

    fn write_header(&mut self, columns: &[Column]) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        sheet.set_freeze_panes(1, 0)?;
        for (index, (column, kind)) in (0..).zip(columns.iter().zip(&self.kinds)) {
            let name = if *kind == Kind::Scalar(Scalar::Timestamptz) {
                format!("{} (UTC)", column.name)
            } else {
                column.name.clone()
            };
            // Room for the filter's button.
            self.widths.push(name.chars().count() + 3);
            sheet.write_string_with_format(0, index, name, &self.styles.header)?;
        }
        Ok(())
    }

    fn write_row(&mut self, row: Row<'_>) -> io::Result<()> {
        let sheet = self.workbook.worksheet_from_index(0).map_err(into_io)?;
        row.cells(|index, cell| {
            let Some(text) = cell.beginning(BEGINNING_BYTES)? else {
                return Ok(());
            };
            let cell = Cell::new(&text, self.kinds[index]);
            if self.rows <= MEASURED_ROWS {
                let width = &mut self.widths[index];
                *width = (*width).max(width_of(&cell, &text));
            }
            let was_cut = write_cell(sheet, self.rows, index as u16, cell, &self.styles);
            if was_cut.map_err(into_io)? {
                self.cut_cells += 1;
            }
            Ok(())
        })
    }

    fn pack(&mut self, summary: &Summary, out: &mut Output) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (index, width) in (0..).zip(&self.widths) {
            sheet.set_column_width(index, column_width(*width))?;
        }
        if let Some(last_column) = self.widths.len().checked_sub(1) {
            sheet.autofilter(0, 0, self.rows, last_column as u16)?;
        }
        self.write_about(summary)?;
        let properties = DocProperties::new()
            .set_title(cut(&self.caption.title))
            .set_creation_datetime(&ExcelDateTime::from_timestamp(
                summary.finished_at.as_second(),
            )?);
        self.workbook.set_properties(&properties);
        self.workbook.save_to_writer(out)
    }

    fn write_about(&mut self, summary: &Summary) -> Result<(), XlsxError> {
        let sheet = self.workbook.add_worksheet();
        sheet
            .set_name("About")?
            .set_column_width(0, 18)?
            .set_column_width(1, 80)?;
        let mut row = 0;
        let mut line = |label: &str, cell: Cell<'_>| -> Result<(), XlsxError> {
            sheet.write_string_with_format(row, 0, label, &self.styles.header)?;
            write_cell(sheet, row, 1, cell, &self.styles)?;
            row += 1;
            Ok(())
        };
        line("Title", Cell::Text(&self.caption.title))?;
        if let Some(url) = &self.caption.url {
            line("URL", Cell::Text(url))?;
        }
        if let Some(version) = self.caption.version {
            line("Version", Cell::Number(version.into()))?;
            line("Result", Cell::Number(summary.number.into()))?;
        }
        line("Started (UTC)", Cell::at(summary.started_at))?;
        line("Finished (UTC)", Cell::at(summary.finished_at))?;
        line("Rows", Cell::Number(summary.rows as f64))?;
        line("Truncated", Cell::Text(truncation(summary.truncated)))?;
        if self.cut_cells > 0 {
            let note = format!(
                "{}, at the 32,767 characters that Excel allows; they end with …",
                self.cut_cells
            );
            line("Cells cut", Cell::Text(&note))?;
        }
        if let Some(sql) = &self.caption.sql {
            line("SQL", Cell::Text(sql))?;
        }
        Ok(())
    }
}

impl Encoder for Xlsx {
    fn begin(&mut self, columns: &[Column], _: &mut Output) -> io::Result<()> {
        self.kinds = Kind::all(columns);
        self.write_header(columns).map_err(into_io)
    }

    fn row(&mut self, row: Row<'_>, _: &mut Output) -> io::Result<()> {
        if self.rows == ROWS_MAX {
            let sentence = "An Excel sheet holds at most 1,048,575 rows below its header. Download CSV, or return fewer rows.";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, sentence));
        }
        self.rows += 1;
        self.write_row(row)
    }

    fn finish(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        self.pack(summary, out).map_err(into_io)
    }
}

fn truncation(cut: Option<Cut>) -> &'static str {
    match cut {
        None => "no",
        Some(Cut::Rows) => "yes: the query returns more rows than the server's limit allows",
        Some(Cut::Bytes) => "yes: the query returns more bytes than the server's limit allows",
    }
}

fn into_io(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Coding;
    use crate::result::{Memory, Rows};

    #[tokio::test]
    async fn a_row_beyond_excels_limit_is_refused_with_a_sentence() {
        let memory = Memory::new(1 << 20);
        let column = Column {
            name: "a".to_owned(),
            type_oid: 25,
            type_name: "text".to_owned(),
            element_oid: None,
            type_modifier: None,
        };
        let (mut writer, rows) = Rows::new(vec![column], &memory);
        writer.append([Some("x")].into_iter()).unwrap();
        writer.finish(None).unwrap();
        let batch = rows.batch(0).await.unwrap().unwrap();
        let mut out = Output::new(Coding::Identity, &memory).unwrap();
        let caption = Caption {
            title: String::new(),
            version: Some(1),
            url: None,
            sql: None,
        };
        let mut workbook = Xlsx::new(caption).unwrap();
        workbook.begin(rows.columns(), &mut out).unwrap();
        workbook.rows = ROWS_MAX - 1;
        let mut append = || workbook.row(batch.rows().next().unwrap(), &mut out);
        append().unwrap();
        let error = append().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(error.to_string().contains("1,048,575 rows"));
    }
}
