//! What a visitor may ask of a format beside its name.

/// The default is what programs want: no byte order mark, no guard, the table shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// CSV and TSV: begin with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
    /// CSV and TSV: an apostrophe before each cell that a spreadsheet would take for a formula.
    pub guard: bool,
    /// JSON alone.
    pub shape: Shape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One object: the facts of the result, and each row an array of values.
    #[default]
    Table,
    /// An array with an object for each row.
    Objects,
}
