//! PostgreSQL's text for arrays (its manual, section 8.15).

use tokio_postgres::types::Type;

use crate::result::Column;

/// PostgreSQL has no arrays of more dimensions.
pub const DIMENSIONS_MAX: usize = 6;

/// What an array has at a place: a value, or in arrays of several dimensions an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    Null,
    Text(String),
    Array(Vec<Self>),
}

/// Written as PostgreSQL does, with quotes where they are needed, so that equal arrays have equal texts.
pub fn array(elements: &[Element]) -> String {
    let written = elements.iter().map(|element| match element {
        Element::Null => "NULL".to_owned(),
        Element::Text(text) if needs_quotes(text) => {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\"")
        }
        Element::Text(text) => text.clone(),
        Element::Array(elements) => array(elements),
    });
    format!("{{{}}}", written.collect::<Vec<_>>().join(","))
}

/// The elements of a text; `None` for one that PostgreSQL would not read, or that has bounds of its own.
pub fn read_array(text: &str) -> Option<Vec<Element>> {
    let mut reader = Reader(text.trim_matches(is_space));
    let elements = reader.array(1)?;
    reader.0.is_empty().then_some(elements)
}

/// A value as PostgreSQL reads it for this type, in one form for equal arrays: a single value for an array is an array of it.
/// An array that cannot be read stays as it is.
pub(super) fn in_form_of(column: &Column, value: &str) -> String {
    if !is_of_arrays(column) {
        return value.to_owned();
    }
    if !is_array(value) {
        return array(&[Element::Text(value.to_owned())]);
    }
    // Its elements stand between semicolons.
    let is_of_boxes = column.element_oid == Some(Type::BOX.oid());
    let elements = read_array(value).filter(|_| !is_of_boxes);
    elements.map_or_else(|| value.to_owned(), |elements| array(&elements))
}

/// `int2vector` has elements too, and another text.
fn is_of_arrays(column: &Column) -> bool {
    column.element_oid.is_some() && column.type_name.starts_with('_')
}

/// Whether a text is meant as one: `{1,2}`, or `[0:1]={1,2}`.
fn is_array(text: &str) -> bool {
    let text = text.trim_start_matches(is_space);
    text.starts_with('{') || (text.starts_with('[') && text.contains("={"))
}

fn needs_quotes(text: &str) -> bool {
    let has_meaning = |character| matches!(character, '"' | '\\' | '{' | '}' | ',');
    text.is_empty()
        || is_null(text)
        || text.contains(|character| is_space(character) || has_meaning(character))
}

fn is_null(text: &str) -> bool {
    text.eq_ignore_ascii_case("null")
}

/// As PostgreSQL's reader of arrays sees it.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// What is still to be read.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn array(&mut self, dimension: usize) -> Option<Vec<Element>> {
        let mut elements = Vec::new();
        if !self.takes('{') || dimension > DIMENSIONS_MAX {
            return None;
        }
        if dimension == 1 && self.takes('}') {
            return Some(elements);
        }
        loop {
            elements.push(self.element(dimension)?);
            if self.takes('}') {
                return Some(elements);
            }
            if !self.takes(',') {
                return None;
            }
        }
    }

    fn element(&mut self, dimension: usize) -> Option<Element> {
        self.skip_space();
        match self.0.chars().next()? {
            '{' => self.array(dimension + 1).map(Element::Array),
            '"' => self.quoted().map(Element::Text),
            _ => self.unquoted(),
        }
    }

    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.0.chars();
        characters.next();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => text.push(characters.next()?),
                other => text.push(other),
            }
        }
        self.0 = characters.as_str();
        Some(text)
    }

    fn unquoted(&mut self) -> Option<Element> {
        let (mut text, mut end, mut is_escaped) = (String::new(), 0, false);
        let mut characters = self.0.chars();
        loop {
            let rest = characters.as_str();
            match characters.next()? {
                ',' | '}' => {
                    self.0 = rest;
                    break;
                }
                '{' | '"' => return None,
                '\\' => {
                    text.push(characters.next()?);
                    (end, is_escaped) = (text.len(), true);
                }
                other => {
                    text.push(other);
                    end = if is_space(other) { end } else { text.len() };
                }
            }
        }
        text.truncate(end);
        match is_null(&text) && !is_escaped {
            true => Some(Element::Null),
            false => (!text.is_empty()).then_some(Element::Text(text)),
        }
    }

    /// Whether this character comes next, but for space.
    fn takes(&mut self, character: char) -> bool {
        self.skip_space();
        let rest = self.0.strip_prefix(character);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches(is_space);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<Element> {
        let texts = texts.iter();
        texts
            .map(|text| Element::Text((*text).to_owned()))
            .collect()
    }

    #[test]
    fn elements_keep_their_text() {
        let elements = [
            &texts(&["x,\\", "\"}", "", " a", "NULL", "b c", "1"])[..],
            &[Element::Null],
        ]
        .concat();
        let written = r#"{"x,\\","\"}",""," a","NULL","b c",1,NULL}"#;
        assert_eq!(array(&elements), written);
        assert_eq!(read_array(written), Some(elements));
        let nested = [
            Element::Array(texts(&["1", "2"])),
            Element::Array(texts(&["3", "4"])),
        ];
        assert_eq!(array(&nested), "{{1,2},{3,4}}");
        assert_eq!(read_array("{ {1, 2},{3,\"4\"} }"), Some(nested.to_vec()));
        assert_eq!(array(&[]), "{}");
        assert_eq!(read_array(" { } "), Some(Vec::new()));
    }

    #[test]
    fn equal_arrays_have_one_form() {
        let of_texts = Column {
            type_name: "_text".to_owned(),
            element_oid: Some(Type::TEXT.oid()),
            ..Column::default()
        };
        for (value, expected) in [
            ("{a,b}", "{a,b}"),
            (r#"{"a","b"}"#, "{a,b}"),
            (" { a , b } ", "{a,b}"),
            (r"{\a,b\ }", r#"{a,"b "}"#),
            ("{null,\"null\",nu\\ll}", r#"{NULL,"null","null"}"#),
            ("{é,日本}", "{é,日本}"),
            ("a", "{a}"),
            ("a b", r#"{"a b"}"#),
            ("", r#"{""}"#),
            // What is not understood stays.
            ("[0:1]={a,b}", "[0:1]={a,b}"),
            ("{a,,b}", "{a,,b}"),
            ("{a", "{a"),
            (r#"{a"b"}"#, r#"{a"b"}"#),
            (r#"{"a"b}"#, r#"{"a"b}"#),
            ("{a}b", "{a}b"),
            ("{a\\", "{a\\"),
            ("{{}}", "{{}}"),
            ("{{{{{{{a}}}}}}}", "{{{{{{{a}}}}}}}"),
        ] {
            assert_eq!(in_form_of(&of_texts, value), expected, "{value}");
        }
        let deep = "{".repeat(100_000);
        assert_eq!(in_form_of(&of_texts, &deep), deep);
        for (type_name, element_oid) in [("text", None), ("int2vector", Some(21))] {
            let column = Column {
                type_name: type_name.to_owned(),
                element_oid,
                ..Column::default()
            };
            assert_eq!(in_form_of(&column, r#"{"a"}"#), r#"{"a"}"#);
        }
        let of_boxes = Column {
            type_name: "_box".to_owned(),
            element_oid: Some(Type::BOX.oid()),
            ..Column::default()
        };
        let boxes = "{(2,2),(1,1);(4,4),(3,3)}";
        assert_eq!(in_form_of(&of_boxes, boxes), boxes);
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
