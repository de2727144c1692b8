//! What can be seen of a text without the database: never whether it is allowed.

pub(super) mod token;

use super::Failure;
use token::{Token, tokens};

/// Refuses what PostgreSQL cannot receive, and what it would run as nothing.
pub(super) fn refuse_without_statement(sql: &str) -> Result<(), Failure> {
    let is_blank = |character: char| character.is_whitespace() || character == ';';
    if sql.contains('\0') {
        Err(Failure::Nul)
    } else if sql.chars().all(is_blank) {
        Err(Failure::Empty)
    } else {
        Ok(())
    }
}

/// Whether the text begins like a query that returns rows, after comments and parentheses. Decides only in how many
/// round trips it is run: it may still do something else, as `select … into` or `with … insert` do.
pub(super) fn begins_like_query(sql: &str) -> bool {
    let tokens = tokens(sql).filter(Token::has_meaning);
    let mut tokens = tokens.skip_while(|token| token.is_symbol("("));
    let Some(first) = tokens.next() else {
        return false;
    };
    match first.is_word("select") {
        true => !is_end_of_columns(tokens.next()),
        false => ["values", "table", "with"]
            .iter()
            .any(|word| first.is_word(word)),
    }
}

/// Whether nothing is selected, as in `select from orders`. Only a description says so before the query has run.
fn is_end_of_columns(next: Option<Token<'_>>) -> bool {
    const NEXT: [&str; 14] = [
        "from",
        "into",
        "where",
        "group",
        "having",
        "window",
        "union",
        "intersect",
        "except",
        "order",
        "limit",
        "offset",
        "fetch",
        "for",
    ];
    next.is_none_or(|token| {
        let is_end = token.is_symbol(";") || token.is_symbol(")");
        is_end || NEXT.iter().any(|word| token.is_word(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_recognised_behind_comments_and_parentheses() {
        for sql in [
            "select 1",
            "SELECT 1",
            "select*from t",
            "select 'a' from t",
            "select (select from t)",
            "select frome",
            "values (1)",
            "Table t",
            "with a as (select 1) select * from a",
            "((select 1))",
            " \t\r\n\u{b}\u{c}-- a\n-- b\r(/* c /* d */ * / */ ( select 1))",
        ] {
            assert!(begins_like_query(sql), "{sql}");
        }
        for sql in [
            "",
            "select",
            "selects",
            "select ;",
            "(select)",
            "select/* a */from t",
            "select INTO x from t",
            "select_1",
            "selecté",
            "show all",
            "explain select 1",
            "-- select 1",
            "/* select 1",
            "/* /* */ select 1",
            "/ * */ select 1",
            ";select 1",
            "\u{a0}select 1",
            "\"select\" 1",
            "execute a",
        ] {
            assert!(!begins_like_query(sql), "{sql}");
        }
    }
}
