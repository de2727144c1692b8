//! Cells of a worksheet: their values, styles and widths.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::excel::{Cell, cut};

/// Column widths, in characters.
const WIDTH_MIN: usize = 8;
const WIDTH_MAX: usize = 60;
/// Excel shows no more digits of a number.
const NUMBER_WIDTH_MAX: usize = 16;

/// The styles of cells that are not plain.
pub(super) struct Styles {
    pub(super) header: Format,
    dollars: Format,
    day: Format,
    second: Format,
    fraction: Format,
}

impl Styles {
    pub(super) fn new() -> Self {
        Self {
            header: Format::new().set_bold(),
            dollars: Format::new().set_num_format("\"$\"#,##0.00"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            second: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            fraction: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
        }
    }
}

/// Returns whether the text had to be cut.
pub(super) fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell<'_>,
    styles: &Styles,
) -> Result<bool, XlsxError> {
    match cell {
        Cell::Text(text) => return write_text(sheet, row, column, text),
        Cell::Boolean(value) => sheet.write_boolean(row, column, value)?,
        Cell::Number(number) => sheet.write_number(row, column, number)?,
        Cell::Dollars(amount) => {
            sheet.write_number_with_format(row, column, amount, &styles.dollars)?
        }
        Cell::Day(days) => sheet.write_number_with_format(row, column, days, &styles.day)?,
        Cell::Second(days) => sheet.write_number_with_format(row, column, days, &styles.second)?,
        Cell::Fraction(days) => {
            sheet.write_number_with_format(row, column, days, &styles.fraction)?
        }
    };
    Ok(false)
}

fn write_text(sheet: &mut Worksheet, row: u32, column: u16, text: &str) -> Result<bool, XlsxError> {
    let kept = cut(text);
    let was_cut = kept.len() < text.len();
    if was_cut {
        sheet.write_string(row, column, format!("{kept}…"))?;
    } else {
        sheet.write_string(row, column, text)?;
    }
    Ok(was_cut)
}

/// A value's width, in characters; for a text, that of its longest line.
pub(super) fn width_of(cell: &Cell<'_>, text: &str) -> usize {
    match cell {
        Cell::Text(text) => {
            text.lines()
                .map(|line| line.chars().take(WIDTH_MAX).count())
                .max()
                .unwrap_or(0)
                + 1
        }
        Cell::Boolean(_) => "FALSE".len() + 1,
        Cell::Number(_) => text.len().min(NUMBER_WIDTH_MAX) + 1,
        Cell::Dollars(_) => text.len() + 1,
        Cell::Day(_) => "yyyy-mm-dd".len() + 1,
        Cell::Second(_) => "yyyy-mm-dd hh:mm:ss".len() + 1,
        Cell::Fraction(_) => "yyyy-mm-dd hh:mm:ss.000".len() + 1,
    }
}

/// A column's width in Excel's unit, about one character.
pub(super) fn column_width(characters: usize) -> f64 {
    characters.clamp(WIDTH_MIN, WIDTH_MAX) as f64
}
