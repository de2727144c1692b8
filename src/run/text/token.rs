//! Divides a SQL text into tokens as PostgreSQL does, to tell what stands outside of quotes and comments.
//!
//! Every byte of the text is in exactly one token. Assumes `standard_conforming_strings`, PostgreSQL's default.

const BACKSLASH: Option<u8> = Some(b'\\');

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Kind {
    Blank,
    Comment,
    /// `'…'` with any prefix, and `$tag$…$tag$`.
    String,
    /// `"…"`, a name.
    QuotedName,
    /// A name or a keyword. As for PostgreSQL, every character beyond ASCII is a letter.
    Word,
    Number,
    /// `$1`
    Parameter,
    /// A single character: a part of an operator, or punctuation.
    Symbol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) struct Token<'a> {
    pub(in crate::run) kind: Kind,
    pub(in crate::run) text: &'a str,
    /// In bytes from the start of the SQL text.
    pub(in crate::run) start: usize,
    /// Whether a quote or a block comment ends before the SQL text does.
    pub(in crate::run) is_closed: bool,
}

pub(in crate::run) struct Tokens<'a> {
    sql: &'a str,
    start: usize,
}

pub(in crate::run) fn tokens(sql: &str) -> Tokens<'_> {
    Tokens { sql, start: 0 }
}

impl Tokens<'_> {
    /// Goes on from here, in bytes from the start of the SQL text.
    pub(in crate::run) fn skip_to(&mut self, start: usize) {
        self.start = start;
    }
}

impl Token<'_> {
    /// In bytes from the start of the SQL text.
    pub(in crate::run) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Neither a blank nor a comment.
    pub(in crate::run) fn has_meaning(&self) -> bool {
        !matches!(self.kind, Kind::Blank | Kind::Comment)
    }

    pub(in crate::run) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(in crate::run) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.sql[self.start..];
        let first = rest.chars().next()?;
        let (kind, end) = measure(rest, first);
        let token = Token {
            kind,
            text: &rest[..end.unwrap_or(rest.len())],
            start: self.start,
            is_closed: end.is_some(),
        };
        self.start = token.end();
        Some(token)
    }
}

/// The kind of the first token, and where it ends; `None` if it is not closed.
fn measure(rest: &str, first: char) -> (Kind, Option<usize>) {
    match rest.as_bytes() {
        [b'-', b'-', ..] => (Kind::Comment, Some(end_of_line(rest))),
        [b'/', b'*', ..] => (Kind::Comment, end_of_block(rest)),
        [b'\'', ..] => (Kind::String, end_of_string(rest, 1, None)),
        [b'e' | b'E', b'\'', ..] => (Kind::String, end_of_string(rest, 2, BACKSLASH)),
        [b'b' | b'B' | b'n' | b'N' | b'x' | b'X', b'\'', ..] => {
            (Kind::String, end_of_string(rest, 2, None))
        }
        [b'u' | b'U', b'&', b'\'', ..] => (Kind::String, end_of_string(rest, 3, None)),
        [b'u' | b'U', b'&', b'"', ..] => (Kind::QuotedName, end_of_quotes(rest, 3, b'"', None)),
        [b'"', ..] => (Kind::QuotedName, end_of_quotes(rest, 1, b'"', None)),
        [b'$', b'0'..=b'9', ..] => (Kind::Parameter, Some(1 + end_of_digits(&rest[1..]))),
        [b'$', ..] => match dollar_tag(rest) {
            Some(tag) => (Kind::String, end_of_dollar_quotes(rest, tag)),
            None => (Kind::Symbol, Some(1)),
        },
        _ => measure_plain(rest, first),
    }
}

fn measure_plain(rest: &str, first: char) -> (Kind, Option<usize>) {
    let end = |is_part: fn(char) -> bool| {
        let end = rest.find(|character| !is_part(character));
        Some(end.unwrap_or(rest.len()))
    };
    match first {
        first if is_blank(first) => (Kind::Blank, end(is_blank)),
        first if starts_word(first) => (Kind::Word, end(continues_word)),
        '0'..='9' => (Kind::Number, Some(end_of_number(rest))),
        symbol => (Kind::Symbol, Some(symbol.len_utf8())),
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

fn starts_word(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn continues_word(character: char) -> bool {
    starts_word(character) || character.is_ascii_digit() || character == '$'
}

/// With letters that touch it: `1e5`, `0x1f`, `1_000`. As far as they are not of the number, they name a column until
/// PostgreSQL 14, and are an error since. Nowhere can a string follow.
fn end_of_number(text: &str) -> usize {
    let digits = text.find(|character: char| !character.is_ascii_digit() && character != '.');
    let digits = digits.unwrap_or(text.len());
    let number = digits + end_of_exponent(&text[digits..]);
    let letters = &text[number..];
    let end = match letters.starts_with(starts_word) {
        true => letters.find(|character| !continues_word(character)),
        false => Some(0),
    };
    end.map_or(text.len(), |end| number + end)
}

/// 0 where there is none.
fn end_of_exponent(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['e', 'E']) else {
        return 0;
    };
    let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    match end_of_digits(digits) {
        0 => 0,
        end => text.len() - digits.len() + end,
    }
}

fn end_of_digits(text: &str) -> usize {
    let end = text.find(|character: char| !character.is_ascii_digit());
    end.unwrap_or(text.len())
}

fn end_of_line(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

/// Comments can be nested.
fn end_of_block(text: &str) -> Option<usize> {
    let mut end = 0;
    let mut depth = 0;
    loop {
        end += text[end..].find(['*', '/'])?;
        let (change, length) = match &text.as_bytes()[end..] {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth += change;
        end += length;
        if depth == 0 {
            return Some(end);
        }
    }
}

/// A string goes on behind a line break: `'a'` and `'b'` on two lines are one.
fn end_of_string(text: &str, start: usize, escape: Option<u8>) -> Option<usize> {
    let mut end = end_of_quotes(text, start, b'\'', escape)?;
    while let Some(next) = continuation(&text[end..]) {
        end = end_of_quotes(text, end + next, b'\'', escape)?;
    }
    Some(end)
}

/// Behind the closing quote; a doubled one is a part of the text, as is one behind an escape.
fn end_of_quotes(text: &str, start: usize, quote: u8, escape: Option<u8>) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        let special = |byte: &u8| *byte == quote || Some(*byte) == escape;
        at += bytes.get(at..)?.iter().position(special)?;
        match bytes.get(at + 1) {
            _ if bytes[at] != quote => at += 2,
            Some(next) if *next == quote => at += 2,
            _ => return Some(at + 1),
        }
    }
}

/// Behind the quote with which a string goes on after its closing quote.
fn continuation(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut has_line_break = false;
    loop {
        match bytes.get(at..)? {
            [b'\'', ..] => return has_line_break.then_some(at + 1),
            [b'-', b'-', ..] => at += end_of_line(&text[at..]),
            [byte, ..] if is_blank(char::from(*byte)) => {
                has_line_break |= matches!(byte, b'\n' | b'\r');
                at += 1;
            }
            _ => return None,
        }
    }
}

/// `$tag$` with its dollars, if the text begins with one.
fn dollar_tag(text: &str) -> Option<&str> {
    let name = text.get(1..)?;
    let name = &name[..name.find('$')?];
    let starts_well = name.chars().next().is_none_or(starts_word);
    let is_tag = starts_well && name.chars().all(continues_word);
    is_tag.then(|| &text[..name.len() + 2])
}

fn end_of_dollar_quotes(text: &str, tag: &str) -> Option<usize> {
    let end = text[tag.len()..].find(tag)?;
    Some(end + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens with a meaning, one a word; those that are not closed end with `…`.
    fn shown(sql: &str) -> Vec<String> {
        let whole: String = tokens(sql).map(|token| token.text).collect();
        assert_eq!(whole, sql);
        let tokens = tokens(sql).filter(Token::has_meaning);
        tokens
            .map(|token| {
                let open = if token.is_closed { "" } else { "…" };
                format!("{:?}:{}{open}", token.kind, token.text)
            })
            .collect()
    }

    #[test]
    fn quotes_and_comments_end_where_postgresql_ends_them() {
        for (sql, expected) in [
            ("a B_1$x é", &["Word:a", "Word:B_1$x", "Word:é"][..]),
            ("'a''b'c", &["String:'a''b'", "Word:c"]),
            (r"'a\' b", &[r"String:'a\'", "Word:b"]),
            (r"E'a\'b' c", &[r"String:E'a\'b'", "Word:c"]),
            (r"e'\\' 'c'", &[r"String:e'\\'", "String:'c'"]),
            (r"e'a\", &[r"String:e'a\…"]),
            (r"e'\é' b", &[r"String:e'\é'", "Word:b"]),
            (r"re'a\' b", &["Word:re", r"String:'a\'", "Word:b"]),
            (r"U&'\00e9'x", &[r"String:U&'\00e9'", "Word:x"]),
            ("b'01' X'1f'", &["String:b'01'", "String:X'1f'"]),
            ("'a'\n 'b' 'c'", &["String:'a'\n 'b'", "String:'c'"]),
            ("'a' -- x\n'b'", &["String:'a' -- x\n'b'"]),
            ("E'a'\n'\\'b'c", &["String:E'a'\n'\\'b'", "Word:c"]),
            ("\"a\"\"'b\" c", &["QuotedName:\"a\"\"'b\"", "Word:c"]),
            (r#"u&"\00e9" c"#, &[r#"QuotedName:u&"\00e9""#, "Word:c"]),
            ("u & 'x'", &["Word:u", "Symbol:&", "String:'x'"]),
            ("$$a'b$$c", &["String:$$a'b$$", "Word:c"]),
            ("$é1$ $$ $é $é1$", &["String:$é1$ $$ $é $é1$"]),
            ("$a$ $b$", &["String:$a$ $b$…"]),
            ("a$$b$$", &["Word:a$$b$$"]),
            ("$1$a$", &["Parameter:$1", "String:$a$…"]),
            ("$ $x", &["Symbol:$", "Symbol:$", "Word:x"]),
            (
                "1e5 1.5$$x$$",
                &["Number:1e5", "Number:1.5", "String:$$x$$"],
            ),
            ("0x1F 1_000", &["Number:0x1F", "Number:1_000"]),
            // A column's name on PostgreSQL 13 and 14.
            ("1a$$ 1.e$$", &["Number:1a$$", "Number:1.e$$"]),
            ("1e+5.5", &["Number:1e+5", "Symbol:.", "Number:5"]),
            ("1e5$a$'", &["Number:1e5", "String:$a$'…"]),
            ("1e+$$'$$", &["Number:1e", "Symbol:+", "String:$$'$$"]),
            (".5x", &["Symbol:.", "Number:5x"]),
            (
                "$1a$x$ $1'",
                &["Parameter:$1", "Word:a$x$", "Parameter:$1", "String:'…"],
            ),
            ("$a$$a $a$", &["String:$a$$a $a$"]),
            ("$$$a$$", &["String:$$$a$$"]),
            ("$a b$c$", &["Symbol:$", "Word:a", "Word:b$c$"]),
            ("$1a$$$", &["Parameter:$1", "Word:a$$$"]),
            (
                "é$$ $\u{a0}$'$\u{a0}$",
                &["Word:é$$", "String:$\u{a0}$'$\u{a0}$"],
            ),
            ("e'a\\\n'c'", &["String:e'a\\\n'", "Word:c", "String:'…"]),
            (
                "e'a'\r--'\r\u{c}'\\''b",
                &["String:e'a'\r--'\r\u{c}'\\''", "Word:b"],
            ),
            ("'a'\n/**/'b'", &["String:'a'", "String:'b'"]),
            ("'a'\n''b'", &["String:'a'\n''", "String:b'…"]),
            ("'a'\nE'\\'", &["String:'a'", "String:E'\\'…"]),
            ("\"a\"\n\"b\"", &["QuotedName:\"a\"", "QuotedName:\"b\""]),
            (
                "U&'a'\n'\\' UESCAPE '!'",
                &["String:U&'a'\n'\\'", "Word:UESCAPE", "String:'!'"],
            ),
            (
                "u&\"\\\" n'\\'x",
                &["QuotedName:u&\"\\\"", "String:n'\\'", "Word:x"],
            ),
            ("xu&'\\'", &["Word:xu", "Symbol:&", "String:'\\'"]),
            ("a*--'\rb", &["Word:a", "Symbol:*", "Word:b"]),
            ("a@/*'*/b", &["Word:a", "Symbol:@", "Word:b"]),
            ("a//*'**/b", &["Word:a", "Symbol:/", "Word:b"]),
            ("/*/*/'*/*/a/***/b/* **/c", &["Word:a", "Word:b", "Word:c"]),
            ("a\u{c}b\rc", &["Word:a", "Word:b", "Word:c"]),
            ("a--'\nb--c\rd", &["Word:a", "Word:b", "Word:d"]),
            ("/*'/*\"*/ -- */a", &["Word:a"]),
            ("/* /* */ a", &[]),
            ("*/*'*/-a", &["Symbol:*", "Symbol:-", "Word:a"]),
            ("a - - b", &["Word:a", "Symbol:-", "Symbol:-", "Word:b"]),
            ("'a", &["String:'a…"]),
            ("'a''", &["String:'a''…"]),
            ("\"a", &["QuotedName:\"a…"]),
            ("\u{a0}a;", &["Word:\u{a0}a", "Symbol:;"]),
            ("", &[]),
        ] {
            assert_eq!(shown(sql), expected, "{sql}");
        }
    }
}
