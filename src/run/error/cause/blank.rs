//! Blanks whose type PostgreSQL cannot tell from their place, or tells another than was meant.

use tokio_postgres::error::SqlState;

use super::failed_text::FailedText;
use crate::run::text::token::{Kind, Token};

/// What the words of an error say about the type that was probably meant.
const TYPES: [(&str, &str); 9] = [
    ("date_", "timestamp"),
    ("age(", "timestamp"),
    ("extract", "timestamp"),
    ("timestamp", "interval"),
    ("date ", "interval"),
    ("time ", "interval"),
    ("json", "jsonb"),
    ("->", "jsonb"),
    ("||", "text"),
];
const TYPE_ELSE: &str = "numeric";

const NO_VALUE: &str = "A blank stands for a value, not for a table, a column or a keyword.";

/// `text` has numbers in place of blanks; `names` has the name of each number, from 1, with the type that the clip's
/// settings fix. Returns the sentence, and the name of the blank if the settings are at fault.
pub(in crate::run::error) fn explain(
    text: &FailedText<'_>,
    sqlstate: &str,
    message: &str,
    names: &[(&str, Option<&str>)],
) -> Option<(String, Option<String>)> {
    if sqlstate == SqlState::SYNTAX_ERROR.code() {
        return at_error(text).map(|_| (NO_VALUE.to_owned(), None));
    }
    const CODES: [SqlState; 6] = [
        SqlState::AMBIGUOUS_FUNCTION,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::INDETERMINATE_DATATYPE,
        SqlState::AMBIGUOUS_PARAMETER,
        SqlState::DATATYPE_MISMATCH,
        SqlState::CANNOT_COERCE,
    ];
    if !CODES.iter().any(|code| code.code() == sqlstate) {
        return None;
    }
    if let Some((name, Some(fixed))) = named(&blank(text, true)?, names) {
        let sentence = format!(
            "Settings fixes the type of `{name}` to {fixed}: choose another one there, or Automatic."
        );
        return Some((sentence, Some(name.to_owned())));
    }
    // The type that is named behind a blank is one that it has.
    if sqlstate == SqlState::CANNOT_COERCE.code() {
        return None;
    }
    // A function that does not exist is rather misspelled.
    let may_be_argument = sqlstate != SqlState::UNDEFINED_FUNCTION.code();
    let (name, _) = named(&blank(text, may_be_argument)?, names)?;
    let meant = TYPES.iter().find(|(words, _)| message.contains(words));
    let meant = meant.map_or(TYPE_ELSE, |(_, meant)| meant);
    let sentence = format!("Name the type behind the blank, as in {{{{{name}}}}}::{meant}.");
    Some((sentence, None))
}

pub(in crate::run::error) fn name_at_error<'n>(
    text: &FailedText<'_>,
    names: &[(&'n str, Option<&str>)],
) -> Option<&'n str> {
    named(&at_error(text)?, names).map(|(name, _)| name)
}

/// The name and the fixed type of the blank in whose place a number stands.
fn named<'n, 't>(
    number: &Token<'_>,
    names: &[(&'n str, Option<&'t str>)],
) -> Option<(&'n str, Option<&'t str>)> {
    let number: usize = number.text.strip_prefix('$')?.parse().ok()?;
    names.get(number.checked_sub(1)?).copied()
}

/// The number at the error, if it is one.
fn at_error<'a>(text: &FailedText<'a>) -> Option<Token<'a>> {
    let first = text.tokens.get(text.at?)?;
    (first.kind == Kind::Parameter).then_some(*first)
}

/// Where an operand ends.
const ENDS: [&str; 12] = [
    "and", "or", "from", "where", "group", "having", "order", "limit", "then", "else", "end", "as",
];

/// The blank at the error, in the operands of its operator, or the first among the arguments of its function.
fn blank<'a>(text: &FailedText<'a>, may_be_argument: bool) -> Option<Token<'a>> {
    let at = text.at?;
    let (before, rest) = text.tokens.split_at_checked(at)?;
    let is_blank = |token: &&Token<'_>| token.kind == Kind::Parameter;
    if let Some(number) = at_error(text) {
        return Some(number);
    }
    let first = rest.first()?;
    if first.kind == Kind::Symbol {
        let behind = rest.iter().take_while(is_of_operand).find(is_blank);
        let mut before = before.iter().rev().take_while(is_of_operand);
        return behind.or_else(|| before.find(is_blank)).copied();
    }
    let arguments = arguments(rest).filter(|_| may_be_argument)?;
    arguments.iter().find(is_blank).copied()
}

fn is_of_operand(token: &&Token<'_>) -> bool {
    !token.is_symbol(",") && !ENDS.iter().any(|word| token.is_word(word))
}

/// Of a call whose name begins these tokens.
fn arguments<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let is_of_name = |token: &Token<'_>| {
        matches!(token.kind, Kind::Word | Kind::QuotedName) || token.is_symbol(".")
    };
    let name = tokens.iter().take_while(|token| is_of_name(token)).count();
    let (open, behind) = tokens.get(name..)?.split_first()?;
    if name == 0 || !open.is_symbol("(") {
        return None;
    }
    let mut depth = 1_usize;
    let end = behind.iter().position(|token| {
        depth += usize::from(token.is_symbol("("));
        depth -= usize::from(token.is_symbol(")"));
        depth == 0
    });
    behind.get(..end?)
}
