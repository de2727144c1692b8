//! A page: some hundred kilobytes of consecutive rows, or a part of one long row; the unit in which a result is held in
//! memory, read and stored.

/// Consecutive cells. All text is in one string; `ends` holds the end of each cell in it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::result) struct Page {
    ends: Vec<u32>,
    text: String,
}

impl Page {
    pub(in crate::result) fn new(ends: Vec<u32>, text: String) -> Self {
        Self { ends, text }
    }

    pub(in crate::result) fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub(in crate::result) fn text(&self) -> &str {
        &self.text
    }

    /// Length of [`Page::to_bytes`].
    pub(in crate::result) fn bytes(&self) -> usize {
        4 + self.ends.len() * 4 + self.text.len()
    }

    /// The page as bytes: the number of cells, where each ends, the text. Little endian.
    pub(in crate::result) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes());
        self.write(&mut |part| bytes.extend_from_slice(part));
        bytes
    }

    /// Passes the same bytes to `out`, part by part.
    pub(in crate::result) fn write(&self, out: &mut impl FnMut(&[u8])) {
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

    /// Reads what [`Page::to_bytes`] wrote; `None` if the bytes are not a page. The text stays in
    /// the same memory.
    pub(in crate::result) fn from_bytes(mut bytes: Vec<u8>) -> Option<Self> {
        let (cells, rest) = bytes.split_first_chunk::<4>()?;
        let (ends, _) = rest.split_at_checked(u32::from_le_bytes(*cells) as usize * 4)?;
        let ends: Vec<u32> = ends
            .chunks_exact(4)
            .map(|end| u32::from_le_bytes([end[0], end[1], end[2], end[3]]))
            .collect();
        bytes.drain(..4 + ends.len() * 4);
        let text = String::from_utf8(bytes).ok()?;
        Some(Self::new(ends, text))
    }
}
