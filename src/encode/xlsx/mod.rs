//! An Excel workbook: the rows are on the sheet “Data”, the facts about them on the sheet “About”.
//!
//! Rows go into the compressed file as they arrive; a library writes everything else. Equal results give equal bytes.

mod book;
pub(in crate::encode) mod excel;
mod package;
mod sheet;
mod style;
mod text;

use std::io;

use book::Book;
use package::Package;
use sheet::Sheet;

use super::output::Output;
use super::{Caption, Encoder};
use crate::result::{Column, Row, Summary};

/// Excel's limit, not counting the header.
const ROWS_MAX: u32 = 1_048_575;

pub(super) struct Xlsx {
    caption: Caption,
    sheet: Sheet,
    package: Package,
}

impl Xlsx {
    pub(super) fn new(caption: Caption) -> Self {
        Self {
            caption,
            sheet: Sheet::default(),
            package: Package::default(),
        }
    }
}

impl Encoder for Xlsx {
    fn begin(&mut self, columns: &[Column], _: &mut Output) -> io::Result<()> {
        let book = Book::new(&self.caption)?.into_bytes()?;
        self.package.begin(&book)?;
        self.sheet = Sheet::new(columns);
        Ok(())
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        if self.sheet.rows() == ROWS_MAX {
            let sentence = "An Excel sheet holds at most 1,048,575 rows below its header. Download CSV, or return fewer rows.";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, sentence));
        }
        self.sheet.append(row, &mut self.package.stream(out))
    }

    fn finish(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        self.sheet.finish(&mut self.package.stream(out))?;
        let mut book = Book::new(&self.caption)?;
        book.filter(&self.sheet)?;
        book.describe(&self.caption, summary, self.sheet.losses())?;
        self.package.finish(&book.into_bytes()?, out)
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
            ..Column::default()
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
        let mut workbook = Xlsx::new(caption);
        workbook.begin(rows.columns(), &mut out).unwrap();
        workbook.sheet.skip_to(ROWS_MAX - 1);
        let mut append = || workbook.row(batch.rows().next().unwrap(), &mut out);
        append().unwrap();
        let error = append().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(error.to_string().contains("1,048,575 rows"));
    }
}
