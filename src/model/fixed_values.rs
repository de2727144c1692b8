//! Values that a clip link fixes: whoever reads by it sees the results of these values and of no others.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::result::Column;
use crate::run::{Parameters, Values};

/// By parameter; empty for a link that fixes none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FixedValues(Values);

impl FixedValues {
    /// Fails where a name is not one of these parameters, or a value cannot be theirs.
    pub fn new(values: Values, parameters: &Parameters) -> Result<Self, Error> {
        for (name, value) in values.iter() {
            let parameter = parameters.find(name).ok_or_else(|| {
                let known = parameters.iter().map(|known| format!("`{}`", known.name));
                let known = match known.collect::<Vec<_>>() {
                    none if none.is_empty() => "It has none.".to_owned(),
                    known => format!("It has {}.", known.join(", ")),
                };
                refusal(format!("The clip has no parameter `{name}`. {known}"))
            })?;
            if value.is_none() && !parameter.is_nullable {
                return Err(refusal(format!(
                    "`{name}` cannot be null. Write {{{{{name}?}}}} in the query to allow that."
                )));
            }
            if value.is_some_and(|value| value.contains('\0')) {
                return Err(refusal(format!(
                    "The value of `{name}` contains a NUL character, which PostgreSQL cannot receive."
                )));
            }
        }
        Ok(Self(values))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn all(&self) -> &Values {
        &self.0
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter()
    }

    /// Whether a query with these parameters can run with them.
    pub fn fit(&self, parameters: &Parameters) -> bool {
        self.iter().all(|(name, _)| parameters.find(name).is_some())
    }

    /// Whether a result with this set of values has them: as they were fixed, or in the form of these types, which may have
    /// been others then, or unknown.
    pub fn are_in(&self, set: &Values, types: &[Column]) -> bool {
        let formed = self.0.clone().in_form_of(types);
        self.iter().all(|(name, value)| {
            let found = set.get(name);
            found == Some(value) || (found.is_some() && found == formed.get(name))
        })
    }

    /// The given values, and these in the form of the parameters' types. `None` where another value is given for a fixed
    /// name.
    pub fn join(&self, mut given: Values, types: &[Column]) -> Option<Values> {
        for (name, value) in self.0.clone().in_form_of(types).iter() {
            let given_value = given.get(name);
            if given_value.is_some_and(|given| given != value) && given_value != self.0.get(name) {
                return None;
            }
            given.insert(name, value.map(str::to_owned));
        }
        Some(given)
    }
}

fn refusal(message: String) -> Error {
    Error::invalid("values", message)
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

    fn fixed(pairs: &[(&str, Option<&str>)]) -> FixedValues {
        FixedValues(values(pairs))
    }

    #[test]
    fn only_values_of_the_querys_parameters_can_be_fixed() {
        let parameters = Parameters::read("select {{a}}, {{b?}}").unwrap();
        let new = |pairs: &[(&str, Option<&str>)]| FixedValues::new(values(pairs), &parameters);
        for good in [
            &[][..],
            &[("a", Some("x"))],
            &[("a", Some("")), ("b", None)],
        ] {
            assert_eq!(new(good).unwrap(), fixed(good));
        }
        for bad in [
            ("c", Some("x")),
            ("A", Some("x")),
            ("a", None),
            ("a", Some("\0")),
        ] {
            assert!(new(&[bad]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_set_of_values_is_seen_if_it_has_every_fixed_one() {
        let france = fixed(&[("country", Some("France")), ("city", None)]);
        for (set, is_seen) in [
            (values(&[("country", Some("France")), ("city", None)]), true),
            (
                values(&[
                    ("country", Some("France")),
                    ("city", None),
                    ("day", Some("1")),
                ]),
                true,
            ),
            (values(&[("country", Some("France"))]), false),
            (
                values(&[("country", Some("France")), ("city", Some(""))]),
                false,
            ),
            (
                values(&[("country", Some("france")), ("city", None)]),
                false,
            ),
            (values(&[]), false),
        ] {
            assert_eq!(france.are_in(&set, &[]), is_seen, "{set:?}");
            assert!(FixedValues::default().are_in(&set, &[]));
        }
    }

    #[test]
    fn the_same_value_may_be_given_and_no_other() {
        let france = fixed(&[("country", Some("France")), ("city", None)]);
        let whole = values(&[("country", Some("France")), ("city", None)]);
        assert_eq!(france.join(values(&[]), &[]), Some(whole.clone()));
        assert_eq!(france.join(whole.clone(), &[]), Some(whole));
        for other in [
            ("country", Some("Spain")),
            ("country", Some("")),
            ("country", None),
            ("city", Some("Paris")),
        ] {
            assert_eq!(france.join(values(&[other]), &[]), None, "{other:?}");
        }
        let day = france.join(values(&[("day", Some("1"))]), &[]).unwrap();
        assert_eq!(day.get("day"), Some(Some("1")));
    }

    #[test]
    fn arrays_are_compared_in_one_form_where_their_type_is_known() {
        let ids = [Column {
            name: "ids".to_owned(),
            type_name: "_int4".to_owned(),
            element_oid: Some(23),
            ..Column::default()
        }];
        let formed = values(&[("ids", Some("{1}"))]);
        for text in ["1", "{1}", "{ 1 }"] {
            let one = fixed(&[("ids", Some(text))]);
            assert!(one.are_in(&formed, &ids), "{text}");
            assert_eq!(one.join(values(&[]), &ids), Some(formed.clone()));
            assert_eq!(one.join(formed.clone(), &ids), Some(formed.clone()));
            assert_eq!(one.join(values(&[("ids", Some("{2}"))]), &ids), None);
            assert!(!one.are_in(&values(&[("ids", Some("{2}"))]), &ids));
        }
        // To a text braces are braces.
        assert!(!fixed(&[("ids", Some("1"))]).are_in(&formed, &[]));
        assert_eq!(fixed(&[("ids", Some("1"))]).join(formed, &[]), None);
    }
}
