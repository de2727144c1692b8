//! A page: some hundred kilobytes of consecutive rows, or a part of one long row; the unit in which a result is held in
//! memory, read and stored.

use super::Row;

/// Flag in a cell's end for NULL.
pub(super) const NULL: u32 = 1 << 31;
/// Flag in the last cell's end: the cell continues on the next page.
pub(super) const CONTINUES: u32 = 1 << 30;

/// Consecutive cells. All text is in one string; `ends` holds the end of each cell in it.
#[derive(Debug)]
pub(super) struct Page {
    columns: usize,
    ends: Vec<u32>,
    text: String,
}

impl Page {
    pub(super) fn new(columns: usize, ends: Vec<u32>, text: String) -> Self {
        Self {
            columns,
            ends,
            text,
        }
    }

    /// The rows of a page that holds whole rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut start = 0;
        self.ends.chunks(self.columns.max(1)).map(move |ends| {
            let row = Row::on_page(start, ends, &self.text);
            start = ends.last().map_or(start, |end| place(*end));
            row
        })
    }

    pub(super) fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Length of [`Page::to_bytes`].
    pub(super) fn bytes(&self) -> usize {
        4 + self.ends.len() * 4 + self.text.len()
    }

    /// The page as bytes: the number of cells, where each ends, the text. Little endian.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes());
        self.write(&mut |part| bytes.extend_from_slice(part));
        bytes
    }

    /// Passes the same bytes to `out`, part by part.
    pub(super) fn write(&self, out: &mut impl FnMut(&[u8])) {
        out(&(self.ends.len() as u32).to_le_bytes());
        let mut part = [[0; 4]; 1_024];
        for ends in self.ends.chunks(part.len()) {
            for (bytes, end) in part.iter_mut().zip(ends) {
                *bytes = end.to_le_bytes();
            }
            out(part[..ends.len()].as_flattened());
        }
        out(self.text.as_bytes());
    }

    /// Reads what [`Page::to_bytes`] wrote; `None` if the bytes are not a page with this number of columns. The text
    /// stays in the same memory.
    pub(super) fn from_bytes(columns: usize, mut bytes: Vec<u8>) -> Option<Self> {
        let (cells, rest) = bytes.split_first_chunk::<4>()?;
        let (ends, _) = rest.split_at_checked(u32::from_le_bytes(*cells) as usize * 4)?;
        let ends: Vec<u32> = ends
            .chunks_exact(4)
            .map(|end| u32::from_le_bytes([end[0], end[1], end[2], end[3]]))
            .collect();
        bytes.drain(..4 + ends.len() * 4);
        let text = String::from_utf8(bytes).ok()?;
        Some(Self::new(columns, ends, text))
    }
}

/// Where in the text a cell ends.
pub(super) fn place(end: u32) -> usize {
    (end & !(NULL | CONTINUES)) as usize
}
