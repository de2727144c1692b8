//! The text of an `hstore` as a JSON object: `"a"=>"1", "b"=>NULL` becomes `{"a":"1","b":null}`.
//!
//! `hstore_out` quotes every key and value, and escapes only quotes and backslashes, each by a backslash. NULL has no
//! quotes. Keys are unique.

use std::io;

use super::conversion::Conversion;
use super::json_string::write_contents;

pub(super) struct Hstore(State);

/// What is expected, or being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Quoted(Part),
    /// After a backslash.
    Escaped(Part),
    /// Outside of quotes. What is left of the expected text, and what follows it.
    Mark(&'static str, Next),
    AfterKey,
    ValueOrNull,
    AfterPair,
    /// The text is not what `hstore_out` prints.
    Invalid,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Key,
    ValueOrNull,
    AfterNull,
}

impl Hstore {
    pub(super) fn new() -> Self {
        Self(State::Start)
    }

    /// Reads within quotes up to the end, an escape, or the end of the piece. Returns how much it has read.
    fn quoted(&mut self, rest: &str, part: Part, out: &mut Vec<u8>) -> io::Result<usize> {
        let end = rest.find(['"', '\\']);
        write_contents(&rest[..end.unwrap_or(rest.len())], out)?;
        let Some(end) = end else {
            return Ok(rest.len());
        };
        if rest.as_bytes()[end] == b'\\' {
            self.0 = State::Escaped(part);
            return Ok(end + 1);
        }
        out.push(b'"');
        self.0 = match part {
            Part::Key => State::AfterKey,
            Part::Value => State::AfterPair,
        };
        Ok(end + 1)
    }

    /// The state after a byte outside of quotes.
    fn mark(&self, byte: u8, out: &mut Vec<u8>) -> State {
        match (self.0, byte) {
            (State::Start, b'"') => {
                out.extend_from_slice(b"{\"");
                State::Quoted(Part::Key)
            }
            (State::AfterKey, b'=') => {
                out.push(b':');
                State::Mark(">", Next::ValueOrNull)
            }
            (State::ValueOrNull, b'"') => {
                out.push(b'"');
                State::Quoted(Part::Value)
            }
            (State::ValueOrNull, b'N') => State::Mark("ULL", Next::AfterNull),
            (State::AfterPair, b',') => State::Mark(" \"", Next::Key),
            (State::Mark(expected, next), byte) if expected.as_bytes()[0] == byte => {
                match &expected[1..] {
                    "" => next.begin(out),
                    rest => State::Mark(rest, next),
                }
            }
            _ => State::Invalid,
        }
    }
}

impl Next {
    fn begin(self, out: &mut Vec<u8>) -> State {
        match self {
            Self::Key => {
                out.extend_from_slice(b",\"");
                State::Quoted(Part::Key)
            }
            Self::ValueOrNull => State::ValueOrNull,
            Self::AfterNull => {
                out.extend_from_slice(b"null");
                State::AfterPair
            }
        }
    }
}

impl Conversion for Hstore {
    fn push(&mut self, piece: &str, out: &mut Vec<u8>) -> io::Result<()> {
        let mut rest = piece;
        while let Some(first) = rest.chars().next() {
            let length = match self.0 {
                State::Quoted(part) => self.quoted(rest, part, out)?,
                State::Escaped(part) => {
                    self.0 = match first {
                        '"' | '\\' => State::Quoted(part),
                        _ => State::Invalid,
                    };
                    write_contents(&rest[..first.len_utf8()], out)?;
                    first.len_utf8()
                }
                _ => {
                    self.0 = self.mark(rest.as_bytes()[0], out);
                    1
                }
            };
            if self.0 == State::Invalid {
                break;
            }
            rest = &rest[length..];
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        match self.0 {
            State::Start => out.extend_from_slice(b"{}"),
            State::AfterPair => out.push(b'}'),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::cell::conversion;

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        conversion::write(text, Hstore::new(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_hstore_prints_becomes_an_object() {
        for (text, expected) in [
            ("", "{}"),
            (r#""a"=>"1""#, r#"{"a":"1"}"#),
            (r#""a"=>"1", "b"=>NULL"#, r#"{"a":"1","b":null}"#),
            (r#""a"=>NULL, "b"=>"NULL""#, r#"{"a":null,"b":"NULL"}"#),
            (r#"""=>"""#, r#"{"":""}"#),
            (
                r#""say \"hi\""=>"back\\slash=>, ""#,
                r#"{"say \"hi\"":"back\\slash=>, "}"#,
            ),
            ("\"é😀\n\"=>\"\u{1}\t\"", "{\"é😀\\n\":\"\\u0001\\t\"}"),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn any_other_text_passes_as_a_string() {
        for text in [
            " ",
            "a=>1",
            r#""a"=>1"#,
            r#""a"=>null"#,
            r#""a"=>NUL"#,
            r#""a"=>NULLS"#,
            r#""a" => "1""#,
            r#""a"=>"1","b"=>"2""#,
            r#""a"=>"1", "#,
            r#""a"=>"1", "b""#,
            r#""a"=>"1"x"#,
            r#""a"=>"1"#,
            r#""a\n"=>"1""#,
            r#""a"=>"1\é""#,
            r#""a"=>"1\"#,
            "é",
        ] {
            assert_eq!(json(text), serde_json::to_string(text).unwrap(), "{text}");
        }
    }
}
