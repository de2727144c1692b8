//! Reads JSON part by part: a large object or list is handed on while it is read.

use std::fmt;
use std::io::Read;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

/// Reads an object, field by field.
pub(super) trait ReadFields {
    type Value;
    fn read<'de, A: MapAccess<'de>>(self, fields: A) -> Result<Self::Value, A::Error>;
}

/// Reads a list, item by item.
pub(super) trait ReadItems {
    type Value;
    fn read<'de, A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error>;
}

/// An object for whoever reads its fields.
pub(super) struct Object<R>(pub(super) R);
/// A list for whoever reads its items.
pub(super) struct List<R>(pub(super) R);

/// A value that may be missing.
pub(super) struct OrNull<S>(pub(super) S);

/// Reads one value, and nothing may follow it.
pub(super) fn read<S, T>(reader: impl Read, seed: S) -> serde_json::Result<T>
where
    S: for<'de> DeserializeSeed<'de, Value = T>,
{
    let mut json = serde_json::Deserializer::from_reader(reader);
    let value = seed.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

impl<'de, R: ReadFields> DeserializeSeed<'de> for Object<R> {
    type Value = R::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<R::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: ReadFields> Visitor<'de> for Object<R> {
    type Value = R::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<R::Value, A::Error> {
        self.0.read(fields)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for OrNull<S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for OrNull<S> {
    type Value = Option<S::Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}

impl<'de, R: ReadItems> DeserializeSeed<'de> for List<R> {
    type Value = R::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<R::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: ReadItems> Visitor<'de> for List<R> {
    type Value = R::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<R::Value, A::Error> {
        self.0.read(items)
    }
}
