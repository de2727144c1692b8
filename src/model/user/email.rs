//! An e-mail address.

use std::fmt;

use crate::model::line;

/// An address in ASCII lower case, the form in which addresses are compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Asks for one `@` with something sensible on both sides; only a mail that arrives proves more.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.split_once('@')?;
        let is_plain = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| !c.is_whitespace() && !c.is_control() && !"@,;<>\"".contains(c))
        };
        let is_address = !line::hides_something(text)
            && text.len() <= 254
            && is_plain(local)
            && is_plain(domain)
            && !domain.starts_with('.');
        is_address.then(|| Self(text.to_ascii_lowercase()))
    }

    /// Everybody's at the same domain, as grants are written: `@example.com`.
    pub fn domain(&self) -> &str {
        let at = self.0.find('@').unwrap_or_default();
        &self.0[at..]
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_lower_case() {
        for (text, address) in [
            (" Ann@Example.COM ", Some("ann@example.com")),
            (
                "o'neil+x@mail.example.com",
                Some("o'neil+x@mail.example.com"),
            ),
            ("ann", None),
            ("@example.com", None),
            ("ann@", None),
            ("ann@b@c", None),
            ("ann smith@example.com", None),
            ("<ann@example.com>", None),
            ("ann\u{200b}@example.com", None),
            ("ann@\u{202e}example.com", None),
        ] {
            assert_eq!(
                Email::parse(text).as_ref().map(Email::as_str),
                address,
                "{text:?}"
            );
        }
    }
}
