//! Text as a workbook's XML holds it. A character that XML cannot hold is written `_xHHHH_` (ECMA-376, part 1, `ST_Xstring`).
//!
//! A text that reads like that by itself is split after the underscore into two runs. `_x005F_` would do by the standard,
//! but only some programs read it back.

use std::borrow::Cow;

/// Bytes that may not stay as they are: the first of U+FFFE and U+FFFF is 0xEF.
const IS_SPECIAL: [bool; 256] = special();

const fn special() -> [bool; 256] {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = byte != b'\t' as usize && byte != b'\n' as usize;
        byte += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[b'_' as usize] = true;
    special[0xEF] = true;
    special
}

/// Where a text is split.
const NEXT_RUN: &str = "_</t></r><r><t xml:space=\"preserve\">";

/// Writes line breaks as LF.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    let is_space = |character: char| character.is_ascii_whitespace();
    let (start, end) = if has_an_escape(text) {
        ("<r><t xml:space=\"preserve\">", "</t></r>")
    } else if text.starts_with(is_space) || text.ends_with(is_space) {
        ("<t xml:space=\"preserve\">", "</t>")
    } else {
        ("<t>", "</t>")
    };
    out.extend_from_slice(start.as_bytes());
    write_contents(text, out);
    out.extend_from_slice(end.as_bytes());
}

fn write_contents(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    let mut place = 0;
    let next = |rest: &[u8], place: usize| {
        let found = rest[place..]
            .iter()
            .position(|byte| IS_SPECIAL[usize::from(*byte)]);
        found.map(|found| place + found)
    };
    while let Some(found) = next(rest, place) {
        place = found + 1;
        if let Some((length, replacement)) = replacement(&rest[found..]) {
            out.extend_from_slice(&rest[..found]);
            out.extend_from_slice(replacement.as_bytes());
            rest = &rest[found + length..];
            place = 0;
        }
    }
    out.extend_from_slice(rest);
}

/// Of what the text begins with: how many bytes, and what is written instead.
fn replacement(text: &[u8]) -> Option<(usize, Cow<'static, str>)> {
    if let Some((length, code)) = unholdable(text) {
        return Some((length, Cow::Owned(format!("_x{code:04X}_"))));
    }
    let replacement = match text {
        [b'&', ..] => "&amp;",
        [b'<', ..] => "&lt;",
        [b'>', ..] => "&gt;",
        [b'\r', ..] => "",
        [b'_', ..] if is_like_an_escape(text) => NEXT_RUN,
        _ => return None,
    };
    Some((1, Cow::Borrowed(replacement)))
}

/// A character that is escaped: its length in bytes, and its code.
fn unholdable(text: &[u8]) -> Option<(usize, u32)> {
    match *text {
        [b'\t' | b'\n', ..] | [b'\r', b'\n', ..] => None,
        [control @ 0..0x20, ..] => Some((1, control.into())),
        [0xEF, 0xBF, 0xBE, ..] => Some((3, 0xFFFE)),
        [0xEF, 0xBF, 0xBF, ..] => Some((3, 0xFFFF)),
        _ => None,
    }
}

fn has_an_escape(text: &str) -> bool {
    let is_one = |(place, _)| is_like_an_escape(&text.as_bytes()[place..]);
    text.contains('_') && text.match_indices("_x").any(is_one)
}

/// Whether this reads `_xHHHH_`, also where the last underscore is that of an escape.
fn is_like_an_escape(text: &[u8]) -> bool {
    let [b'_', b'x', digits @ ..] = text else {
        return false;
    };
    let Some((digits, rest)) = digits.split_at_checked(4) else {
        return false;
    };
    digits.iter().all(u8::is_ascii_hexdigit)
        && (rest.starts_with(b"_") || unholdable(rest).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_so_that_it_reads_as_it_was() {
        for (text, expected) in [
            ("", "<t></t>"),
            ("grün & <b>", "<t>grün &amp; &lt;b&gt;</t>"),
            ("a\tb\nc\r\nd", "<t>a\tb\nc\nd</t>"),
            (" a", "<t xml:space=\"preserve\"> a</t>"),
            ("a\r\rb", "<t>a_x000D__x000D_b</t>"),
            (
                "\u{1}\u{fffe}\u{ffff}\u{fffd}",
                "<t>_x0001__xFFFE__xFFFF_\u{fffd}</t>",
            ),
            ("_ _x _x0041 x0041_", "<t>_ _x _x0041 x0041_</t>"),
            ("_x0041_", "[_|x0041_]"),
            ("_x00e9_", "[_|x00e9_]"),
            ("_x0041_x0042_", "[_|x0041_|x0042_]"),
            ("_x0041_\u{1}", "[_|x0041__x0001_]"),
            ("_x0041\u{1}", "[_|x0041_x0001_]"),
            ("_x0041\r\n", "<t xml:space=\"preserve\">_x0041\n</t>"),
            ("\u{1}_x0041_", "[_x0001__|x0041_]"),
        ] {
            let mut out = Vec::new();
            write_text(text, &mut out);
            let runs = expected
                .replace('[', "<r><t xml:space=\"preserve\">")
                .replace('|', "</t></r><r><t xml:space=\"preserve\">")
                .replace(']', "</t></r>");
            assert_eq!(String::from_utf8(out).unwrap(), runs, "{text:?}");
        }
    }
}
