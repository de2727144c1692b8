//! What an author probably did not mean, for a text that PostgreSQL accepts: said when it is saved.

use super::Parameters;
use super::blank::{Blank, blanks, is_name};
use crate::run::Failure;
use crate::run::text::token::{Kind, Token, tokens};

/// Of what stands beside a name in quotes, for a sentence that shows it.
const SHOWN_BYTES_MAX: usize = 40;

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

/// Has an error say what to write, if it is about a name in quotes that PostgreSQL cannot read as a value.
pub(in crate::run) fn explain_quoted(sql: &str, failure: &mut Failure) {
    if let Failure::Statement(error) = failure
        && let Some(hint) = hint_on(sql, &error.message)
    {
        error.cause = Some(hint);
    }
}

/// The sentence on a name in quotes that PostgreSQL quotes in its message.
fn hint_on(sql: &str, message: &str) -> Option<String> {
    let strings = tokens(sql).filter(|token| token.kind == Kind::String);
    let mut names = strings.filter_map(|token| QuotedName::find(token.text));
    let quoted = names.find(|quoted| message.contains(&quoted.as_postgres_quotes()))?;
    Some(quoted.hint())
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

/// Names in quotes that are blanks nowhere, but for those in arrays, whose braces may be theirs.
fn quoted(parts: &[Part<'_>], parameters: &Parameters) -> Vec<String> {
    let texts = parts.iter().enumerate().filter_map(|(index, part)| {
        let Part::Token(token) = part else {
            return None;
        };
        let is_text = token.kind == Kind::String && !is_array(&parts[index + 1..]);
        is_text.then_some(token.text)
    });
    let quoted = texts.filter_map(QuotedName::find);
    quoted
        .filter(|quoted| parameters.find(quoted.name).is_none())
        .map(|quoted| quoted.hint())
        .collect()
}

/// Words of a type's name behind its first one.
const TYPE_WORDS: [&str; 6] = ["precision", "varying", "with", "without", "time", "zone"];

/// Whether a text is cast to an array: `::text[]` or, within `cast (…)`, `as text[]` stands behind it.
fn is_array(behind: &[Part<'_>]) -> bool {
    let name = match behind {
        [first, second, name @ ..] if first.is(":") && second.is(":") => name,
        [first, name @ ..] if first.is("as") => name,
        _ => return false,
    };
    let is_of_name = |part: &Part<'_>| match part {
        Part::Token(token) => {
            token.kind == Kind::Number
                || ["(", ")", ",", "."].iter().any(|one| token.is_symbol(one))
                || TYPE_WORDS.iter().any(|word| token.is_word(word))
        }
        Part::Blank(_) => false,
    };
    let mut is_after_point = true;
    let mut behind = name.iter().skip_while(|part| {
        let is_word = matches!(part, Part::Token(token) if matches!(token.kind, Kind::Word | Kind::QuotedName));
        let is_part = is_of_name(part) || (is_word && is_after_point);
        is_after_point = part.is(".");
        is_part
    });
    behind.next().is_some_and(|part| part.is("["))
}

/// A text with `{{name}}` in it, once and nothing else in such braces.
struct QuotedName<'a> {
    inside: &'a str,
    before: &'a str,
    name: &'a str,
    behind: &'a str,
}

impl<'a> QuotedName<'a> {
    /// `text` has its quotes.
    fn find(text: &'a str) -> Option<Self> {
        let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
        let (before, rest) = inside.split_once("{{")?;
        let (name, behind) = rest.split_once("}}")?;
        let name = name.trim();
        let is_only = !behind.contains("{{") && is_name(name);
        is_only.then_some(Self {
            inside,
            before,
            name,
            behind,
        })
    }

    fn as_postgres_quotes(&self) -> String {
        format!("\"{}\"", self.inside.replace("''", "'"))
    }

    fn hint(&self) -> String {
        let blank = format!("{{{{{}}}}}", self.name);
        let [before, behind] = [self.before, self.behind].map(shown);
        let instead = match before.is_empty() && behind.is_empty() {
            true => format!("{blank} without them"),
            false => {
                let quoted = |text: &str| format!("'{text}'");
                let parts = [quoted(before), blank.clone(), quoted(behind)];
                let parts = parts.into_iter().filter(|part| part != "''");
                parts.collect::<Vec<_>>().join(" || ")
            }
        };
        format!(
            "'{before}{blank}{behind}' is text, since it is in quotes. For a blank, write {instead}."
        )
    }
}

fn shown(text: &str) -> &str {
    if text.len() > SHOWN_BYTES_MAX {
        "…"
    } else {
        text
    }
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
            (
                "select * from t where c like '%{{c}}%'",
                "'%{{c}}%' is text, since it is in quotes. For a blank, write '%' || {{c}} || '%'.",
            ),
            ("select 1 where c like '{{c}}%'", "write {{c}} || '%'."),
            (
                "select 1 where c = 'it''s {{c}}'",
                "write 'it''s ' || {{c}}.",
            ),
            (
                "select 'from a very long text that nobody wants to read again to {{c}}'",
                "write '…' || {{c}}.",
            ),
            ("select '{{a}}'::text, b[1]", "{{a}} without"),
            ("select '{{a}}'::text as b", "{{a}} without"),
            ("select cast('{{a}}' as text)", "{{a}} without"),
            ("select '{{a}}' as b, c[1]", "{{a}} without"),
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
    fn a_name_in_quotes_that_is_no_value_is_found_by_the_message() {
        let sql = "select '{{b}}' from t where c > '{{c}}' and d > {{c}} and e = 'it''s {{e}}'";
        let refused = |text| {
            hint_on(
                sql,
                &format!("invalid input syntax for type date: \"{text}\""),
            )
        };
        assert!(refused("{{c}}").unwrap().contains("write {{c}} without"));
        assert!(refused("it's {{e}}").unwrap().contains("|| {{e}}."));
        assert_eq!(refused("c"), None);
        assert_eq!(refused("{{d}}"), None);
    }

    #[test]
    fn nothing_is_said_of_other_texts() {
        for sql in [
            "select 1",
            "select '{{c}}', {{c}}",
            "select replace(body, '{{name}} {{x}}', 'y')",
            "select '{{1, 2}}'::int[]",
            "select '{{a}}'::text[]",
            "select '{{a}}' :: /* x */ public.\"text\" []",
            "select '{{a}}'::double precision[]",
            "select '{{a}}'::numeric(3, 1)[]",
            "select cast('{{a}}' as character varying(9)[])",
            "select '{\"a\": {\"b\": 1}}'::jsonb",
            "select '%{{c}}%', {{c}}",
            "select 1 order by 1, {{c}}",
            "select 1 where a = any ({{c}})",
            "select 1 where a in ({{c}}, {{d}})",
            "select {{",
        ] {
            assert_eq!(hints(sql), Vec::<String>::new(), "{sql}");
        }
    }
}
