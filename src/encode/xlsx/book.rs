//! The parts of a workbook besides its rows: the sheet “About”, styles, properties. A library writes them.

use std::io;

use jiff::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::excel::{cut, days_at};
use super::sheet::{Losses, Sheet};
use super::style::Style;
use crate::encode::Caption;
use crate::result::{Cut, Summary};

const DATA: usize = 0;
const ABOUT: usize = 1;

pub(super) struct Book {
    workbook: Workbook,
    /// On the sheet “About”.
    lines: u32,
}

enum Fact<'a> {
    Text(&'a str),
    Number(f64),
    At(Timestamp),
}

impl Book {
    pub(super) fn new(caption: &Caption) -> io::Result<Self> {
        Self::with_sheets(caption).map_err(into_io)
    }

    /// Styles are numbered in the order in which cells use them.
    fn with_sheets(caption: &Caption) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        let data = workbook.add_worksheet().set_name("Data")?;
        for (column, style) in (0..).zip(Style::ALL) {
            data.write_blank(0, column, &style.format())?;
        }
        let about = workbook.add_worksheet().set_name("About")?;
        about.set_column_width(0, 18)?.set_column_width(1, 80)?;
        let mut book = Self { workbook, lines: 0 };
        book.line("Title", Fact::Text(&caption.title))?;
        Ok(book)
    }

    /// The filter of a sheet has a name in the workbook, too.
    pub(super) fn filter(&mut self, sheet: &Sheet) -> io::Result<()> {
        let Some(last_column) = sheet.last_column() else {
            return Ok(());
        };
        let data = self.workbook.worksheet_from_index(DATA).map_err(into_io)?;
        let filtered = data.autofilter(0, 0, sheet.rows(), last_column);
        filtered.map(drop).map_err(into_io)
    }

    pub(super) fn describe(
        &mut self,
        caption: &Caption,
        summary: &Summary,
        losses: &Losses,
    ) -> io::Result<()> {
        self.write_facts(caption, summary)
            .and_then(|()| self.write_losses(losses))
            .and_then(|()| match &caption.sql {
                Some(sql) => self.line("SQL", Fact::Text(sql)),
                None => Ok(()),
            })
            .and_then(|()| self.set_properties(caption, summary))
            .map_err(into_io)
    }

    pub(super) fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        self.workbook.save_to_buffer().map_err(into_io)
    }

    fn write_facts(&mut self, caption: &Caption, summary: &Summary) -> Result<(), XlsxError> {
        if let Some(url) = &caption.url {
            self.line("URL", Fact::Text(url))?;
        }
        if let Some(version) = caption.version {
            self.line("Version", Fact::Number(version.into()))?;
            self.line("Result", Fact::Number(summary.number.into()))?;
        }
        self.line("Started (UTC)", Fact::At(summary.started_at))?;
        self.line("Finished (UTC)", Fact::At(summary.finished_at))?;
        if let Some(from) = &summary.read_from {
            let server = match &from.follower {
                Some(name) => format!("follower {name}"),
                None => "primary".to_owned(),
            };
            self.line("Server", Fact::Text(&server))?;
            if let Some(bytes) = from.behind_bytes {
                self.line("Behind by (bytes)", Fact::Number(bytes as f64))?;
            }
        }
        self.line("Rows", Fact::Number(summary.rows as f64))?;
        self.line("Truncated", Fact::Text(truncation(summary.truncated)))
    }

    fn write_losses(&mut self, losses: &Losses) -> Result<(), XlsxError> {
        for (label, cells, how) in [
            (
                "Cells cut",
                losses.cut,
                "at the 32,767 characters that Excel allows; they end with …",
            ),
            (
                "Numbers as text",
                losses.digits,
                "since Excel keeps 15 digits and would replace the others with zeros",
            ),
            (
                "Numbers shortened",
                losses.shortened,
                "to the digits that Excel keeps; what is lost is less than a millionth",
            ),
        ] {
            if cells > 0 {
                self.line(label, Fact::Text(&format!("{cells}, {how}")))?;
            }
        }
        Ok(())
    }

    fn set_properties(&mut self, caption: &Caption, summary: &Summary) -> Result<(), XlsxError> {
        let created = ExcelDateTime::from_timestamp(summary.finished_at.as_second())?;
        let properties = DocProperties::new()
            .set_title(cut(&caption.title))
            .set_creation_datetime(&created);
        self.workbook.set_properties(&properties);
        Ok(())
    }

    fn line(&mut self, label: &str, fact: Fact<'_>) -> Result<(), XlsxError> {
        let row = self.lines;
        self.lines += 1;
        let about = self.workbook.worksheet_from_index(ABOUT)?;
        about.write_string_with_format(row, 0, label, &Style::Header.format())?;
        match fact {
            Fact::Text(text) => about.write_string(row, 1, holdable(text))?,
            Fact::Number(number) => about.write_number(row, 1, number)?,
            Fact::At(time) => {
                let format = Style::Fraction.format();
                about.write_number_with_format(row, 1, days_at(time), &format)?
            }
        };
        Ok(())
    }
}

/// What fits into a cell.
fn holdable(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    match cut(&text) {
        kept if kept.len() < text.len() => format!("{kept}…"),
        _ => text,
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
