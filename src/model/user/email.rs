//! An e-mail address.

use std::fmt;

use email_address::{EmailAddress, Options};

use crate::model::line;

/// SMTP's commands have no room for a longer address: RFC 5321, section 4.5.3.1.3.
const BYTES_MAX: usize = 254;

/// An address in ASCII lower case, the form in which addresses are compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Accepts every address that a mail can be sent to; only a mail can show whether it exists. Quoted local parts and
    /// IP addresses in brackets are valid, but nobody has one, and a space or comma in quotes would break lists of
    /// addresses.
    pub fn parse(text: &str) -> Option<Self> {
        let options = Options::default()
            .without_display_text()
            .without_domain_literal();
        let text = text.trim();
        let is_address = text.len() <= BYTES_MAX
            && !text.contains(|c: char| c == '"' || c.is_control())
            && !line::hides_something(text)
            && EmailAddress::parse_with_options(text, options).is_ok();
        is_address.then(|| Self(text.to_ascii_lowercase()))
    }

    /// To find a record by its address. Earlier versions stored addresses that [`Email::parse`] refuses, and people who
    /// have one still sign in with it.
    pub fn parse_existing(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_like_address =
            text.len() <= BYTES_MAX && text.contains('@') && !text.contains(char::is_control);
        is_like_address.then(|| Self(text.to_ascii_lowercase()))
    }

    /// Trusts an address from our store: earlier versions accepted some that [`Email::parse`] refuses.
    pub(in crate::model) fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The domain with its `@`, as grants to everybody there are written: `@example.com`.
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
            ("ann\u{80}@example.com", None),
            ("ann@\u{202e}example.com", None),
            ("ann@localhost", Some("ann@localhost")),
            ("ann@büro.example", Some("ann@büro.example")),
            ("a..b@example.com", None),
            (".ann@example.com", None),
            ("ann.@example.com", None),
            ("ann@example..com", None),
            ("ann@example.com.", None),
            ("ann@.example.com", None),
            ("ann@-example.com", None),
            ("ann(work)@example.com", None),
            ("\"ann\"@example.com", None),
            ("Ann <ann@example.com>", None),
            ("ann@[192.0.2.1]", None),
        ] {
            assert_eq!(
                Email::parse(text).as_ref().map(Email::as_str),
                address,
                "{text:?}"
            );
        }
    }
}
