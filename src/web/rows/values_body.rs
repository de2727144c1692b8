//! The values of a query's parameters, as the API takes them: `{"country": "France", "limit": 5, "ids": [1, 2]}`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio_postgres::types::Type;

use crate::error::Error;
use crate::result::Column;
use crate::run::parameters::{DIMENSIONS_MAX, Element, ParameterError, array};
use crate::run::{Failure, Values};

/// By name. Numbers keep the digits that were sent, an array becomes PostgreSQL's, an object stays JSON, as does an array for
/// a parameter of type `json` or `jsonb`.
#[derive(Clone, Debug, Default)]
pub struct ValuesBody(BTreeMap<String, Box<RawValue>>);

/// Reads an object, and refuses two values for one name, since we cannot know which one is meant.
struct OnceEach;

impl ValuesBody {
    /// `types` are those of the parameters, as far as they are known.
    pub fn values(&self, types: &[Column]) -> Result<Values, Error> {
        let values = self.0.iter().map(|(name, value)| {
            let column = types.iter().find(|column| column.name == *name);
            let text = text(name, value, column)?;
            match text.as_deref().is_some_and(|text| text.contains('\0')) {
                true => Err(Error::of_query(ParameterError::with_nul(name).into())),
                false => Ok((name.clone(), text)),
            }
        });
        let values: Values = values.collect::<Result<_, Error>>()?;
        Ok(values.in_form_of(types))
    }

    /// Whether its meaning depends on the types of the parameters.
    pub fn has_arrays(&self) -> bool {
        self.0.values().any(|value| is_array(value))
    }
}

/// Values in a body are not missing in an address.
pub fn of_body(error: Error) -> Error {
    match error {
        Error::Run {
            failure: Failure::Parameter(error),
            sees_sql,
        } => Error::Run {
            failure: error.of_body().into(),
            sees_sql,
        },
        other => other,
    }
}

/// `None` for null.
fn text(name: &str, value: &RawValue, column: Option<&Column>) -> Result<Option<String>, Error> {
    let json = value.get();
    let unreadable = |_| Error::invalid("values", format!("The value of `{name}` cannot be read."));
    Ok(match json.as_bytes().first() {
        Some(b'n') => None,
        Some(b'"') => Some(serde_json::from_str(json).map_err(unreadable)?),
        Some(b'[') if !column.is_some_and(|column| is_json(column.type_oid)) => {
            if column.is_some_and(|column| column.element_oid.is_none()) {
                return Err(Error::of_query(
                    ParameterError::several(name).of_body().into(),
                ));
            }
            let has_json = column
                .and_then(|column| column.element_oid)
                .is_some_and(is_json);
            let elements = elements(value, has_json, 1).map_err(unreadable)?;
            let elements = elements.ok_or_else(|| too_deep(name))?;
            Some(array(&elements))
        }
        _ => Some(json.to_owned()),
    })
}

/// `None` where arrays are nested too deeply. Those that are elements of type JSON are not taken apart.
fn elements(
    value: &RawValue,
    has_json: bool,
    dimension: usize,
) -> Result<Option<Vec<Element>>, serde_json::Error> {
    if dimension > DIMENSIONS_MAX {
        return Ok(None);
    }
    let values: Vec<Box<RawValue>> = serde_json::from_str(value.get())?;
    let mut found = Vec::new();
    for value in values {
        let json = value.get();
        found.push(match json.as_bytes().first() {
            Some(b'n') => Element::Null,
            Some(b'"') => Element::Text(serde_json::from_str(json)?),
            Some(b'[') if !has_json => match elements(&value, has_json, dimension + 1)? {
                Some(elements) => Element::Array(elements),
                None => return Ok(None),
            },
            _ => Element::Text(json.to_owned()),
        });
    }
    Ok(Some(found))
}

fn is_array(value: &RawValue) -> bool {
    value.get().starts_with('[')
}

fn is_json(oid: u32) -> bool {
    [Type::JSON.oid(), Type::JSONB.oid()].contains(&oid)
}

fn too_deep(name: &str) -> Error {
    let message = format!("The arrays of `{name}` have more than {DIMENSIONS_MAX} dimensions.");
    Error::invalid("values", message)
}

impl<'de> Deserialize<'de> for ValuesBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OnceEach)
    }
}

impl<'de> Visitor<'de> for OnceEach {
    type Value = ValuesBody;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<ValuesBody, M::Error> {
        let mut values = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            if values.contains_key(&name) {
                return Err(M::Error::custom(format_args!(
                    "duplicate value of `{name}`"
                )));
            }
            values.insert(name, map.next_value()?);
        }
        Ok(ValuesBody(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, known: &Type, element: Option<&Type>) -> Column {
        Column {
            name: name.to_owned(),
            type_oid: known.oid(),
            type_name: known.name().to_owned(),
            element_oid: element.map(Type::oid),
            ..Column::default()
        }
    }

    #[test]
    fn values_keep_their_text() {
        let body = r#"{"a": "x\"y", "b": 12345678901234567890.10, "c": true, "d": null,
            "e": ["x,\\", 1, null, true, {"g": 1}], "f": {"g": 1}, "h": [], "i": [[1, 2], [3, 4]]}"#;
        let body: ValuesBody = serde_json::from_str(body).unwrap();
        let values = body.values(&[]).unwrap();
        for (name, expected) in [
            ("a", Some(r#"x"y"#)),
            ("b", Some("12345678901234567890.10")),
            ("c", Some("true")),
            ("d", None),
            ("e", Some(r#"{"x,\\",1,NULL,true,"{\"g\": 1}"}"#)),
            ("f", Some(r#"{"g": 1}"#)),
            ("h", Some("{}")),
            ("i", Some("{{1,2},{3,4}}")),
        ] {
            assert_eq!(values.get(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn an_array_is_what_the_type_of_its_parameter_takes() {
        let types = [
            column("json", &Type::JSON, None),
            column("jsonb", &Type::JSONB, None),
            column("ids", &Type::INT4_ARRAY, Some(&Type::INT4)),
            column("jsons", &Type::JSONB_ARRAY, Some(&Type::JSONB)),
            column("id", &Type::INT4, None),
        ];
        for (body, name, expected) in [
            (
                r#"{"json": [1, "a", [null]]}"#,
                "json",
                r#"[1, "a", [null]]"#,
            ),
            (r#"{"jsonb": []}"#, "jsonb", "[]"),
            (r#"{"jsonb": {"a": [1]}}"#, "jsonb", r#"{"a": [1]}"#),
            (r#"{"ids": [[1, 2], [3, null]]}"#, "ids", "{{1,2},{3,NULL}}"),
            (
                r#"{"jsons": [[1, 2], {"a": 1}]}"#,
                "jsons",
                r#"{"[1, 2]","{\"a\": 1}"}"#,
            ),
        ] {
            let body: ValuesBody = serde_json::from_str(body).unwrap();
            let values = body.values(&types).unwrap();
            assert_eq!(values.get(name), Some(Some(expected)));
        }
        let body: ValuesBody = serde_json::from_str(r#"{"id": [1]}"#).unwrap();
        let Error::Run { failure, .. } = body.values(&types).unwrap_err() else {
            panic!("not refused by its type");
        };
        assert_eq!(failure.code(), "parameter_unreadable");
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let body: ValuesBody = serde_json::from_str(&deep).unwrap();
        assert!(matches!(body.values(&[]), Err(Error::Invalid { .. })));
    }
}
