//! What can be seen of a text without the database: never whether it is allowed.

use super::Failure;

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
    let (word, rest) = first_word(sql);
    let is = |query: &&str| word.eq_ignore_ascii_case(query);
    match is(&"select") {
        true => !is_end_of_columns(rest),
        false => ["values", "table", "with"].iter().any(is),
    }
}

/// Whether nothing is selected, as in `select from orders`. Only a description says so before the query has run.
fn is_end_of_columns(rest: &str) -> bool {
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
    let (word, rest) = first_word(rest);
    match word {
        "" => rest.is_empty() || rest.starts_with([';', ')']),
        word => NEXT.iter().any(|next| word.eq_ignore_ascii_case(next)),
    }
}

fn first_word(sql: &str) -> (&str, &str) {
    let sql = after_comments(sql);
    let end = sql
        .find(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '$')));
    sql.split_at(end.unwrap_or(sql.len()))
}

fn after_comments(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}', '(']);
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.trim_start_matches(|character| !matches!(character, '\n' | '\r'));
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = after_block(comment);
        } else {
            return rest;
        }
    }
}

/// Behind the end of a comment that has begun; comments can be nested.
fn after_block(comment: &str) -> &str {
    let mut rest = comment;
    let mut depth = 1;
    while depth > 0 {
        let Some(at) = rest.find(['*', '/']) else {
            return "";
        };
        rest = &rest[at..];
        let (change, length) = match rest.as_bytes() {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth += change;
        rest = &rest[length..];
    }
    rest
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
