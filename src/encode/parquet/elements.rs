//! The elements of an array literal of one dimension: `{1,NULL,3}`, `{"a b","say \"hi\""}`, `[0:1]={x,y}`.
//!
//! `cell/array.rs` reads the same grammar with all its dimensions, piece by piece, for JSON.

/// Passes each element to `take`, `None` for NULL. Returns false if the text is anything else, such as an array of more
/// dimensions; some of its elements may have been passed by then.
pub(super) fn each(text: &str, delimiter: u8, mut take: impl FnMut(Option<&str>)) -> bool {
    let Some(mut rest) = after_bounds(text).and_then(|text| text.strip_prefix('{')) else {
        return false;
    };
    if rest == "}" {
        return true;
    }
    let mut scratch = String::new();
    loop {
        let after = match rest.strip_prefix('"') {
            Some(quoted) => {
                let after = unquote(quoted, &mut scratch);
                if after.is_some() {
                    take(Some(&scratch));
                }
                after
            }
            None => bare(rest, delimiter, &mut take),
        };
        rest = match after.map(|after| (after.bytes().next(), after)) {
            Some((Some(byte), after)) if byte == delimiter => &after[1..],
            Some((Some(b'}'), after)) => return after.len() == 1,
            _ => return false,
        };
    }
}

/// Lower bounds other than 1 come before the braces.
fn after_bounds(text: &str) -> Option<&str> {
    match text.strip_prefix('[') {
        None => Some(text),
        Some(bounds) => bounds.split_once("]=").map(|(_, braces)| braces),
    }
}

/// Takes an element without quotes, and returns what comes after it.
fn bare<'a>(rest: &'a str, delimiter: u8, take: &mut impl FnMut(Option<&str>)) -> Option<&'a str> {
    let is_end = |byte| byte == delimiter || matches!(byte, b'{' | b'}' | b'"' | b'\\');
    let (element, after) = rest.split_at(rest.bytes().position(is_end)?);
    match element {
        "" => return None,
        "NULL" => take(None),
        text => take(Some(text)),
    }
    Some(after)
}

/// The text up to the closing quote, in which a backslash escapes the next character; returns what comes after it.
fn unquote<'a>(quoted: &'a str, text: &mut String) -> Option<&'a str> {
    text.clear();
    let mut rest = quoted;
    loop {
        let (part, mark) = rest.split_at(rest.find(['"', '\\'])?);
        text.push_str(part);
        let mut characters = mark.chars();
        if characters.next() == Some('"') {
            return Some(characters.as_str());
        }
        text.push(characters.next()?);
        rest = characters.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str, delimiter: u8) -> Option<Vec<Option<String>>> {
        let mut elements = Vec::new();
        let take = |element: Option<&str>| elements.push(element.map(str::to_owned));
        each(text, delimiter, take).then_some(elements)
    }

    #[test]
    fn one_dimension_is_read_element_by_element() {
        for (text, delimiter, expected) in [
            ("{}", b',', vec![]),
            ("{1,NULL,-3}", b',', vec![Some("1"), None, Some("-3")]),
            ("[0:1]={7,8}", b',', vec![Some("7"), Some("8")]),
            (
                r#"{a,"NULL",null,"","b \"c\"","d,e","{f}","g\\h","]={"}"#,
                b',',
                [
                    "a", "NULL", "null", "", "b \"c\"", "d,e", "{f}", "g\\h", "]={",
                ]
                .map(Some)
                .to_vec(),
            ),
            (
                "{(1,1),(0,0);(2,2),(1,1)}",
                b';',
                vec![Some("(1,1),(0,0)"), Some("(2,2),(1,1)")],
            ),
            (
                "{\"two\nlines\",é😀}",
                b',',
                vec![Some("two\nlines"), Some("é😀")],
            ),
        ] {
            let expected = expected.into_iter().map(|text| text.map(str::to_owned));
            assert_eq!(
                elements(text, delimiter),
                Some(expected.collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_are_no_elements() {
        for text in [
            "",
            "1",
            "{",
            "}",
            "{1",
            "{1,",
            "{1,}",
            "{,1}",
            "{1}x",
            "{{1,2}}",
            "{{}}",
            "[0:1]{1}",
            "[0:1]=",
            r#"{"a}"#,
            r#"{"a"b}"#,
            r#"{a"b"}"#,
            r#"{a\}"#,
            "{\"\\",
        ] {
            assert_eq!(elements(text, b','), None, "{text}");
        }
    }
}
