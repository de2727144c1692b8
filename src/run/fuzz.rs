//! What holds for every text of a query, for fuzzing and its corpus.

use super::parameters::{PARAMETERS_MAX, Parameters, Statement, hints, is_name};
use super::text::begins_like_query;
use super::text::token::{Kind, tokens};

/// Every byte is in one token; quotes and comments are where a second reading finds them; blanks become numbers in place.
pub fn lexer(data: &[u8]) {
    let Ok(sql) = str::from_utf8(data) else {
        return;
    };
    let mut end = 0;
    for token in tokens(sql) {
        assert!(token.start == end && !token.text.is_empty(), "{token:?}");
        end = token.end();
    }
    assert_eq!(end, sql.len());
    assert_eq!(quoted_by_tokens(sql), quoted(sql), "{sql:?}");
    begins_like_query(sql);
    blanks(sql);
}

fn blanks(sql: &str) {
    assert!(hints(sql).len() <= 2 * sql.len());
    let (Ok(parameters), Ok(statement)) = (Parameters::read(sql), Statement::without_values(sql))
    else {
        return;
    };
    assert!(parameters.names().all(is_name));
    assert!(parameters.names().count() <= PARAMETERS_MAX);
    assert!(parameters.names().eq(statement.names().iter().copied()));
    let text = statement.text();
    assert_eq!(text.len(), sql.len());
    if statement.has_blanks() {
        let numbers = tokens(text).filter(|token| token.kind == Kind::Parameter);
        let mut seen: Vec<&str> = numbers.map(|token| token.text).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), parameters.names().count(), "{sql:?}: {text:?}");
    }
}

/// Which bytes are in quotes or comments, without the letters before a quote.
fn quoted_by_tokens(sql: &str) -> Vec<bool> {
    let mut quoted = vec![false; sql.len()];
    for token in tokens(sql) {
        let open = match token.kind {
            Kind::Comment => Some(0),
            Kind::String | Kind::QuotedName => token.text.find(['\'', '"', '$']),
            Kind::Blank | Kind::Word | Kind::Number | Kind::Parameter | Kind::Symbol => None,
        };
        if let Some(open) = open {
            quoted[token.start + open..token.end()].fill(true);
        }
    }
    quoted
}

/// The same, read again in the simplest way: PostgreSQL's manual, section 4.1.
fn quoted(sql: &str) -> Vec<bool> {
    let bytes = sql.as_bytes();
    let mut quoted = Vec::new();
    while quoted.len() < bytes.len() {
        let rest = &bytes[quoted.len()..];
        let (plain, marked) = match rest {
            [b'-', b'-', ..] => (0, line(rest)),
            [b'/', b'*', ..] => (0, block(rest)),
            [b'\'', ..] => (0, string(rest, false)),
            [b'e' | b'E', b'\'', ..] => (1, string(&rest[1..], true)),
            [b'"', ..] => (0, name(rest)),
            [b'$', digit, ..] if digit.is_ascii_digit() => (1 + digits(&rest[1..]), 0),
            [b'$', ..] => match dollars(rest) {
                0 => (1, 0),
                length => (0, length),
            },
            [first, ..] if is_letter(*first) => (word(rest), 0),
            [first, ..] if first.is_ascii_digit() => (number(rest), 0),
            _ => (1, 0),
        };
        quoted.extend(std::iter::repeat_n(false, plain));
        quoted.extend(std::iter::repeat_n(true, marked));
    }
    quoted
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn count(text: &[u8], is_part: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|byte| is_part(**byte)).count()
}

fn digits(text: &[u8]) -> usize {
    count(text, |byte| byte.is_ascii_digit())
}

/// A word goes on with digits and dollars. A quote right behind `e` is read before this.
fn word(text: &[u8]) -> usize {
    count(text, |byte| {
        is_letter(byte) || byte.is_ascii_digit() || byte == b'$'
    })
}

fn number(text: &[u8]) -> usize {
    let mut length = count(text, |byte| byte.is_ascii_digit() || byte == b'.');
    let exponent = match &text[length..] {
        [b'e' | b'E', b'+' | b'-', rest @ ..] => (2, digits(rest)),
        [b'e' | b'E', rest @ ..] => (1, digits(rest)),
        _ => (0, 0),
    };
    if let (sign, digits @ 1..) = exponent {
        length += sign + digits;
    }
    match text.get(length) {
        Some(byte) if is_letter(*byte) => length + word(&text[length..]),
        _ => length,
    }
}

fn line(text: &[u8]) -> usize {
    count(text, |byte| byte != b'\n' && byte != b'\r')
}

fn block(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < text.len() {
        let pair = &text[at..text.len().min(at + 2)];
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

fn name(text: &[u8]) -> usize {
    one(text, b'"', false).unwrap_or(text.len())
}

/// From the first quote to after the last one, across line breaks.
fn string(text: &[u8], has_escapes: bool) -> usize {
    let Some(end) = one(text, b'\'', has_escapes) else {
        return text.len();
    };
    match gap(&text[end..]) {
        Some(gap) => end + gap + string(&text[end + gap..], has_escapes),
        None => end,
    }
}

/// `None` if it is not closed.
fn one(text: &[u8], quote: u8, has_escapes: bool) -> Option<usize> {
    let mut at = 1;
    loop {
        let (byte, next) = (*text.get(at)?, text.get(at + 1));
        if (has_escapes && byte == b'\\') || (byte == quote && next == Some(&quote)) {
            at += 2;
        } else if byte == quote {
            return Some(at + 1);
        } else {
            at += 1;
        }
    }
}

/// What is between two parts of a string: blanks with a line break, and comments to the end of a line.
fn gap(text: &[u8]) -> Option<usize> {
    let (mut at, mut has_break) = (0, false);
    while at < text.len() && text[at] != b'\'' {
        match &text[at..] {
            [b'\n' | b'\r', ..] => has_break = true,
            [b' ' | b'\t' | 0xb | 0xc, ..] => {}
            [b'-', b'-', ..] => at += line(&text[at..]) - 1,
            _ => return None,
        }
        at += 1;
    }
    (has_break && at < text.len()).then_some(at)
}

/// 0 if no tag begins here.
fn dollars(text: &[u8]) -> usize {
    let name = count(&text[1..], |byte| is_letter(byte) || byte.is_ascii_digit());
    if text.get(1 + name) != Some(&b'$') {
        return 0;
    }
    let (tag, inside) = text.split_at(name + 2);
    let close = inside.windows(tag.len()).position(|part| part == tag);
    close.map_or(text.len(), |close| close + 2 * tag.len())
}
