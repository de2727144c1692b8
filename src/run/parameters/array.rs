//! PostgreSQL's text for arrays (its manual, section 8.15).

/// `None` is NULL.
pub fn array(elements: &[Option<String>]) -> String {
    let quoted = elements.iter().map(|element| {
        let Some(element) = element else {
            return "NULL".to_owned();
        };
        let escaped = element.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    });
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

/// Whether a text is meant as one: `{1,2}`, or `[0:1]={1,2}`.
pub(super) fn is_array(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('{') || (text.starts_with('[') && text.contains("={"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_text() {
        let elements = [Some("x,\\"), Some("\"}"), Some(""), None, Some("NULL")];
        let elements = elements.map(|element| element.map(str::to_owned));
        assert_eq!(array(&elements), r#"{"x,\\","\"}","",NULL,"NULL"}"#);
        assert_eq!(array(&[]), "{}");
    }

    #[test]
    fn arrays_are_told_from_elements() {
        for text in ["{1,2}", " {}", "[0:1]={1,2}"] {
            assert!(is_array(text), "{text}");
        }
        for text in ["1", "", "[x]", "x {1}", "(1,2)"] {
            assert!(!is_array(text), "{text}");
        }
    }
}
