//! The values of a query's parameters: one set of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::in_form_of;
use crate::result::Column;

/// Values by parameter, `None` for NULL. Empty for a query without parameters.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, Option<String>>);

/// Tells sets of values apart, at a fixed size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SetKey([u8; SetKey::BYTES]);

impl Values {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `None` where the parameter has no value, `Some(None)` where it is NULL.
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        self.0.get(name).map(Option::as_deref)
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    pub fn insert(&mut self, name: &str, value: Option<String>) {
        self.0.insert(name.to_owned(), value);
    }

    /// The same with one text for equal arrays, as far as the types of the parameters are known.
    pub fn in_form_of(mut self, types: &[Column]) -> Self {
        for column in types {
            if let Some(Some(value)) = self.0.get_mut(&column.name) {
                *value = in_form_of(column, value);
            }
        }
        self
    }

    pub fn key(&self) -> SetKey {
        if self.is_empty() {
            return SetKey::default();
        }
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for (name, value) in self.iter() {
            add(name);
            add(if value.is_some() { "text" } else { "null" });
            add(value.unwrap_or_default());
        }
        let mut key = SetKey::default();
        hasher.finalize_xof().fill(&mut key.0);
        key
    }
}

impl SetKey {
    const BYTES: usize = 16;

    /// No bytes for the empty set, which is that of every query without parameters.
    pub fn as_bytes(&self) -> &[u8] {
        match *self == Self::default() {
            true => &[],
            false => &self.0,
        }
    }

    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.try_into().unwrap_or_default())
    }
}

/// As PostgreSQL's `encode(…, 'hex')` prints the bytes.
impl Serialize for SetKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        serializer.serialize_str(&digits.collect::<String>())
    }
}

impl<'de> Deserialize<'de> for SetKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = Cow::<str>::deserialize(deserializer)?;
        let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
        let bytes = bytes.filter(|bytes| [0, Self::BYTES].contains(&bytes.len()));
        let bytes = bytes.ok_or_else(|| Error::custom("a set of values is 16 bytes, or none"))?;
        Ok(Self::from_bytes(&bytes))
    }
}

impl FromIterator<(String, Option<String>)> for Values {
    fn from_iter<I: IntoIterator<Item = (String, Option<String>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// A value may be somebody's secret: only the names are shown.
impl fmt::Debug for Values {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, Option<&str>)]) -> Values {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
            .collect()
    }

    #[test]
    fn different_sets_have_different_keys() {
        let sets = [
            values(&[]),
            values(&[("a", None)]),
            values(&[("a", Some(""))]),
            values(&[("a", Some("null"))]),
            values(&[("a", Some("x")), ("b", Some("y"))]),
            values(&[("a", Some("y")), ("b", Some("x"))]),
            values(&[("a", Some("xb")), ("y", Some(""))]),
        ];
        for (index, set) in sets.iter().enumerate() {
            for (other_index, other) in sets.iter().enumerate() {
                assert_eq!(set.key() == other.key(), index == other_index);
            }
            assert_eq!(SetKey::from_bytes(set.key().as_bytes()), set.key());
        }
    }

    #[test]
    fn a_key_is_hexadecimal_in_notices() {
        for set in [Values::default(), values(&[("a", Some("1"))])] {
            let key = set.key();
            let printed = serde_json::to_string(&key).unwrap();
            assert_eq!(printed.len() - 2, 2 * key.as_bytes().len());
            assert_eq!(serde_json::from_str::<SetKey>(&printed).unwrap(), key);
        }
        assert!(serde_json::from_str::<SetKey>("\"0g\"").is_err());
        assert!(serde_json::from_str::<SetKey>("\"00\"").is_err());
    }

    #[test]
    fn the_order_in_which_values_come_does_not_matter() {
        let set = values(&[("a", Some("x")), ("b", None)]);
        let same = values(&[("b", None), ("a", Some("x"))]);
        assert_eq!(set.key(), same.key());
    }

    #[test]
    fn values_are_stored_as_json() {
        let set = values(&[("a", Some("x")), ("b", None)]);
        let stored = serde_json::to_string(&set).unwrap();
        assert_eq!(stored, r#"{"a":"x","b":null}"#);
        assert_eq!(serde_json::from_str::<Values>(&stored).unwrap(), set);
        assert_eq!(format!("{set:?}"), r#"{"a", "b"}"#);
    }
}
