//! Text, compared as people look it up: `apple`, `Banana`, `cherry`.

use std::cmp::Ordering;

use crate::result::fold::fold;

/// Bytes of a text that decide its place. Texts that only differ after them keep the result's own order.
const WORDS_BYTES: usize = 1_000;

/// Compares by the code points of the text in lower case, and where these are the same by those of the text itself: so
/// equal texts stand together. Digits are characters like all others, as in a spreadsheet: `10` before `9`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::result) struct Words(Box<str>);

impl Words {
    pub(super) fn new(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(WORDS_BYTES)].into())
    }
}

impl Ord for Words {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, another) = (&*self.0, &*other.0);
        // A common beginning is passed byte by byte: folding it would take most of the time.
        let same = one.bytes().zip(another.bytes());
        let same = same.take_while(|(one, another)| one.eq_ignore_ascii_case(another));
        let start = one.floor_char_boundary(same.count());
        fold(&one[start..])
            .cmp(fold(&another[start..]))
            .then_with(|| one.cmp(another))
    }
}

impl PartialOrd for Words {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
