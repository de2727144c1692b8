//! Finds the blanks of a query: `{{country}}`, `{{country = France}}`, `{{country?}}`.
//!
//! Only outside of quotes and comments, where PostgreSQL has no token that begins with `{`: so no text changes its meaning
//! by them.

use super::ParameterError;
use super::{BLANKS_MAX, Failure, NAME_BYTES_MAX};
use crate::run::text::token::{Kind, Token, tokens};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A place in a text where a value belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blank<'a> {
    pub(super) name: &'a str,
    pub(super) default: Option<&'a str>,
    pub(super) is_nullable: bool,
    /// In bytes from the start of the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The blanks of a text, in order.
pub(super) fn blanks(sql: &str) -> Result<Vec<Blank<'_>>, Failure> {
    let mut found = Vec::new();
    if !sql.contains(OPEN) {
        return Ok(found);
    }
    let mut has_numbered = false;
    let mut tokens = tokens(sql);
    while let Some(token) = tokens.next() {
        has_numbered |= token.kind == Kind::Parameter;
        if opens(sql, &token) {
            let blank = Blank::read(sql, token.start)?;
            tokens.skip_to(blank.end);
            found.push(blank);
            if found.len() > BLANKS_MAX {
                return Err(ParameterError::too_many_blanks(sql, token.start, BLANKS_MAX).into());
            }
        }
    }
    match has_numbered && !found.is_empty() {
        true => Err(Failure::Parameters),
        false => Ok(found),
    }
}

fn opens(sql: &str, token: &Token<'_>) -> bool {
    token.is_symbol("{") && sql[token.start..].starts_with(OPEN)
}

impl<'a> Blank<'a> {
    fn read(sql: &'a str, start: usize) -> Result<Self, Failure> {
        let rest = &sql[start + OPEN.len()..];
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let Some(length) = length(line) else {
            return Err(ParameterError::unclosed(sql, start).into());
        };
        let end = start + OPEN.len() + length + CLOSE.len();
        let Some((name, default, is_nullable)) = parts(&line[..length]) else {
            return Err(ParameterError::unreadable_blank(sql, start..end).into());
        };
        if name.len() > NAME_BYTES_MAX {
            return Err(ParameterError::long_name(sql, start, NAME_BYTES_MAX).into());
        }
        let blank = Self {
            name,
            default,
            is_nullable,
            start,
            end,
        };
        match blank.touches(sql) {
            true => Err(ParameterError::touching(sql, blank.name, start..end).into()),
            false => Ok(blank),
        }
    }

    /// Whether what stands beside it could join with a number in its place.
    fn touches(&self, sql: &str) -> bool {
        let joins = |character: char| {
            character.is_ascii_alphanumeric()
                || matches!(character, '_' | '$' | '\'' | '"')
                || !character.is_ascii()
        };
        sql[..self.start].ends_with(joins) || sql[self.end..].starts_with(joins)
    }
}

/// Of what stands between the braces. The last of several closes: the default of `{{a = {1,2}}}` is an array.
fn length(line: &str) -> Option<usize> {
    let close = line.find(CLOSE)?;
    let behind = &line[close + CLOSE.len()..];
    Some(close + behind.len() - behind.trim_start_matches('}').len())
}

/// Name, default, and whether it may be empty.
fn parts(inside: &str) -> Option<(&str, Option<&str>, bool)> {
    let (declared, default) = match inside.split_once('=') {
        Some((declared, default)) => (declared, Some(default.trim())),
        None => (inside, None),
    };
    let declared = declared.trim();
    let (name, is_nullable) = match declared.strip_suffix('?') {
        Some(name) => (name.trim_end(), true),
        None => (declared, false),
    };
    has_characters_of_name(name).then_some((name, default, is_nullable))
}

/// A letter, and then letters, digits and `_`; not too long.
pub fn is_name(name: &str) -> bool {
    has_characters_of_name(name) && name.len() <= NAME_BYTES_MAX
}

fn has_characters_of_name(name: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    name.starts_with(|character: char| character.is_ascii_alphabetic()) && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<&str> {
        let blanks = blanks(sql).unwrap();
        blanks
            .iter()
            .map(|blank| &sql[blank.start..blank.end])
            .collect()
    }

    #[test]
    fn blanks_are_outside_of_quotes_and_comments() {
        for (sql, expected) in [
            ("select {{a}}", &["{{a}}"][..]),
            ("select {{ a }}, {{b_1?}}", &["{{ a }}", "{{b_1?}}"]),
            ("select {{a = O'Brien}} from t", &["{{a = O'Brien}}"]),
            ("select {{a = -- x}}, 'b'", &["{{a = -- x}}"]),
            ("select {{a=/* }}, 1", &["{{a=/* }}"]),
            ("select {{a = $$}}, {{b}}", &["{{a = $$}}", "{{b}}"]),
            (
                "select {{a = é\u{1f600}}}, {{b}}",
                &["{{a = é\u{1f600}}}", "{{b}}"],
            ),
            ("select {{a = x = y}}", &["{{a = x = y}}"]),
            ("select {{a = {1,2}}}, {{b}}", &["{{a = {1,2}}}", "{{b}}"]),
            ("select {{a = {}}}", &["{{a = {}}}"]),
            ("select {{a = {{1},{2}}}}", &["{{a = {{1},{2}}}}"]),
            ("select -{{a}}::int", &["{{a}}"]),
            ("select ({{a}})", &["{{a}}"]),
            ("select array[{{a}},{{b}}]", &["{{a}}", "{{b}}"]),
            ("select {{a}}{{b}}", &["{{a}}", "{{b}}"]),
            ("select '{{a}}'::text[]", &[]),
            ("select replace(body, '{{name}}', {{x}})", &["{{x}}"]),
            (r"select E'\'{{a}}'", &[]),
            (r"select '\', {{a}}, ''", &["{{a}}"]),
            ("select $$ {{a}} $$", &[]),
            ("select $b$ {{a}} $$ {{a}} $b$, {{c}}", &["{{c}}"]),
            ("select 1 as \"{{a}}\"", &[]),
            ("select 1 -- {{a}}\n, {{b}}", &["{{b}}"]),
            ("select /* /* */ {{a}} */ {{b}}", &["{{b}}"]),
            ("select U&'{{a}}', b'{{a}}'", &[]),
            ("select 'a'\n'{{b}}', {{c}}", &["{{c}}"]),
            ("select '{{a", &[]),
            ("select { {a}}", &[]),
            ("select {a}", &[]),
            ("select $1", &[]),
            ("", &[]),
        ] {
            assert_eq!(found(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_blank_that_cannot_be_read_is_refused_by_its_place() {
        for (sql, position, word) in [
            ("select {{a", 8, "}}"),
            ("select {{a\n}}", 8, "}}"),
            ("select {{}}", 8, "letter"),
            ("select {{1a}}", 8, "letter"),
            ("select {{a b}}", 8, "letter"),
            ("select {{é}}", 8, "letter"),
            ("select {{a-b}}", 8, "letter"),
            ("select 'é', {{ }}", 13, "letter"),
            ("select x{{a}}", 9, "{{a}}"),
            ("select {{a}}x", 8, "{{a}}"),
            ("select {{a}}1", 8, "{{a}}"),
            ("select 'x'{{a}}", 11, "{{a}}"),
            ("select {{a}}'x'", 8, "{{a}}"),
            ("select {{a}}\"x\"", 8, "{{a}}"),
            ("select é{{a}}", 9, "{{a}}"),
            ("select {{a}}$1", 8, "{{a}}"),
            ("select e{{a}}", 9, "{{a}}"),
        ] {
            let failure = blanks(sql).unwrap_err();
            assert_eq!(failure.code(), "parameter_malformed", "{sql}");
            assert_eq!(failure.position(), Some(position), "{sql}");
            assert!(failure.message().contains(word), "{sql}: {failure}");
        }
    }

    #[test]
    fn numbered_parameters_do_not_stand_beside_blanks() {
        assert_eq!(blanks("select $1, {{a}}").unwrap_err(), Failure::Parameters);
        assert_eq!(blanks("select {{a}}, $1").unwrap_err(), Failure::Parameters);
        assert!(blanks("select '$1', {{a}}").is_ok());
    }

    #[test]
    fn a_name_is_short() {
        assert!(is_name(&"a".repeat(63)));
        assert!(!is_name(&"a".repeat(64)));
        let sql = format!("select {{{{{}}}}}", "a".repeat(64));
        let failure = blanks(&sql).unwrap_err();
        assert_eq!(failure.position(), Some(8));
        assert!(failure.message().contains("63 characters"), "{failure}");
    }
}
