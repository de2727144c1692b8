//! The facts about a clip that a format includes beside its rows.

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caption {
    pub title: String,
    /// `None`: the rows belong to no version, and are not a stored result.
    pub version: Option<u32>,
    /// The address of these rows, for formats with [`Format::has_address`](super::Format::has_address).
    pub url: Option<String>,
    /// Only if the clip shows its SQL to everyone; for the workbook's “About” sheet and a Parquet file.
    pub sql: Option<String>,
}
