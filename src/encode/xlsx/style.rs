//! How the cells of a workbook look.

use rust_xlsxwriter::Format;

/// The styles of cells that are not plain, by their numbers in the workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Header = 1,
    Dollars,
    Day,
    Second,
    Fraction,
}

impl Style {
    pub(super) const ALL: [Self; 5] = [
        Self::Header,
        Self::Dollars,
        Self::Day,
        Self::Second,
        Self::Fraction,
    ];

    pub(super) fn format(self) -> Format {
        let format = Format::new();
        match self {
            Self::Header => format.set_bold(),
            Self::Dollars => format.set_num_format("\"$\"#,##0.00"),
            Self::Day => format.set_num_format("yyyy-mm-dd"),
            Self::Second => format.set_num_format("yyyy-mm-dd hh:mm:ss"),
            Self::Fraction => format.set_num_format("yyyy-mm-dd hh:mm:ss.000"),
        }
    }
}
