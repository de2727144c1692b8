//! SQL of other databases, where what to write instead is certain.

use super::failed_text::FailedText;
use crate::run::text::token::Kind;

pub(super) fn explain(text: &FailedText<'_>) -> Option<String> {
    let advice = [go, backquotes, brackets, top, limit, show, operator];
    advice.iter().find_map(|explain| explain(text))
}

/// SQL Server's tools separate batches with it.
fn go(text: &FailedText<'_>) -> Option<String> {
    let (_, token, behind) = text.around_error()?;
    let is_last = behind.iter().all(|token| token.is_symbol(";"));
    (is_last && token.is_word("go"))
        .then(|| "GO is a command of SQL Server's tools, not SQL: leave it out.".to_owned())
}

/// MySQL.
fn backquotes(text: &FailedText<'_>) -> Option<String> {
    let mut quotes = text.tokens.iter().filter(|token| token.is_symbol("`"));
    let (open, close) = (quotes.next()?, quotes.next()?);
    Some(quoted("`", &text.sql[open.end()..close.start]))
}

/// SQL Server.
fn brackets(text: &FailedText<'_>) -> Option<String> {
    let (_, open, behind) = text.around_error()?;
    let close = behind.iter().position(|token| token.is_symbol("]"))?;
    let is_name = close > 0 && behind[..close].iter().all(|token| token.kind == Kind::Word);
    let name = &text.sql[open.end()..behind[close].start];
    (open.is_symbol("[") && is_name).then(|| quoted("[ ]", name))
}

fn quoted(marks: &str, name: &str) -> String {
    format!("PostgreSQL quotes names with \" \", not with {marks}: write \"{name}\".")
}

/// SQL Server.
fn top(text: &FailedText<'_>) -> Option<String> {
    let (before, count, _) = text.around_error()?;
    let [.., select, top] = before else {
        return None;
    };
    let is_select = select.is_word("select") || select.is_word("distinct");
    (is_select && top.is_word("top") && count.kind == Kind::Number).then(|| {
        let count = count.text;
        format!(
            "PostgreSQL has no top: write limit {count} at the end, or fetch first {count} rows only."
        )
    })
}

/// MySQL.
fn limit(text: &FailedText<'_>) -> Option<String> {
    let (_, limit, behind) = text.around_error()?;
    let [offset, comma, count, ..] = behind else {
        return None;
    };
    let is_found = limit.is_word("limit") && comma.is_symbol(",");
    is_found.then(|| {
        let (count, offset) = (count.text, offset.text);
        format!("Write limit {count} offset {offset}.")
    })
}

/// MySQL and Oracle.
fn show(text: &FailedText<'_>) -> Option<String> {
    const SHOWN: [&str; 7] = [
        "tables",
        "databases",
        "schemas",
        "columns",
        "index",
        "create",
        "full",
    ];
    let [verb, noun, ..] = &*text.tokens else {
        return None;
    };
    let shows = verb.is_word("show") && SHOWN.iter().any(|shown| noun.is_word(shown));
    let describes = verb.is_word("describe") || verb.is_word("desc");
    (shows || describes).then(|| {
        format!(
            "PostgreSQL does not use {} for this. The schema is beside the editor; or select from information_schema.tables \
             or information_schema.columns.",
            verb.text
        )
    })
}

/// Programming languages.
fn operator(text: &FailedText<'_>) -> Option<String> {
    let (before, token, _) = text.around_error()?;
    let next = text.touching(text.at? + 1);
    let doubles = next.is_some_and(|next| next.text == token.text);
    let joins = before.windows(2).any(|pair| {
        pair[0].is_symbol("&") && pair[0].end() == pair[1].start && pair[1].is_symbol("&")
    });
    let advice = match token.text {
        "=" if doubles => "PostgreSQL compares with one =.",
        "=" if joins => "PostgreSQL joins conditions with and; && compares arrays and ranges.",
        "&" if doubles => "PostgreSQL joins conditions with and; && compares arrays and ranges.",
        "!" if next.is_none_or(|next| !next.is_symbol("=")) => "PostgreSQL negates with not.",
        _ => return None,
    };
    Some(advice.to_owned())
}
