//! What an author probably did not mean, for a text that PostgreSQL accepts: said when it is saved.

use super::Parameters;
use super::blank::{Blank, blanks, is_name};
use crate::run::text::token::{Kind, Token, tokens};

/// A sentence for each, with what to write instead. None for a text without `{{`.
pub fn hints(sql: &str) -> Vec<String> {
    let (Ok(blanks), Ok(parameters)) = (blanks(sql), Parameters::read(sql)) else {
        return Vec::new();
    };
    let tokens = with_blanks(sql, &blanks);
    let mut hints: Vec<String> = quoted(&tokens, &parameters);
    hints.extend(misplaced(&tokens));
    hints.dedup();
    hints
}

/// A token of the text, or a whole blank.
enum Part<'a> {
    Token(Token<'a>),
    Blank(&'a str),
}

impl Part<'_> {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Token(token) if token.is_word(word) || token.is_symbol(word))
    }
}

fn with_blanks<'a>(sql: &'a str, blanks: &[Blank<'a>]) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut blanks = blanks.iter();
    let mut tokens = tokens(sql);
    while let Some(token) = tokens.next() {
        match blanks.as_slice().first() {
            Some(blank) if blank.start == token.start => {
                tokens.skip_to(blank.end);
                parts.push(Part::Blank(blank.name));
                blanks.next();
            }
            _ if token.has_meaning() => parts.push(Part::Token(token)),
            _ => {}
        }
    }
    parts
}

/// Names in quotes that are blanks nowhere.
fn quoted(parts: &[Part<'_>], parameters: &Parameters) -> Vec<String> {
    let strings = parts.iter().filter_map(|part| match part {
        Part::Token(token) if token.kind == Kind::String => Some(token.text),
        _ => None,
    });
    let names = strings.filter_map(|text| {
        let name = text.strip_prefix("'{{")?.strip_suffix("}}'")?.trim();
        (is_name(name) && parameters.find(name).is_none()).then_some(name)
    });
    names
        .map(|name| {
            format!("'{{{{{name}}}}}' is text, since it is in quotes. For a blank, write {{{{{name}}}}} without them.")
        })
        .collect()
}

fn misplaced(parts: &[Part<'_>]) -> Vec<String> {
    let sorted = parts.windows(3).filter_map(|parts| match parts {
        [order, by, Part::Blank(name)] if order.is("order") && by.is("by") => Some(format!(
            "order by {{{{{name}}}}} sorts by a value, which is the same for every row, not by a column."
        )),
        _ => None,
    });
    let listed = parts.windows(4).filter_map(|parts| match parts {
        [word, open, Part::Blank(name), close] if word.is("in") && open.is("(") && close.is(")") => {
            Some(format!(
                "in ({{{{{name}}}}}) compares with one value. For several, write = any ({{{{{name}}}}})."
            ))
        }
        _ => None,
    });
    sorted.chain(listed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_probably_not_meant_is_said() {
        for (sql, word) in [
            ("select * from t where c = '{{c}}'", "'{{c}}' is text"),
            ("select * from t where c = '{{ c }}'", "{{c}} without"),
            ("select 1 order by {{c}}", "not by a column"),
            ("select 1 where a in ({{c}})", "= any ({{c}})"),
            (
                "select 1 where a not  in /* x */ ( {{c = 1}} )",
                "= any ({{c}})",
            ),
        ] {
            let hints = hints(sql);
            assert_eq!(hints.len(), 1, "{sql}");
            assert!(hints[0].contains(word), "{sql}: {hints:?}");
        }
    }

    #[test]
    fn nothing_is_said_of_other_texts() {
        for sql in [
            "select 1",
            "select '{{c}}', {{c}}",
            "select replace(body, '{{name}} {{x}}', 'y')",
            "select '{{1, 2}}'::int[]",
            "select 1 order by 1, {{c}}",
            "select 1 where a = any ({{c}})",
            "select 1 where a in ({{c}}, {{d}})",
            "select {{",
        ] {
            assert_eq!(hints(sql), Vec::<String>::new(), "{sql}");
        }
    }
}
