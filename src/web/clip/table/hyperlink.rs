//! The link target of a cell whose whole text is a web address or an e-mail address. Other cells are not links. The
//! table's script (`static/bundles/grid/cell/hyperlink.js`) follows the same rules.

/// Characters that no address needs and that may disguise its target.
const UNSAFE: [char; 7] = ['"', '<', '>', '\\', '^', '`', '|'];
/// Allowed before the `@`, beside letters and digits: no character with a meaning in a `mailto:` address.
const LOCAL_PUNCTUATION: [char; 5] = ['.', '_', '+', '-', '\''];
const LENGTH_MAX: usize = 2_000;

pub fn target(text: &str) -> Option<String> {
    if text.len() > LENGTH_MAX {
        return None;
    }
    if is_web_address(text) {
        return Some(text.to_owned());
    }
    is_email_address(text).then(|| format!("mailto:{text}"))
}

fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let is_unsafe = |c: char| c.is_whitespace() || c.is_control() || UNSAFE.contains(&c);
    let first = rest.chars().next();
    is_web && first.is_some_and(|c| c.is_alphanumeric() || c == '[') && !rest.contains(is_unsafe)
}

fn is_email_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_local = |c: char| c.is_ascii_alphanumeric() || LOCAL_PUNCTUATION.contains(&c);
    let is_label = |label: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(is_part)
    };
    !local.is_empty()
        && local.chars().all(is_local)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_are_links() {
        for text in [
            "https://example.com",
            "HTTP://example.com/a?b=c&d=%20#e",
            "http://[::1]:3000/",
            "https://bücher.example/ä",
        ] {
            assert_eq!(target(text).as_deref(), Some(text));
        }
        for text in ["ann@example.com", "o'neil+x@mail.example.com"] {
            assert_eq!(target(text), Some(format!("mailto:{text}")));
        }
        for text in [
            "",
            "javascript:alert(1)",
            "javascript://example.com/%0aalert(1)",
            "data:text/html,<script>",
            "ftp://example.com",
            "//example.com",
            "example.com",
            "see https://example.com",
            " https://example.com",
            "https://example.com and more",
            "https://example.com/\nb",
            "https://",
            "https:///a",
            "http://\\example.com",
            "ann@example",
            "ann@example.com?subject=x",
            "a%0ab@example.com",
            "ann@@example.com",
            "@example.com",
            "ann@.com",
            "mailto:ann@example.com",
        ] {
            assert_eq!(target(text), None, "{text:?}");
        }
        assert_eq!(target(&format!("https://{}", "a".repeat(2_000))), None);
    }
}
