//! Text in alphabetical order: `apple`, `Banana`, `cherry`.

use std::cmp::Ordering;

use crate::result::view::fold::fold;

/// Only the first bytes of a text are compared. Texts that differ only after them keep the result's own order.
const WORDS_BYTES: usize = 1_000;

/// Compares the code points of the lower-case texts, then those of the texts themselves, so that equal texts are
/// adjacent. Digits are ordinary characters, as in a spreadsheet: `10` comes before `9`.
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
        // The common prefix is skipped byte by byte: folding it would take most of the time.
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
