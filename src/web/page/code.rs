//! Sentences that name code between backticks, as errors and advice do, with that code as code. Programs read the same
//! sentences as they are.

use askama::filters::{Html, Safe, escape};

/// For templates.
pub fn marked(sentence: &str) -> Safe<String> {
    let mut html = String::new();
    let mut rest = sentence;
    while let Some((before, code, after)) = first_code(rest) {
        html.extend([&escaped(before), "<code>", &escaped(code), "</code>"]);
        rest = after;
    }
    html.push_str(&escaped(rest));
    Safe(html)
}

/// What stands before, in and after the first backticks.
fn first_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((before, code, after))
}

fn escaped(text: &str) -> String {
    // Cannot fail: it only writes to memory.
    escape(text, Html).map_or(String::new(), |text| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_between_backticks_is_code_and_nothing_else_is() {
        for (sentence, html) in [
            ("plain", "plain"),
            ("The role `bare` can.", "The role <code>bare</code> can."),
            ("`a` and `b`", "<code>a</code> and <code>b</code>"),
            ("a ` alone", "a ` alone"),
            ("`<b>` & <i>", "<code>&#60;b&#62;</code> &#38; &#60;i&#62;"),
        ] {
            assert_eq!(marked(sentence).0, html);
        }
    }
}
