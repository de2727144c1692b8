//! PostgreSQL's array literal as nested JSON arrays: `{1,NULL,3}`, `{{a,"b c"},{"NULL","\""}}`, `[0:1]={x,y}`.
//!
//! The grammar is in PostgreSQL's manual, "Array Input and Output Syntax". A literal is read in pieces, and so are its
//! elements, since one row may be as long as the whole result.

use std::io;
use std::mem;

use super::json_scalar::write_scalar;
use super::json_string::{write_contents, write_long_string, write_string};
use super::nested_json::NestedJson;
use super::value::Scalar;
use crate::encode::output::Output;
use crate::result::Cell;

/// PostgreSQL's own limit (`MAXDIM`).
const DIMENSIONS_MAX: usize = 6;
/// A longer element is written in parts. No number, date or boolean is longer.
const ELEMENT_BYTES: usize = 256 << 10;
/// A longer geometry or `hstore` is a string.
const CONVERTED_BYTES: usize = 4 << 20;

/// Writes the elements as cells of their type. A text that is not an array literal is written as a string.
pub(in crate::encode) fn write(
    text: &str,
    element: Scalar,
    delimiter: u8,
    scratch: &mut String,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let start = out.len();
    let mut literal = Literal::new(element, delimiter, mem::take(scratch));
    literal.push(text, out)?;
    let is_whole = literal.is_whole();
    *scratch = literal.open;
    if is_whole {
        return Ok(());
    }
    out.truncate(start);
    write_string(text, out)
}

/// Reads the text twice, since what is passed on cannot be taken back.
pub(super) fn write_long(
    cell: Cell<'_>,
    element: Scalar,
    delimiter: u8,
    nested: &mut NestedJson,
    out: &mut Output,
) -> io::Result<()> {
    let mut literal = Literal::new(element, delimiter, String::new());
    let mut ignored = Vec::new();
    cell.pieces(|piece| {
        ignored.clear();
        literal.push(piece, &mut ignored)
    })?;
    if !literal.is_whole() {
        return write_long_string(cell, out);
    }
    let mut literal = Literal::new(element, delimiter, String::new());
    out.write_pieces(cell, |piece, out| {
        let start = out.len();
        literal.push(piece, out)?;
        if element == Scalar::Json {
            nested.apply(out, start);
        }
        Ok(())
    })?;
    nested.end(out.buffer());
    Ok(())
}

/// Reads a literal piece by piece.
pub(super) struct Literal {
    element: Scalar,
    delimiter: u8,
    state: State,
    /// How many braces are open.
    depth: usize,
    /// The current element so far, unescaped, without what is written already.
    open: String,
    /// Whether a part of the current element is written already.
    is_begun: bool,
}

/// What is expected, or being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// Lower bounds other than 1 come before the braces: `[0:1]={x,y}`.
    Bounds,
    Brace,
    /// After an opening brace: an element, an inner array, or the end of an empty one.
    First,
    /// After a delimiter: an element or an inner array.
    Next,
    Bare,
    Quoted,
    /// In a quoted element, after a backslash.
    Escaped,
    AfterElement,
    End,
    /// The text is not an array literal.
    Invalid,
}

impl Literal {
    pub(super) fn new(element: Scalar, delimiter: u8, mut open: String) -> Self {
        open.clear();
        Self {
            element,
            delimiter,
            state: State::Start,
            depth: 0,
            open,
            is_begun: false,
        }
    }

    /// Whether everything so far is a literal.
    pub(super) fn is_whole(&self) -> bool {
        self.state == State::End
    }

    pub(super) fn push(&mut self, piece: &str, out: &mut Vec<u8>) -> io::Result<()> {
        let mut rest = piece;
        while let Some(byte) = rest.bytes().next() {
            let length = match self.state {
                State::Bare => self.bare(rest, out)?,
                State::Quoted => self.quoted(rest, out)?,
                State::Escaped => {
                    let length = rest.chars().next().map_or(0, char::len_utf8);
                    self.extend(&rest[..length], out)?;
                    self.state = State::Quoted;
                    length
                }
                State::First | State::Next if !matches!(byte, b'{' | b'}' | b'"') => {
                    self.state = State::Bare;
                    0
                }
                _ => {
                    self.state = self.mark(byte, out);
                    1
                }
            };
            if self.state == State::Invalid {
                break;
            }
            rest = &rest[length..];
        }
        Ok(())
    }

    /// The state after a byte between elements.
    fn mark(&mut self, byte: u8, out: &mut Vec<u8>) -> State {
        match (self.state, byte) {
            (State::Start, b'[') => State::Bounds,
            (State::Bounds, b'=') => State::Brace,
            (State::Bounds, b'0'..=b'9' | b'[' | b']' | b':' | b'-') => State::Bounds,
            (State::Start | State::Brace | State::First | State::Next, b'{')
                if self.depth < DIMENSIONS_MAX =>
            {
                self.depth += 1;
                out.push(b'[');
                State::First
            }
            (State::First | State::Next, b'"') => State::Quoted,
            (State::First | State::AfterElement, b'}') => {
                self.depth -= 1;
                out.push(b']');
                match self.depth {
                    0 => State::End,
                    _ => State::AfterElement,
                }
            }
            (State::AfterElement, byte) if byte == self.delimiter => {
                out.push(b',');
                State::Next
            }
            _ => State::Invalid,
        }
    }

    /// Reads an unquoted element to its end, or to that of the piece. NULL is recognised only here.
    fn bare(&mut self, rest: &str, out: &mut Vec<u8>) -> io::Result<usize> {
        let is_end = |byte| byte == self.delimiter || matches!(byte, b'{' | b'}' | b'"' | b'\\');
        let Some(end) = rest.bytes().position(is_end) else {
            self.extend(rest, out)?;
            return Ok(rest.len());
        };
        let text = &rest[..end];
        self.state = State::AfterElement;
        if self.is_begun || !self.open.is_empty() {
            self.extend(text, out)?;
            match self.open == "NULL" && !self.is_begun {
                true => {
                    self.open.clear();
                    out.extend_from_slice(b"null");
                }
                false => self.end(out)?,
            }
        } else {
            match text {
                "" => self.state = State::Invalid,
                "NULL" => out.extend_from_slice(b"null"),
                text => write_scalar(text, self.element, out)?,
            }
        }
        Ok(end)
    }

    /// Reads a quoted element, in which a backslash escapes the next character, to its end, an escape, or the end of
    /// the piece.
    fn quoted(&mut self, rest: &str, out: &mut Vec<u8>) -> io::Result<usize> {
        let Some(end) = rest.find(['"', '\\']) else {
            self.extend(rest, out)?;
            return Ok(rest.len());
        };
        let text = &rest[..end];
        if rest.as_bytes()[end] == b'\\' {
            self.extend(text, out)?;
            self.state = State::Escaped;
            return Ok(end + 1);
        }
        self.state = State::AfterElement;
        if self.is_begun || !self.open.is_empty() {
            self.extend(text, out)?;
            self.end(out)?;
        } else {
            write_scalar(text, self.element, out)?;
        }
        Ok(end + 1)
    }

    /// Adds to the current element.
    fn extend(&mut self, text: &str, out: &mut Vec<u8>) -> io::Result<()> {
        self.open.push_str(text);
        let bytes_max = match self.element {
            Scalar::Geometry | Scalar::Hstore => CONVERTED_BYTES,
            _ => ELEMENT_BYTES,
        };
        if self.open.len() < bytes_max {
            return Ok(());
        }
        if !mem::replace(&mut self.is_begun, true) && self.element != Scalar::Json {
            out.push(b'"');
        }
        self.write_part(out)
    }

    /// Ends the current element, some of which is in `open` or written already.
    fn end(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if !mem::take(&mut self.is_begun) {
            write_scalar(&self.open, self.element, out)?;
            self.open.clear();
            return Ok(());
        }
        self.write_part(out)?;
        if self.element != Scalar::Json {
            out.push(b'"');
        }
        Ok(())
    }

    fn write_part(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        match self.element {
            Scalar::Json => out.extend_from_slice(self.open.as_bytes()),
            _ => write_contents(&self.open, out)?,
        }
        self.open.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(literal: &str, element: Scalar, delimiter: u8) -> String {
        let mut out = Vec::new();
        write(literal, element, delimiter, &mut String::new(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn literals_become_nested_arrays() {
        for (literal, element, expected) in [
            ("{}", Scalar::Integer, "[]"),
            ("{1,NULL,-3}", Scalar::Integer, "[1,null,-3]"),
            ("{{1,2},{3,4}}", Scalar::Integer, "[[1,2],[3,4]]"),
            ("[0:1]={7,8}", Scalar::Integer, "[7,8]"),
            ("[1:1][-2:-1]={{7,8}}", Scalar::Integer, "[[7,8]]"),
            ("{{{{{{1}}}}}}", Scalar::Integer, "[[[[[[1]]]]]]"),
            (
                "{NaN,Infinity,1.50}",
                Scalar::Numeric,
                r#"["NaN","Infinity",1.50]"#,
            ),
            ("{t,f,NULL}", Scalar::Boolean, "[true,false,null]"),
            (
                r#"{a,"NULL",NULL,null,""}"#,
                Scalar::Text,
                r#"["a","NULL",null,"null",""]"#,
            ),
            (
                r#"{"a,b","c}d","say \"hi\"","back\\slash","{"}"#,
                Scalar::Text,
                r#"["a,b","c}d","say \"hi\"","back\\slash","{"]"#,
            ),
            (
                "{\"two\nlines\",é😀}",
                Scalar::Text,
                r#"["two\nlines","é😀"]"#,
            ),
            (
                r#"{"{\"a\": 1.50}","[1, 2]"}"#,
                Scalar::Json,
                r#"[{"a": 1.50},[1, 2]]"#,
            ),
            (
                r#"{"2026-03-31 12:00:00",infinity}"#,
                Scalar::Timestamp,
                r#"["2026-03-31T12:00:00","infinity"]"#,
            ),
            (r#"{"[0:1]={x}"}"#, Scalar::Text, r#"["[0:1]={x}"]"#),
        ] {
            assert_eq!(encode(literal, element, b','), expected, "{literal}");
        }
        assert_eq!(
            encode("{(1,1),(0,0);(2,2),(1,1)}", Scalar::Text, b';'),
            r#"["(1,1),(0,0)","(2,2),(1,1)"]"#
        );
    }

    #[test]
    fn anything_else_passes_as_a_string() {
        for literal in [
            "",
            "1 2 3",
            "{",
            "{1",
            "{1,}",
            "{,1}",
            "{1}x",
            "{1}{2}",
            "{\"a}",
            "{\"a\\",
            "{a\"b\"}",
            "{{1},2",
            "[0:1]{1,2}",
            "[x]={1}",
            "{{{{{{{1}}}}}}}",
        ] {
            let expected = serde_json::to_string(literal).unwrap();
            assert_eq!(
                encode(literal, Scalar::Integer, b','),
                expected,
                "{literal}"
            );
        }
    }
}
