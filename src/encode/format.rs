//! The formats in which a result can be downloaded, and their suffixes.

use super::json::features::has_one_geometry;
use crate::result::Column;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Csv,
    Tsv,
    Json,
    Ndjson,
    Xml,
    Xlsx,
    Geojson,
    Markdown,
    /// The query itself: it has no rows.
    Sql,
    /// Only where it is built in: the cargo feature `parquet`.
    Parquet,
    /// Only for Excel's web queries: has no suffix.
    Html,
}

/// How many of the formats are there that may be left out.
const BUILT_IN: usize = cfg!(feature = "parquet") as usize;

impl Format {
    /// The formats with a suffix, in the order in which they are listed.
    pub const ALL: [Self; 9 + BUILT_IN] = [
        Self::Csv,
        Self::Tsv,
        Self::Json,
        Self::Ndjson,
        Self::Xml,
        Self::Xlsx,
        #[cfg(feature = "parquet")]
        Self::Parquet,
        Self::Geojson,
        Self::Markdown,
        Self::Sql,
    ];

    /// Every suffix that [`Format::parse`] accepts, in the order in which they are listed.
    pub const SUFFIXES: [&str; 10 + BUILT_IN] = [
        "csv",
        "tsv",
        "json",
        "ndjson",
        "xml",
        "xls",
        "xlsx",
        #[cfg(feature = "parquet")]
        "parquet",
        "geojson",
        "md",
        "sql",
    ];

    pub fn parse(suffix: &str) -> Option<Self> {
        match suffix {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "json" => Some(Self::Json),
            "ndjson" => Some(Self::Ndjson),
            "xml" => Some(Self::Xml),
            "xls" | "xlsx" => Some(Self::Xlsx),
            "geojson" => Some(Self::Geojson),
            "md" => Some(Self::Markdown),
            "sql" => Some(Self::Sql),
            #[cfg(feature = "parquet")]
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// Those that take rows with these columns; where they are not known, those that take any.
    pub fn taking(columns: Option<&[Column]>) -> impl Iterator<Item = Self> {
        let has_geometry = columns.is_some_and(has_one_geometry);
        let all = Self::ALL.into_iter();
        all.filter(move |format| has_geometry || *format != Self::Geojson)
    }

    /// By the name of its type, in lower case and without parameters.
    pub fn from_media_type(name: &str) -> Option<Self> {
        let is_of = |format: &Self| format.content_type().split(';').next() == Some(name);
        Self::ALL.into_iter().find(is_of)
    }

    /// The extension of a file in this format.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Xml => "xml",
            Self::Xlsx => "xlsx",
            Self::Geojson => "geojson",
            Self::Markdown => "md",
            Self::Sql => "sql",
            Self::Parquet => "parquet",
            Self::Html => "html",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Json => "JSON",
            Self::Ndjson => "NDJSON",
            Self::Xml => "XML",
            Self::Xlsx => "Excel",
            Self::Geojson => "GeoJSON",
            Self::Markdown => "Markdown",
            Self::Sql => "SQL",
            Self::Parquet => "Parquet",
            Self::Html => "HTML",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Tsv => "text/tab-separated-values; charset=utf-8",
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Xml => "application/xml",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Geojson => "application/geo+json",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Sql => "application/sql",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// Whether a file says where its rows are from.
    pub fn has_address(self) -> bool {
        match self {
            Self::Xlsx | Self::Parquet => true,
            Self::Csv | Self::Tsv | Self::Json | Self::Ndjson | Self::Xml | Self::Html => false,
            Self::Geojson | Self::Markdown | Self::Sql => false,
        }
    }

    /// A workbook and a Parquet file are compressed already.
    pub fn is_compressible(self) -> bool {
        match self {
            Self::Csv | Self::Tsv | Self::Json | Self::Ndjson | Self::Xml | Self::Html => true,
            Self::Geojson | Self::Markdown | Self::Sql => true,
            Self::Xlsx | Self::Parquet => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_suffix_is_a_format_and_nothing_else_is() {
        for suffix in Format::SUFFIXES {
            let format = Format::parse(suffix).unwrap();
            assert_eq!(Format::parse(format.extension()), Some(format));
        }
        for suffix in ["", "CSV", "html", "csv ", "xlsm"] {
            assert_eq!(Format::parse(suffix), None);
        }
    }
}
