//! Whether a text holds a statement at all. PostgreSQL describes an empty text as it does one without columns.

/// Nothing but white space, comments and semicolons. For a text that PostgreSQL has parsed: its comments end.
pub(super) fn is_blank(sql: &str) -> bool {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|character: char| {
            character.is_ascii_whitespace() || ";\u{b}".contains(character)
        });
        rest = if let Some(line) = rest.strip_prefix("--") {
            line.split_once(['\n', '\r']).map_or("", |(_, rest)| rest)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            after_comment(comment)
        } else {
            return rest.is_empty();
        };
    }
}

/// Comments nest.
fn after_comment(text: &str) -> &str {
    let mut depth = 1;
    let mut rest = text;
    while depth > 0 {
        let Some(mark) = rest.find("*/").into_iter().chain(rest.find("/*")).min() else {
            return "";
        };
        depth = if rest[mark..].starts_with("/*") {
            depth + 1
        } else {
            depth - 1
        };
        rest = &rest[mark + 2..];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_comments_and_semicolons_are_blank() {
        for (sql, blank) in [
            ("", true),
            (" \t\r\n;;\u{b}\u{c}", true),
            ("-- a", true),
            ("-- a\n;-- b\r--", true),
            ("/* a /* b */ -- c */;", true),
            ("/**/ /***/", true),
            ("/*/*/*/**/*/*/*/", true),
            ("-- a\ncommit", false),
            ("/* a */ select", false),
            ("/* /* */ */ -", false),
            ("\u{a0}", false),
            ("''", false),
        ] {
            assert_eq!(is_blank(sql), blank, "{sql:?}");
        }
    }
}
