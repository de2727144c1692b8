//! A page: some hundred kilobytes of consecutive rows, the unit in which a result is held in memory, read and stored.

/// Flag in a cell's end for NULL. It limits a page's text to 2 GiB.
pub(super) const NULL: u32 = 1 << 31;

/// Consecutive rows. All text is in one string; `ends` holds the end of each cell in it.
#[derive(Debug)]
pub struct Page {
    columns: usize,
    ends: Vec<u32>,
    text: String,
}

/// One row of a page: as many cells as the result has columns; `None` is NULL.
#[derive(Clone, Copy, Debug)]
pub struct Row<'page> {
    start: usize,
    ends: &'page [u32],
    text: &'page str,
}

impl Page {
    pub(super) fn new(columns: usize, ends: Vec<u32>, text: String) -> Self {
        Self {
            columns,
            ends,
            text,
        }
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut start = 0;
        self.ends.chunks(self.columns.max(1)).map(move |ends| {
            let row = Row {
                start,
                ends,
                text: &self.text,
            };
            start = ends.last().map_or(start, |end| (end & !NULL) as usize);
            row
        })
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

    /// Reads what [`Page::to_bytes`] wrote; `None` if the bytes are not a page with this number of columns.
    pub(super) fn from_bytes(columns: usize, bytes: &[u8]) -> Option<Self> {
        let (cells, rest) = bytes.split_first_chunk::<4>()?;
        let (ends, text) = rest.split_at_checked(u32::from_le_bytes(*cells) as usize * 4)?;
        Some(Self {
            columns,
            ends: ends
                .chunks_exact(4)
                .map(|end| u32::from_le_bytes([end[0], end[1], end[2], end[3]]))
                .collect(),
            text: String::from_utf8(text.to_vec()).ok()?,
        })
    }
}

impl<'page> Row<'page> {
    pub fn cells(self) -> impl Iterator<Item = Option<&'page str>> {
        let mut start = self.start;
        self.ends.iter().map(move |end| {
            let stop = (end & !NULL) as usize;
            let cell = (end & NULL == 0).then(|| &self.text[start..stop]);
            start = stop;
            cell
        })
    }
}
