//! What one path segment says: a clip's slug, a readable text that is never checked, and a format.

use crate::model::Slug;

/// `/{slug}[-text][.format]`, read.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    pub slug: Slug,
    /// What stands after the last dot; not yet known to be a format. `None` asks for the page.
    pub suffix: Option<String>,
}

impl Address {
    /// `None` where the segment cannot belong to a clip.
    pub fn parse(segment: &str) -> Option<Self> {
        let end = segment.find(['-', '.']).unwrap_or(segment.len());
        let (slug, rest) = segment.split_at(end);
        Some(Self {
            slug: Slug::parse(slug)?,
            suffix: rest.rsplit_once('.').map(|(_, suffix)| suffix.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_slug_text_and_format() {
        let slug = "abcdefghijklmnopqrstuvwxyzab";
        for (rest, suffix) in [
            ("", None),
            (".csv", Some("csv")),
            ("-orders-by-day", None),
            ("-orders.by.day.xlsx", Some("xlsx")),
            ("-", None),
            (".", Some("")),
            ("-größe.json", Some("json")),
        ] {
            let address = Address::parse(&format!("{slug}{rest}")).unwrap();
            assert_eq!(address.slug.as_str(), slug);
            assert_eq!(address.suffix.as_deref(), suffix, "{rest:?}");
        }
        for segment in [
            "",
            "favicon.ico",
            "abc",
            &format!("{slug}x"),
            &format!("{slug}_x.csv"),
        ] {
            assert_eq!(Address::parse(segment), None, "{segment:?}");
        }
    }
}
