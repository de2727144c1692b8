//! What a format says about the clip beside its rows.

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caption {
    pub title: String,
    /// `None`: the rows are of no version, and no result yet.
    pub version: Option<u32>,
    /// Where the clip is found; the workbook names it.
    pub url: Option<String>,
    /// Only where the clip shows its SQL to everyone; the workbook quotes it.
    pub sql: Option<String>,
}
