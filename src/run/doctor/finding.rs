//! What a row of a check says.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// How bad a finding is. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Data or the service are at risk: act today.
    Red,
    /// It costs time, space or safety: plan it.
    Amber,
    /// Not known, since the role may not look or the check failed.
    Blind,
    Green,
}

#[derive(Clone, Debug)]
pub struct Finding {
    pub grade: Grade,
    pub sentence: String,
    /// What a person may run, never we.
    pub statement: Option<String>,
    pub numbers: Numbers,
}

/// The columns behind a finding by name, with values as PostgreSQL writes them in JSON: digit for digit.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Vec<(String, Box<RawValue>)>);

impl Grade {
    pub const ALL: [Self; 4] = [Self::Red, Self::Amber, Self::Blind, Self::Green];

    pub fn word(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Amber => "amber",
            Self::Blind => "blind",
            Self::Green => "green",
        }
    }
}

impl Finding {
    /// Of a row as a JSON object, whose first columns are `grade`, `finding` and `statement`.
    pub(super) fn parse(object: &str) -> Option<Self> {
        let Numbers(mut columns) = serde_json::from_str(object).ok()?;
        let numbers = columns.split_off(columns.len().min(3));
        let [(_, grade), (_, sentence), (_, statement)] = columns.try_into().ok()?;
        Some(Self {
            grade: serde_json::from_str(grade.get()).ok()?,
            sentence: serde_json::from_str(sentence.get()).ok()?,
            statement: serde_json::from_str(statement.get()).ok()?,
            numbers: Numbers(numbers),
        })
    }

    /// What it is about, by these columns, such as `public.orders`.
    pub fn subject(&self, columns: &[&str]) -> String {
        let values = columns
            .iter()
            .filter_map(|column| self.numbers.text(column));
        joined(&values.collect::<Vec<_>>())
    }

    pub(super) fn blind(sentence: String, statement: Option<String>) -> Self {
        Self {
            grade: Grade::Blind,
            sentence,
            statement,
            numbers: Numbers::default(),
        }
    }
}

impl Numbers {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The text of one value.
    pub fn text(&self, name: &str) -> Option<String> {
        let mut values = self.0.iter();
        let (_, value) = values.find(|(column, _)| column == name)?;
        text(value.get())
    }

    /// Name and text of each value; `None` is null.
    pub fn texts(&self) -> impl Iterator<Item = (&str, Option<String>)> {
        let values = self.0.iter();
        values.map(|(name, value)| (name.as_str(), text(value.get())))
    }
}

/// With dots between them. Names that contain a dot or a quote are quoted, so that no two subjects read the same.
fn joined(names: &[String]) -> String {
    if let [name] = names {
        return name.clone();
    }
    let quoted = names.iter().map(|name| match name.contains(['.', '"']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.clone(),
    });
    quoted.collect::<Vec<_>>().join(".")
}

fn text(json: &str) -> Option<String> {
    match json {
        "null" => None,
        json => Some(serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())),
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Columns)
    }
}

/// Keeps the order of the columns, as a map would not.
struct Columns;

impl<'de> Visitor<'de> for Columns {
    type Value = Numbers;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a row as an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Numbers, A::Error> {
        let mut columns = Vec::new();
        while let Some(column) = map.next_entry()? {
            columns.push(column);
        }
        Ok(Numbers(columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_finding_with_its_numbers_in_order_and_digit_for_digit() {
        let row = r#"{"grade":"amber","finding":"It is \"so\".","statement":null,"z":9223372036854775807.10,"a":"b\n","n":null}"#;
        let finding = Finding::parse(row).unwrap();
        assert_eq!(finding.grade, Grade::Amber);
        assert_eq!(finding.sentence, "It is \"so\".");
        assert_eq!(finding.statement, None);
        let texts: Vec<_> = finding.numbers.texts().collect();
        let [z, a] = ["9223372036854775807.10", "b\n"].map(|text| Some(text.to_owned()));
        assert_eq!(texts, [("z", z), ("a", a), ("n", None)]);
        assert_eq!(
            finding.subject(&["a", "n", "z"]),
            "b\n.\"9223372036854775807.10\""
        );
        assert_eq!(finding.subject(&["z"]), "9223372036854775807.10");
        assert_eq!(
            serde_json::to_string(&finding.numbers).unwrap(),
            r#"{"z":9223372036854775807.10,"a":"b\n","n":null}"#
        );
    }

    #[test]
    fn a_row_without_a_grade_is_none() {
        for row in ["{}", r#"{"grade":"blue","finding":"x","statement":null}"#] {
            assert!(Finding::parse(row).is_none(), "{row}");
        }
    }
}
