//! Line breaks in `json` values, which NDJSON must not have.

/// What becomes of line breaks between the tokens of a `json` value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::encode) enum LineBreaks {
    Kept,
    /// Each is replaced by a space.
    Spaces,
}

impl LineBreaks {
    /// Line breaks in JSON strings are escaped: any others are between tokens.
    pub(super) fn apply(self, json: &mut [u8]) {
        if self == Self::Kept {
            return;
        }
        for byte in json {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
}
