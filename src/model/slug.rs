//! The unguessable part of a clip's URL.

use std::fmt;

const LETTERS: usize = 28;

/// 28 letters a–z from the operating system's random source, about 131 bits. A secret: it is shown only where the
/// clip's URL is, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut letters = String::with_capacity(LETTERS);
        while letters.len() < LETTERS {
            let mut bytes = [0; LETTERS];
            getrandom::fill(&mut bytes)?;
            // 234 = 9 × 26: bytes beyond it would make the first letters likelier.
            let fair = bytes.iter().filter(|byte| **byte < 234);
            letters.extend(
                fair.map(|byte| char::from(b'a' + byte % 26))
                    .take(LETTERS - letters.len()),
            );
        }
        Ok(Self(letters))
    }

    pub fn parse(text: &str) -> Option<Self> {
        let is_slug = text.len() == LETTERS && text.bytes().all(|byte| byte.is_ascii_lowercase());
        is_slug.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Slug(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_slugs_parse_and_differ() {
        let slug = Slug::generate().unwrap();
        assert_eq!(Slug::parse(slug.as_str()), Some(slug.clone()));
        assert_ne!(slug, Slug::generate().unwrap());
        assert!(!format!("{slug:?}").contains(slug.as_str()));
    }

    #[test]
    fn other_texts_are_not_slugs() {
        for text in [
            "",
            "abc",
            &"a".repeat(27),
            &"a".repeat(29),
            &"A".repeat(28),
            &"é".repeat(14),
        ] {
            assert_eq!(Slug::parse(text), None, "{text:?}");
        }
    }
}
