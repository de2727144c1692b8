//! The parameters of a query: its blanks, such as `{{country}}`, and the values that a run puts in their place.
//!
//! A value is sent beside the text, as the protocol's own parameter, and never becomes part of it.

mod array;
mod blank;
mod fixed_type;
mod hint;
mod places;
mod statement;
mod type_search;
mod types;
mod values;

use super::Failure;
pub use super::error::parameter_error::ParameterError;
use crate::result::Column;
use array::in_form_of;
pub use array::{DIMENSIONS_MAX, Element, array, read_array};
pub use blank::is_name;
use blank::{Blank, blanks};
pub use fixed_type::FixedType;
pub(super) use hint::explain_quoted;
pub use hint::hints;
pub(super) use statement::{Sent, Statement};
pub(super) use type_search::TypeSearch;
pub use types::ParameterTypes;
pub use values::{SetKey, Values};

/// The most parameters that a query may have.
pub const PARAMETERS_MAX: usize = 99;
/// The most places that parameters may have in a text.
pub const BLANKS_MAX: usize = 999;
/// A name's length, in bytes.
pub const NAME_BYTES_MAX: usize = 63;

/// What the text says of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// Its value where none is given.
    pub default: Option<String>,
    /// An empty value is NULL.
    pub is_nullable: bool,
}

/// The parameters of a text, in the order in which they first appear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<Parameter>);

impl Parameters {
    /// [`Failure::Parameter`] for a blank that cannot be read, [`Failure::Parameters`] for a `$1` beside blanks.
    pub fn read(sql: &str) -> Result<Self, Failure> {
        let mut parameters = Self::default();
        for blank in blanks(sql)? {
            parameters.add(sql, &blank)?;
        }
        Ok(parameters)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|parameter| parameter.name.as_str())
    }

    pub fn find(&self, name: &str) -> Option<&Parameter> {
        self.0.iter().find(|parameter| parameter.name == name)
    }

    /// One value for each: what is given, else its default, else NULL where it may be empty. Those of known types are in
    /// the form of their types.
    /// [`Failure::Parameter`] names the first that has none, or a given one that is not a parameter.
    pub fn complete(&self, given: &Values, types: &[Column]) -> Result<Values, Failure> {
        if let Some((unknown, _)) = given.iter().find(|(name, _)| self.find(name).is_none()) {
            return Err(ParameterError::unknown(unknown, self.names()).into());
        }
        let values = self.0.iter().map(|parameter| {
            let value = match given.get(&parameter.name) {
                Some(Some(value)) => Some(value.to_owned()),
                Some(None) if parameter.is_nullable => None,
                Some(None) | None => parameter.value_if_absent()?,
            };
            Ok((parameter.name.clone(), value))
        });
        let values: Values = values.collect::<Result<_, Failure>>()?;
        Ok(values.in_form_of(types))
    }

    fn add(&mut self, sql: &str, blank: &Blank<'_>) -> Result<(), Failure> {
        let known = self
            .0
            .iter_mut()
            .find(|parameter| parameter.name == blank.name);
        let Some(known) = known else {
            self.0.push(Parameter {
                name: blank.name.to_owned(),
                default: blank.default.map(str::to_owned),
                is_nullable: blank.is_nullable,
            });
            return match self.0.len() > PARAMETERS_MAX {
                true => Err(ParameterError::too_many(sql, blank.start, PARAMETERS_MAX).into()),
                false => Ok(()),
            };
        };
        known.is_nullable |= blank.is_nullable;
        match (&known.default, blank.default) {
            (Some(known), Some(other)) if known != other => {
                Err(ParameterError::two_defaults(sql, blank.name, blank.start).into())
            }
            (None, Some(default)) => {
                known.default = Some(default.to_owned());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Parameter {
    fn value_if_absent(&self) -> Result<Option<String>, Failure> {
        match (&self.default, self.is_nullable) {
            (Some(default), _) => Ok(Some(default.clone())),
            (None, true) => Ok(None),
            (None, false) => Err(ParameterError::missing(&self.name).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_places_of_a_name_say_adds_up() {
        let read = Parameters::read("select {{a}}, {{b = 1}}, {{a?}}, {{a = x y }}").unwrap();
        let a = Parameter {
            name: "a".to_owned(),
            default: Some("x y".to_owned()),
            is_nullable: true,
        };
        assert_eq!(read.find("a"), Some(&a));
        let names: Vec<_> = read.iter().map(|parameter| &parameter.name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn a_name_has_one_default() {
        let failure = Parameters::read("select {{a = 1}}, {{a = 2}}").unwrap_err();
        assert_eq!(
            (failure.code(), failure.position()),
            ("parameter_malformed", Some(19))
        );
    }

    #[test]
    fn a_query_has_up_to_99_parameters() {
        let text = |count: usize| -> String {
            let blanks: Vec<_> = (0..count)
                .map(|index| format!("{{{{a{index}}}}}"))
                .collect();
            format!("select {}", blanks.join(", "))
        };
        assert!(Parameters::read(&text(99)).is_ok());
        assert!(Parameters::read(&text(100)).is_err());
    }

    #[test]
    fn every_parameter_gets_a_value_or_is_named() {
        let parameters = Parameters::read("select {{a}}, {{b = 1}}, {{c?}}").unwrap();
        let failure = parameters.complete(&Values::default(), &[]).unwrap_err();
        assert_eq!(failure.code(), "parameter_missing");
        assert!(failure.message().contains("`a`"), "{failure}");
        let given: Values = [("a".to_owned(), Some("x".to_owned()))]
            .into_iter()
            .collect();
        let values = parameters.complete(&given, &[]).unwrap();
        let values: Vec<_> = values.iter().collect();
        assert_eq!(values, [("a", Some("x")), ("b", Some("1")), ("c", None)]);
    }
}
