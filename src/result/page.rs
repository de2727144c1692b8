//! A page: some hundred kilobytes of consecutive rows, the unit in which a result is held, followed and stored.

/// Set on a cell's end where the cell is NULL. A page's text therefore stays below 2 GiB.
const NULL: u32 = 1 << 31;

/// Consecutive rows. All text lies in one string; `ends` says where each cell ends in it.
#[derive(Debug, Default)]
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
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns,
            ends: Vec::new(),
            text: String::new(),
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

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Length in bytes of the text of all cells.
    pub(super) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    pub(super) fn cells(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn clear(&mut self) {
        self.ends.clear();
        self.text.clear();
    }

    pub(super) fn append<'a>(&mut self, cells: impl Iterator<Item = Option<&'a str>>) {
        for cell in cells {
            match cell {
                Some(text) => {
                    self.text.push_str(text);
                    self.ends.push(self.text.len() as u32);
                }
                None => self.ends.push(self.text.len() as u32 | NULL),
            }
        }
    }

    /// The page as bytes: the number of cells, where each ends, the text. Little endian.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.ends.len() * 4 + self.text.len());
        bytes.extend((self.ends.len() as u32).to_le_bytes());
        for end in &self.ends {
            bytes.extend(end.to_le_bytes());
        }
        bytes.extend(self.text.as_bytes());
        bytes
    }

    /// Reads what [`Page::to_bytes`] wrote; `None` where the bytes are not a page of so many columns.
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
