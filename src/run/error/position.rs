//! The position of an error in a SQL text: its line, cut to a readable width, and a mark below it.

/// How many characters of a line are shown around the mark.
const WIDTH: usize = 120;

/// A position in a text, as an editor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line, or a part of it; `…` marks where it was cut.
    pub text: String,
    caret: usize,
}

/// The position in characters of one in bytes: a server whose database has no encoding counts those. Both from 1.
pub(super) fn from_bytes(sql: &str, position: usize) -> usize {
    let characters = sql.char_indices();
    characters
        .take_while(|(offset, _)| offset + 1 < position)
        .count()
        + 1
}

impl Mark {
    /// Converts a PostgreSQL error position: characters from 1, where the end of the text is one past the last.
    pub fn find(sql: &str, position: usize) -> Option<Self> {
        let before = position.checked_sub(1)?;
        let mut start = 0;
        for (index, line) in sql.split('\n').enumerate() {
            let length = line.chars().count();
            if before <= start + length {
                return Some(Self::new(
                    index + 1,
                    before - start,
                    line.trim_end_matches('\r'),
                ));
            }
            start += length + 1;
        }
        None
    }

    /// The line with the mark, to be shown below [`Mark::text`] in a monospaced font.
    pub fn caret(&self) -> String {
        let indent = self.text.chars().take(self.caret);
        let mut caret: String = indent
            .map(|character| if character == '\t' { '\t' } else { ' ' })
            .collect();
        caret.push('^');
        caret
    }

    fn new(line: usize, offset: usize, text: &str) -> Self {
        let length = text.chars().count();
        let from = offset
            .saturating_sub(WIDTH / 2)
            .min(length.saturating_sub(WIDTH));
        let window: String = text.chars().skip(from).take(WIDTH).collect();
        let before = if from > 0 { "…" } else { "" };
        let after = if from + WIDTH < length { "…" } else { "" };
        Self {
            line,
            column: offset + 1,
            text: format!("{before}{window}{after}"),
            caret: offset - from + before.chars().count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_points_at_the_character_in_its_line() {
        let mark = Mark::find("select 1,\n\té from\tt", 13).unwrap();
        assert_eq!((mark.line, mark.column), (2, 3));
        assert_eq!(mark.text, "\té from\tt");
        assert_eq!(mark.caret(), "\t ^");
    }

    #[test]
    fn a_mark_may_stand_after_the_last_character_and_not_beyond() {
        let mark = Mark::find("select", 7).unwrap();
        assert_eq!((mark.line, mark.column, mark.caret().len()), (1, 7, 7));
        assert_eq!(Mark::find("select", 8), None);
        assert_eq!(Mark::find("select", 0), None);
    }

    #[test]
    fn a_mark_ignores_the_carriage_return_of_windows_lines() {
        let mark = Mark::find("select\r\nx", 9).unwrap();
        assert_eq!((mark.line, mark.column, mark.text.as_str()), (2, 1, "x"));
        assert_eq!(Mark::find("select\r\nx", 8).unwrap().text, "select");
    }

    #[test]
    fn a_position_in_bytes_becomes_one_in_characters() {
        for (bytes, characters) in [(1, 1), (2, 2), (4, 3), (5, 4), (6, 5)] {
            assert_eq!(from_bytes("aéb1", bytes), characters, "{bytes}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let sql = format!("select {}here{}", "a".repeat(1000), "b".repeat(1000));
        let mark = Mark::find(&sql, 1008).unwrap();
        assert_eq!(mark.text.chars().count(), WIDTH + 2);
        let at_caret: String = mark
            .text
            .chars()
            .skip(mark.caret().len() - 1)
            .take(4)
            .collect();
        assert_eq!(at_caret, "here");
        assert_eq!(mark.column, 1008);
    }
}
