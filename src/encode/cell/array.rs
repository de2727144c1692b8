//! PostgreSQL's array literal as nested JSON arrays: `{1,NULL,3}`, `{{a,"b c"},{"NULL","\""}}`, `[0:1]={x,y}`.
//!
//! The grammar is in PostgreSQL's manual, "Array Input and Output Syntax".

use std::io;

use super::json_scalar::{write_scalar, write_string};
use super::value::Scalar;

/// PostgreSQL's own limit (`MAXDIM`).
const DIMENSIONS_MAX: usize = 6;

/// Writes the elements as cells of their type. A text that is not an array literal is written as a string.
pub(in crate::encode) fn write(
    literal: &str,
    element: Scalar,
    delimiter: u8,
    scratch: &mut String,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let start = out.len();
    let mut reader = Reader {
        rest: without_bounds(literal),
        element,
        delimiter,
        scratch,
        out,
    };
    if reader.array(1)?.is_some() && reader.rest.is_empty() {
        return Ok(());
    }
    out.truncate(start);
    write_string(literal, out)
}

/// Lower bounds other than 1 are written before the braces: `[0:1]={x,y}`.
fn without_bounds(literal: &str) -> &str {
    match literal.split_once('=') {
        Some((bounds, braces)) if literal.starts_with('[') && is_bounds(bounds) => braces,
        _ => literal,
    }
}

fn is_bounds(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'[' | b']' | b':' | b'-'))
}

/// The rest of a literal, and where its elements go. Every step returns `None` for a text that is not an array literal.
struct Reader<'a> {
    rest: &'a str,
    element: Scalar,
    delimiter: u8,
    scratch: &'a mut String,
    out: &'a mut Vec<u8>,
}

impl Reader<'_> {
    fn array(&mut self, depth: usize) -> io::Result<Option<()>> {
        if depth > DIMENSIONS_MAX || !self.take(b'{') {
            return Ok(None);
        }
        self.out.push(b'[');
        if self.take(b'}') {
            self.out.push(b']');
            return Ok(Some(()));
        }
        loop {
            let step = match self.rest.as_bytes().first() {
                Some(b'{') => self.array(depth + 1)?,
                Some(b'"') => self.quoted()?,
                _ => self.bare()?,
            };
            if step.is_none() {
                return Ok(None);
            } else if self.take(self.delimiter) {
                self.out.push(b',');
            } else if self.take(b'}') {
                self.out.push(b']');
                return Ok(Some(()));
            } else {
                return Ok(None);
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        match self.rest.strip_prefix(char::from(byte)) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// An unquoted element; NULL is recognised only here.
    fn bare(&mut self) -> io::Result<Option<()>> {
        let is_end = |byte| byte == self.delimiter || matches!(byte, b'{' | b'}' | b'"' | b'\\');
        let Some(end) = self.rest.bytes().position(is_end).filter(|end| *end > 0) else {
            return Ok(None);
        };
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        match text {
            "NULL" => self.out.extend_from_slice(b"null"),
            _ => write_scalar(text, self.element, self.out)?,
        }
        Ok(Some(()))
    }

    /// A quoted element, in which a backslash escapes the next character.
    fn quoted(&mut self) -> io::Result<Option<()>> {
        let body = &self.rest[1..];
        let Some(end) = body.find(['"', '\\']) else {
            return Ok(None);
        };
        if body.as_bytes()[end] == b'"' {
            self.rest = &body[end + 1..];
            write_scalar(&body[..end], self.element, self.out)?;
            return Ok(Some(()));
        }
        self.scratch.clear();
        let mut characters = body.chars();
        loop {
            match characters.next() {
                Some('"') => break,
                Some('\\') => match characters.next() {
                    Some(character) => self.scratch.push(character),
                    None => return Ok(None),
                },
                Some(character) => self.scratch.push(character),
                None => return Ok(None),
            }
        }
        self.rest = characters.as_str();
        write_scalar(self.scratch, self.element, self.out)?;
        Ok(Some(()))
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
