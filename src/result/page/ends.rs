//! Where each cell ends in its page's text, with two flags.

/// The cell is NULL.
pub(in crate::result) const NULL: u32 = 1 << 31;
/// Of the last cell of a page: it continues on the next one.
pub(in crate::result) const CONTINUES: u32 = 1 << 30;

/// The end without its flags.
pub(in crate::result) fn place(end: u32) -> usize {
    (end & !(NULL | CONTINUES)) as usize
}
