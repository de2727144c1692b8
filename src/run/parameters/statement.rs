//! A query as PostgreSQL gets it: its text with numbers in place of its blanks, and its values beside it.

use std::borrow::Cow;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::ParameterError;
use super::blank::{Blank, blanks};
use super::hint::explain_quoted;
use super::places::{numbered, restored};
use super::{FixedType, ParameterTypes, Parameters, Values, in_form_of};
use crate::result::Column;
use crate::run::Failure;
use crate::run::error::server_error::ServerError;

/// The statement of a run.
pub(in crate::run) struct Statement<'a> {
    sql: &'a str,
    blanks: Vec<Blank<'a>>,
    /// In the order in which they first appear; `$1` is the first.
    names: Vec<&'a str>,
    /// With one number a name.
    text: Cow<'a, str>,
    /// In the order of the names.
    values: Vec<Option<String>>,
}

/// What a flight sends: a text, the types of its parameters and their values.
#[derive(Clone, Copy)]
pub(in crate::run) struct Sent<'a> {
    pub(in crate::run) text: &'a str,
    /// 0 for a type that PostgreSQL is to find out.
    pub(in crate::run) types: &'a [u32],
    pub(in crate::run) values: &'a [Option<String>],
}

impl<'a> Statement<'a> {
    /// [`Failure::Parameter`] for blanks that cannot be read, and where a value is missing.
    pub(in crate::run) fn new(sql: &'a str, given: &Values) -> Result<Self, Failure> {
        let mut statement = Self::without_values(sql)?;
        if statement.has_blanks() {
            let values = Parameters::read(sql)?.complete(given, &[])?;
            let names = statement.names.iter();
            statement.values = names
                .map(|name| values.get(name).flatten().map(str::to_owned))
                .collect();
        }
        Ok(statement)
    }

    /// To be parsed and described only.
    pub(in crate::run) fn without_values(sql: &'a str) -> Result<Self, Failure> {
        let blanks = blanks(sql)?;
        let mut names: Vec<&str> = Vec::new();
        for blank in &blanks {
            if !names.contains(&blank.name) {
                names.push(blank.name);
            }
        }
        let text = match blanks.is_empty() {
            true => Cow::Borrowed(sql),
            false => Cow::Owned(numbered(sql, &blanks, |_, blank| {
                1 + names.iter().take_while(|name| **name != blank.name).count()
            })),
        };
        Ok(Self {
            sql,
            blanks,
            names,
            text,
            values: Vec::new(),
        })
    }

    pub(in crate::run) fn has_blanks(&self) -> bool {
        !self.blanks.is_empty()
    }

    /// The text as PostgreSQL gets it, with one number a name.
    pub(in crate::run) fn text(&self) -> &str {
        &self.text
    }

    /// The values as PostgreSQL reads them as these types, one for each name: a single one for an array is an array of it.
    pub(in crate::run) fn values(&self, types: &[Column]) -> Vec<Option<String>> {
        let values = self.values.iter().zip(types);
        values
            .map(|(value, column)| Some(in_form_of(column, value.as_deref()?)))
            .collect()
    }

    /// `types` and `values` have one for each name.
    pub(in crate::run) fn sent<'s>(
        &'s self,
        types: &'s [u32],
        values: &'s [Option<String>],
    ) -> Sent<'s> {
        Sent {
            text: &self.text,
            types,
            values,
        }
    }

    pub(super) fn sql(&self) -> &'a str {
        self.sql
    }

    pub(super) fn blanks(&self) -> &[Blank<'a>] {
        &self.blanks
    }

    pub(in crate::run) fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// Whether an error is about the value of a parameter, which PostgreSQL could not read; `types` are those of the
    /// names.
    pub(in crate::run) fn unreadable_value(
        &self,
        error: &ServerError,
        types: &[Column],
    ) -> Option<Failure> {
        let number = match error.parameter {
            Some(number) => number.checked_sub(1)?,
            None => self.quoted_value(error, types)?,
        };
        let name = self.names.get(number)?;
        let type_name = types.get(number).map(Column::written_type);
        Some(ParameterError::unreadable(name, error, type_name.as_deref()).into())
    }

    /// PostgreSQL 13 does not name the parameter, but quotes most values that it cannot read.
    fn quoted_value(&self, error: &ServerError, types: &[Column]) -> Option<usize> {
        const CODES: [SqlState; 4] = [
            SqlState::INVALID_TEXT_REPRESENTATION,
            SqlState::INVALID_DATETIME_FORMAT,
            SqlState::DATETIME_FIELD_OVERFLOW,
            SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        ];
        let is_of_input = CODES.iter().any(|code| code.code() == error.sqlstate);
        let is_quoted = |value: &String| error.message.contains(&format!("\"{value}\""));
        // Every text can be read as text.
        let is_text = |column: &Column| column.type_oid == Type::TEXT.oid();
        let mut values = self.values.iter().zip(types);
        values.position(|(value, column)| {
            is_of_input && !is_text(column) && value.as_ref().is_some_and(is_quoted)
        })
    }

    /// Relates a failure to the text as it was written.
    pub(in crate::run) fn relate(
        &self,
        failure: &mut Failure,
        types: &ParameterTypes,
        is_without_encoding: bool,
    ) {
        failure.relate_to(&self.text, is_without_encoding);
        explain_quoted(self.sql, failure);
        if let Failure::Statement(error) = failure
            && self.has_blanks()
        {
            let fixed = |name: &str| types.fixed.get(name).map(FixedType::name);
            let names = self.names.iter().map(|name| (*name, fixed(name)));
            error.relate_to_blanks(&self.text, &names.collect::<Vec<_>>());
            error.position = error
                .position
                .map(|position| restored(self.sql, &self.text, position));
        }
    }
}
