//! Writes numbers into a text in place of its blanks.

use super::blank::Blank;

/// The text with ` $n ` in place of each blank, padded to the blank's own length in bytes: what stands behind it stays
/// where it is. `number` gives each blank its number, from 1.
pub(super) fn numbered(
    sql: &str,
    blanks: &[Blank<'_>],
    number: impl Fn(usize, &Blank<'_>) -> usize,
) -> String {
    let mut text = String::with_capacity(sql.len());
    for (index, blank) in blanks.iter().enumerate() {
        text.push_str(&sql[text.len()..blank.start]);
        let length = blank.end - blank.start;
        let number = format!(" ${} ", number(index, blank));
        // What touches a blank cannot join with a number, so this also holds where a short blank has no room for spaces.
        let number = match number.len() > length {
            true => number.trim(),
            false => &number,
        };
        text.push_str(&format!("{number:<length$}"));
    }
    text.push_str(&sql[text.len()..]);
    text
}

/// The position in the text with blanks, of one in the text with numbers: both in characters from 1. They differ where a
/// default has characters of several bytes.
pub(super) fn restored(sql: &str, numbered: &str, position: usize) -> usize {
    let before = position.saturating_sub(1);
    let offset = numbered.char_indices().nth(before);
    let offset = offset.map_or(numbered.len(), |(offset, _)| offset);
    let start = sql.char_indices().take_while(|(start, _)| *start < offset);
    start.count() + 1
}

#[cfg(test)]
mod tests {
    use super::super::blank::blanks;
    use super::*;

    #[test]
    fn every_byte_outside_of_blanks_stays_where_it_is() {
        for (sql, expected) in [
            ("select {{a}}, {{abc}}x", None),
            ("select {{a}}, {{abc}}", Some("select  $1  ,  $2    ")),
            ("{{a}}", Some(" $1  ")),
            ("select {{a = é}}||{{b}}", Some("select  $1       || $2  ")),
        ] {
            let Some(expected) = expected else {
                assert!(blanks(sql).is_err());
                continue;
            };
            let blanks = blanks(sql).unwrap();
            let text = numbered(sql, &blanks, |index, _| index + 1);
            assert_eq!(text, expected);
            assert_eq!(text.len(), sql.len());
        }
        let sql = "select {{a}}";
        let text = numbered(sql, &blanks(sql).unwrap(), |_, _| 99);
        assert_eq!(text, "select  $99 ");
        let text = numbered(sql, &blanks(sql).unwrap(), |_, _| 999);
        assert_eq!(text, "select $999 ");
    }

    #[test]
    fn a_position_is_that_of_the_text_as_it_was_written() {
        let sql = "select {{a = éé}}, nope, 'é', other";
        let text = numbered(sql, &blanks(sql).unwrap(), |_, _| 1);
        for word in ["nope", "other", "select"] {
            let characters = |text: &str| text[..text.find(word).unwrap()].chars().count() + 1;
            assert_eq!(restored(sql, &text, characters(&text)), characters(sql));
        }
        let end = text.chars().count() + 1;
        assert_eq!(restored(sql, &text, end), sql.chars().count() + 1);
    }
}
