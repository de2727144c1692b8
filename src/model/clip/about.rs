//! A clip's description, in Markdown, and its tags, in lower case.

use std::collections::HashSet;

use crate::error::Error;
use crate::model::line;

pub const DESCRIPTION_BYTES_MAX: usize = 10_000;
pub const TAGS_MAX: usize = 10;
/// Characters of a tag.
pub const TAG_LENGTH_MAX: usize = 40;

/// Without white space around it, and with line breaks as Unix writes them.
pub(in crate::model) fn parse_description(text: &str) -> Result<String, Error> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.len() > DESCRIPTION_BYTES_MAX {
        return Err(Error::invalid(
            "description",
            format!(
                "Shorten the description: it has {} bytes, and {DESCRIPTION_BYTES_MAX} is the most.",
                text.len()
            ),
        ));
    }
    Ok(text)
}

/// In lower case and in the order given, each once.
pub(in crate::model) fn parse_tags(tags: &[String]) -> Result<Vec<String>, Error> {
    let mut known = HashSet::new();
    let tags = tags.iter().map(|tag| tag.trim().to_lowercase());
    let tags = tags.filter(|tag| !tag.is_empty() && known.insert(tag.clone()));
    let tags: Vec<String> = tags.collect();
    if tags.len() > TAGS_MAX {
        return Err(Error::invalid(
            "tags",
            format!(
                "Give a clip at most {TAGS_MAX} tags; these are {}.",
                tags.len()
            ),
        ));
    }
    match tags.iter().find(|tag| !is_tag(tag)) {
        Some(tag) => Err(Error::invalid(
            "tags",
            format!(
                "“{tag}” is not a tag: use up to {TAG_LENGTH_MAX} characters on one line, without commas."
            ),
        )),
        None => Ok(tags),
    }
}

fn is_tag(tag: &str) -> bool {
    line::is_readable(tag) && !tag.contains(',') && tag.chars().count() <= TAG_LENGTH_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Result<Vec<String>, Error> {
        let tags: Vec<String> = text.split(',').map(str::to_owned).collect();
        parse_tags(&tags)
    }

    #[test]
    fn tags_are_trimmed_in_lower_case_and_each_once() {
        for (text, parsed) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("Sales", &["sales"]),
            ("b, A ,B,a", &["b", "a"]),
            ("Größe XL, ÄRGER", &["größe xl", "ärger"]),
        ] {
            assert_eq!(tags(text).unwrap(), parsed, "{text}");
        }
    }

    #[test]
    fn too_many_or_too_long_tags_are_refused() {
        let many = |count: usize| (0..count).map(|n| format!("t{n},")).collect::<String>();
        let long = |length: usize| "ö".repeat(length);
        for (text, is_accepted) in [
            (many(TAGS_MAX), true),
            (many(TAGS_MAX + 1), false),
            (long(TAG_LENGTH_MAX), true),
            (long(TAG_LENGTH_MAX + 1), false),
            ("two\nlines".to_owned(), false),
        ] {
            assert_eq!(tags(&text).is_ok(), is_accepted, "{text}");
        }
    }

    #[test]
    fn a_description_ends_at_its_limit() {
        let text = |bytes: usize| format!("\n{}\r\n", "a".repeat(bytes));
        assert_eq!(
            parse_description(&text(DESCRIPTION_BYTES_MAX))
                .unwrap()
                .len(),
            DESCRIPTION_BYTES_MAX
        );
        assert!(parse_description(&text(DESCRIPTION_BYTES_MAX + 1)).is_err());
        assert_eq!(parse_description(" a\r\nb ").unwrap(), "a\nb");
    }
}
