//! Placeholders of other tools, in which they put a value before they send a query.

use super::failed_text::FailedText;
use crate::run::text::token::Kind;

/// Of a placeholder that is shown in full.
const CHARACTERS_MAX: usize = 60;

pub(super) fn explain(text: &FailedText<'_>) -> Option<String> {
    let at = text.at?;
    if is_cast_with_one_colon(text, at) {
        return Some("A cast has two colons, as in id::text.".to_owned());
    }
    let (placeholder, tools) = starting_at(text, at).or_else(|| ending_before(text, at))?;
    Some(format!(
        "{placeholder} is a placeholder of {tools}. In a clip, write a blank in its place, as in {{{{country}}}}, or the value \
         itself."
    ))
}

/// PostgreSQL stumbles over its first character.
fn starting_at<'a>(text: &FailedText<'a>, at: usize) -> Option<(&'a str, &'static str)> {
    let rest = &text.sql[text.tokens.get(at)?.start..];
    let closed = |open: &str, close: &'static str, tools| {
        let inside = rest.strip_prefix(open)?;
        let end = open.len() + inside.find(close)? + close.len();
        let is_short = end <= CHARACTERS_MAX && !rest[..end].contains('\n');
        is_short.then(|| (&rest[..end], tools))
    };
    closed("{%", "%}", "Jinja and dbt")
        .or_else(|| closed("{", "}", "Blazer and other tools").filter(|(shown, _)| is_name(shown)))
        .or_else(|| closed("${", "}", "Grafana and JavaScript"))
        .or_else(|| closed("%(", ")s", "Python's psycopg"))
        .or_else(|| named(text, at))
}

/// As in `{x}`; `{1, 2}` would be an array.
fn is_name(braces: &str) -> bool {
    let name = braces.trim_matches(['{', '}', ' ']);
    name.starts_with(char::is_alphabetic)
        && name
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_')
}

/// To PostgreSQL its first character is an operator: it stumbles over what follows.
fn ending_before<'a>(text: &FailedText<'a>, at: usize) -> Option<(&'a str, &'static str)> {
    let start = at
        .checked_sub(1)
        .filter(|start| text.expects_value(*start))?;
    match text.is_symbol(start, "?") {
        true => Some(("?", "JDBC and other drivers")),
        false => named(text, start).filter(|_| !text.is_symbol(start, ":")),
    }
}

/// A sign with a name.
fn named<'a>(text: &FailedText<'a>, start: usize) -> Option<(&'a str, &'static str)> {
    let sign = text.tokens.get(start)?;
    let name = text.touching(start + 1)?;
    let is_word = name.kind == Kind::Word;
    let tools = match sign.text {
        ":" if is_word || matches!(name.kind, Kind::String | Kind::QuotedName) => {
            "psql, SQLAlchemy and other tools"
        }
        "%" if name.is_word("s") || name.is_word("d") => "Python's psycopg",
        "@" if is_word => "SQL Server and MySQL",
        "&" if is_word => "Oracle",
        "$" if is_word => "Grafana and shells",
        _ => return None,
    };
    Some((&text.sql[sign.start..name.end()], tools))
}

/// As in `id:text`.
fn is_cast_with_one_colon(text: &FailedText<'_>, at: usize) -> bool {
    let is_colon = text.is_symbol(at, ":") && text.touching(at).is_some();
    let has_type = text
        .touching(at + 1)
        .is_some_and(|token| token.kind == Kind::Word);
    is_colon && has_type && !text.expects_value(at)
}
