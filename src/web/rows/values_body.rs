//! The values of a query's parameters, as the API takes them: `{"country": "France", "limit": 5, "ids": [1, 2]}`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::run::Values;
use crate::run::parameters::array;

/// By name. Numbers keep the digits that were sent, an array becomes PostgreSQL's, an object stays JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct ValuesBody(BTreeMap<String, Box<RawValue>>);

impl ValuesBody {
    pub fn values(&self) -> Result<Values, Error> {
        let values = self.0.iter().map(|(name, value)| {
            let value = text(value).map_err(|_| {
                Error::invalid("values", format!("The value of `{name}` cannot be read."))
            })?;
            Ok((name.clone(), value))
        });
        values.collect()
    }
}

/// `None` for null.
fn text(value: &RawValue) -> Result<Option<String>, serde_json::Error> {
    let json = value.get();
    Ok(match json.as_bytes().first() {
        Some(b'n') => None,
        Some(b'"') => Some(serde_json::from_str(json)?),
        Some(b'[') => {
            let elements: Vec<Box<RawValue>> = serde_json::from_str(json)?;
            let elements: Result<Vec<_>, _> = elements.iter().map(|one| text(one)).collect();
            Some(array(&elements?))
        }
        _ => Some(json.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_text() {
        let body = r#"{"a": "x\"y", "b": 12345678901234567890.10, "c": true, "d": null,
            "e": ["x,\\", 1, null, [2]], "f": {"g": 1}, "h": []}"#;
        let body: ValuesBody = serde_json::from_str(body).unwrap();
        let values = body.values().unwrap();
        for (name, expected) in [
            ("a", Some(r#"x"y"#)),
            ("b", Some("12345678901234567890.10")),
            ("c", Some("true")),
            ("d", None),
            ("e", Some(r#"{"x,\\","1",NULL,"{\"2\"}"}"#)),
            ("f", Some(r#"{"g": 1}"#)),
            ("h", Some("{}")),
        ] {
            assert_eq!(values.get(name), Some(expected), "{name}");
        }
    }
}
