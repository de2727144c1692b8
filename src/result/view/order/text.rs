//! Text by code point, as PostgreSQL's collation "C" has it: `Banana`, `apple`, `Äpfel`.

/// Only the first bytes of a text are compared. Texts that differ only after them keep the result's own order.
pub(super) const BYTES_MAX: usize = 1_000;

/// PostgreSQL's texts hold no zero byte, so that one ends them.
pub(super) fn write(text: &str, key: &mut Vec<u8>) {
    key.extend_from_slice(&text.as_bytes()[..text.floor_char_boundary(BYTES_MAX)]);
    key.push(0);
}
