//! The options that a client can choose for a format.

/// The default is for programs: no byte order mark, no guard, the table shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// CSV and TSV: begin with a byte order mark, by which Excel recognises UTF-8.
    pub bom: bool,
    /// CSV and TSV: put an apostrophe before each cell that a spreadsheet would evaluate as a formula.
    pub guard: bool,
    /// JSON only.
    pub shape: Shape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One object: the facts of the result, and an array of values for each row.
    #[default]
    Table,
    /// An array with an object for each row.
    Objects,
}
