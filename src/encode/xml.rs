//! XML 1.0: `<dataclip><fields><field/>…</fields><rows><row><value>…</value>…</row>…</rows></dataclip>`.

use std::io;

use super::cell::nested_json::NestedJson;
use super::cell::value::{Kind, Scalar, boolean_word};
use super::output::Output;
use super::{Caption, Encoder};
use crate::result::{Cell, Column, Row, Summary};

/// Replaces characters that XML cannot hold, not even escaped.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

pub(super) struct Xml {
    caption: Caption,
    summary: Summary,
    kinds: Vec<Kind>,
    nested: NestedJson,
    /// Characters that XML cannot hold.
    replaced: u64,
}

impl Xml {
    /// The opening tag has the result's number, so this format starts only when the run has ended.
    pub(super) fn new(caption: Caption, summary: Summary) -> Self {
        Self {
            caption,
            summary,
            kinds: Vec::new(),
            nested: NestedJson::without_lone_surrogates(),
            replaced: 0,
        }
    }

    fn write_opening_tag(&self, out: &mut Vec<u8>) -> u64 {
        out.extend_from_slice(b"<dataclip");
        let replaced = write_attribute("title", &self.caption.title, out);
        if let Some(version) = self.caption.version {
            write_attribute("version", &version.to_string(), out);
            write_attribute("result", &self.summary.number.to_string(), out);
        }
        if let Some(cut) = self.summary.truncated {
            write_attribute("truncated", "true", out);
            write_attribute("truncated_by", cut.as_str(), out);
        }
        out.extend_from_slice(b">\n");
        replaced
    }

    fn write_value(&mut self, cell: Cell<'_>, kind: Kind, out: &mut Output) -> io::Result<()> {
        let cell = match cell {
            Cell::Null => {
                out.buffer().extend_from_slice(b"<value null=\"true\"/>");
                return Ok(());
            }
            Cell::Text(text) if kind == Kind::Scalar(Scalar::Boolean) => {
                Cell::Text(boolean_word(text))
            }
            cell => cell,
        };
        out.buffer().extend_from_slice(b"<value>");
        out.write_pieces(cell, |piece, out| {
            let start = out.len();
            self.replaced += write_escaped(piece, text_escape, out);
            if kind == Kind::Scalar(Scalar::Json) {
                self.nested.apply(out, start);
            }
            Ok(())
        })?;
        self.nested.end(out.buffer());
        out.buffer().extend_from_slice(b"</value>");
        Ok(())
    }
}

impl Encoder for Xml {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        let out = out.buffer();
        self.kinds = Kind::all(columns);
        out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.replaced += self.write_opening_tag(out);
        out.extend_from_slice(b"<fields>");
        for column in columns {
            out.extend_from_slice(b"<field");
            self.replaced += write_attribute("name", &column.name, out);
            self.replaced += write_attribute("type", &column.type_name, out);
            out.extend_from_slice(b"/>");
        }
        out.extend_from_slice(b"</fields>\n<rows>\n");
        Ok(())
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        out.buffer().extend_from_slice(b"<row>");
        row.cells(|index, cell| {
            self.write_value(cell, self.kinds[index], out)?;
            out.pass_on()
        })?;
        out.buffer().extend_from_slice(b"</row>\n");
        Ok(())
    }

    fn finish(&mut self, _: &Summary, out: &mut Output) -> io::Result<()> {
        out.add_replaced(self.replaced + self.nested.replaced);
        out.buffer().extend_from_slice(b"</rows>\n</dataclip>\n");
        Ok(())
    }
}

/// Returns how many characters were replaced.
fn write_attribute(name: &str, value: &str, out: &mut Vec<u8>) -> u64 {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    let replaced = write_escaped(value, attribute_escape, out);
    out.push(b'"');
    replaced
}

/// Returns how many characters were replaced.
fn write_escaped(text: &str, escape: fn(u8) -> Option<&'static str>, out: &mut Vec<u8>) -> u64 {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut replaced = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let (replacement, length) = match escape(*byte) {
            Some(escaped) => (escaped.as_bytes(), 1),
            // U+FFFE and U+FFFF
            None if *byte == 0xEF && matches!(bytes[index..], [_, 0xBF, 0xBE | 0xBF, ..]) => {
                (REPLACEMENT, 3)
            }
            None if *byte < b' ' && !matches!(byte, b'\t' | b'\n') => (REPLACEMENT, 1),
            None => continue,
        };
        replaced += u64::from(replacement == REPLACEMENT);
        out.extend_from_slice(&bytes[start..index]);
        out.extend_from_slice(replacement);
        start = index + length;
    }
    out.extend_from_slice(&bytes[start..]);
    replaced
}

/// A parser would turn a bare carriage return into a line feed.
fn text_escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#13;"),
        _ => None,
    }
}

/// A parser would turn any bare white space in an attribute into a space.
fn attribute_escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'"' => Some("&quot;"),
        b'\n' => Some("&#10;"),
        b'\t' => Some("&#9;"),
        _ => text_escape(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_what_xml_cannot_hold_is_replaced() {
        for (text, in_text, in_attribute) in [
            (
                "a & <b> \"c\"",
                "a &amp; &lt;b&gt; \"c\"",
                "a &amp; &lt;b&gt; &quot;c&quot;",
            ),
            ("]]>", "]]&gt;", "]]&gt;"),
            ("\t\r\n", "\t&#13;\n", "&#9;&#13;&#10;"),
            ("\u{1}x\u{1f}", "\u{fffd}x\u{fffd}", "\u{fffd}x\u{fffd}"),
            (
                "\u{fffe}\u{ffff}\u{fffd}\u{fffc}é😀",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffc}é😀",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffc}é😀",
            ),
            ("", "", ""),
        ] {
            for (escape, expected) in [
                (text_escape as fn(u8) -> _, in_text),
                (attribute_escape, in_attribute),
            ] {
                let mut out = Vec::new();
                write_escaped(text, escape, &mut out);
                assert_eq!(String::from_utf8(out).unwrap(), expected, "{text:?}");
            }
        }
    }
}
