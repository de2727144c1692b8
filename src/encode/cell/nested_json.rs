//! `json` values within a file, and what has to change in them so that programs can read the file.
//!
//! PostgreSQL checks the grammar of `json`, but not that the two halves of a surrogate pair come together: `"\ud800"`
//! alone is no character, and strict readers refuse the whole file.

/// Of the length of any other escape.
const REPLACEMENT: &[u8; 6] = b"\\ufffd";

pub(in crate::encode) struct NestedJson {
    /// Replaces each line break between tokens by a space.
    is_on_one_line: bool,
    replaces_surrogates: bool,
    /// How many lone surrogates were replaced.
    pub(in crate::encode) replaced: u64,
    /// The beginning of an escape, or of a pair, that goes on in the next piece.
    pending: Vec<u8>,
}

/// What a text that begins with a backslash begins with.
enum Escape {
    /// This many bytes that are fine.
    Valid(usize),
    Lone,
    Unfinished,
}

impl NestedJson {
    pub(in crate::encode) fn as_printed() -> Self {
        Self {
            is_on_one_line: false,
            replaces_surrogates: false,
            replaced: 0,
            pending: Vec::new(),
        }
    }

    pub(in crate::encode) fn without_lone_surrogates() -> Self {
        Self {
            replaces_surrogates: true,
            ..Self::as_printed()
        }
    }

    pub(in crate::encode) fn on_one_line() -> Self {
        Self {
            is_on_one_line: true,
            ..Self::without_lone_surrogates()
        }
    }

    /// Changes what was appended since `start`, and may hold back its end.
    pub(in crate::encode) fn apply(&mut self, out: &mut Vec<u8>, start: usize) {
        if self.is_on_one_line {
            separate_by_spaces(&mut out[start..]);
        }
        if self.replaces_surrogates {
            self.replace_surrogates(out, start);
        }
    }

    /// At the end of a value.
    pub(in crate::encode) fn end(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.pending);
    }

    fn replace_surrogates(&mut self, out: &mut Vec<u8>, start: usize) {
        out.splice(start..start, self.pending.drain(..));
        let mut index = start;
        while let Some(distance) = out[index..].iter().position(|byte| *byte == b'\\') {
            index += distance;
            match Escape::read(&out[index..]) {
                Escape::Valid(length) => index += length,
                Escape::Lone => {
                    out[index..index + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
                    index += REPLACEMENT.len();
                    self.replaced += 1;
                }
                Escape::Unfinished => {
                    self.pending.extend(out.drain(index..));
                    break;
                }
            }
        }
    }
}

impl Escape {
    fn read(text: &[u8]) -> Self {
        match text {
            [_, b'u', ..] => match (code(text), &text[6.min(text.len())..]) {
                (None, _) => Self::Unfinished,
                (Some(0xDC00..=0xDFFF), _) => Self::Lone,
                (Some(0xD800..=0xDBFF), [] | [b'\\']) => Self::Unfinished,
                (Some(0xD800..=0xDBFF), second @ [b'\\', b'u', ..]) => match code(second) {
                    None => Self::Unfinished,
                    Some(0xDC00..=0xDFFF) => Self::Valid(12),
                    Some(_) => Self::Lone,
                },
                (Some(0xD800..=0xDBFF), _) => Self::Lone,
                (Some(_), _) => Self::Valid(6),
            },
            [_, _, ..] => Self::Valid(2),
            _ => Self::Unfinished,
        }
    }
}

/// The number in `\u12ab`; 0 if it is none. `None` if the text ends before.
fn code(escape: &[u8]) -> Option<u32> {
    let digits = str::from_utf8(escape.get(2..6)?).unwrap_or_default();
    Some(u32::from_str_radix(digits, 16).unwrap_or_default())
}

/// Line breaks in JSON strings are escaped: any others are between tokens.
fn separate_by_spaces(json: &mut [u8]) {
    for byte in json {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced_wherever_a_piece_ends() {
        for (json, expected, replaced) in [
            (r#""\ud800""#, r#""\ufffd""#, 1),
            (r#""\uDFFFx\uDbFf""#, r#""\ufffdx\ufffd""#, 2),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#, 0),
            (r#""\ud83d\ud83d\uDE00""#, r#""\ufffd\ud83d\uDE00""#, 1),
            (r#""\ud83d\n\ude00""#, r#""\ufffd\n\ufffd""#, 2),
            (r#""\ud83d\\ude00""#, r#""\ufffd\\ude00""#, 1),
            (r#""\\ud800\\\ud800""#, r#""\\ud800\\\ufffd""#, 1),
            (
                r#"["\u00e9\ud7ff\ue000é😀", 1]"#,
                r#"["\u00e9\ud7ff\ue000é😀", 1]"#,
                0,
            ),
        ] {
            for bytes in 1..=json.len() {
                let mut nested = NestedJson::on_one_line();
                let mut out = b"before ".to_vec();
                for piece in json.as_bytes().chunks(bytes) {
                    let start = out.len();
                    out.extend_from_slice(piece);
                    nested.apply(&mut out, start);
                }
                nested.end(&mut out);
                assert_eq!(
                    String::from_utf8(out).unwrap(),
                    format!("before {expected}")
                );
                assert_eq!(nested.replaced, replaced, "{json}");
            }
        }
    }
}
