//! What is wrong with a query's parameters, or with the values for them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::position::Mark;
use super::server_error::ServerError;
use super::sql_error::shortened;

/// Of a blank that a sentence shows.
const SHOWN_CHARACTERS_MAX: usize = 60;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterError {
    pub kind: Kind,
    /// The parameter that it is about, if its name is known.
    pub name: Option<String>,
    /// What happened; PostgreSQL's own words for a value that it cannot read.
    pub message: String,
    pub advice: String,
    /// In characters of the SQL text, from 1.
    pub position: Option<usize>,
    /// As PostgreSQL reports it.
    pub sqlstate: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A blank in the text that cannot be read.
    Malformed,
    /// The places of a name have different types.
    Ambiguous,
    /// No value is given.
    Missing,
    /// A value is given for a name that the text does not have.
    Unknown,
    /// PostgreSQL cannot read a value as its type.
    Unreadable,
}

impl ParameterError {
    pub(in crate::run) fn unclosed(sql: &str, start: usize) -> Self {
        Self::in_text(
            sql,
            start,
            "A blank begins with {{ and has no }} on its line.".to_owned(),
            "Write blanks as in {{country}}; braces that are text belong in quotes.",
        )
    }

    pub(in crate::run) fn unreadable_blank(sql: &str, place: Range<usize>) -> Self {
        let start = place.start;
        let message = format!(
            "{} cannot be a blank: begin its name with a letter, then use letters, digits and _.",
            shown(&sql[place])
        );
        let advice = "Write {{country}}; {{country = France}} to have a default, {{country?}} where it may stay empty.";
        Self::in_text(sql, start, message, advice)
    }

    pub(in crate::run) fn long_name(sql: &str, start: usize, name_bytes_max: usize) -> Self {
        let message = format!("A blank's name has {name_bytes_max} characters at most.");
        Self::in_text(sql, start, message, "Give it a shorter one.")
    }

    pub(in crate::run) fn touching(sql: &str, name: &str, place: Range<usize>) -> Self {
        let start = place.start;
        let message = format!("{} touches what stands beside it.", shown(&sql[place]));
        let advice = "A blank is a value, not a part of a word or a text: leave a space, and no quotes around it. Join texts as in 'a' || {{x}}.";
        Self {
            name: Some(name.to_owned()),
            ..Self::in_text(sql, start, message, advice)
        }
    }

    pub(in crate::run) fn two_defaults(sql: &str, name: &str, start: usize) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::in_text(
                sql,
                start,
                format!("`{name}` has two defaults."),
                "Write the default once; the other places take it too.",
            )
        }
    }

    pub(in crate::run) fn too_many(sql: &str, start: usize, max: usize) -> Self {
        Self::in_text(
            sql,
            start,
            format!("A query has {max} parameters at most."),
            "Put several values into one, as in id = any ({{ids}}).",
        )
    }

    pub(in crate::run) fn too_many_blanks(sql: &str, start: usize, max: usize) -> Self {
        let message = format!("A query has {max} blanks at most.");
        let advice =
            "Select the value once, as in with given as (select {{x}}::date as day), and use that.";
        Self::in_text(sql, start, message, advice)
    }

    pub(in crate::run) fn missing(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::new(
                Kind::Missing,
                format!("`{name}` has no value."),
                &format!("Add it to the address, as in ?{name}=…"),
            )
        }
    }

    /// `known` are the names that the text has.
    pub fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<_> = known.map(|known| format!("`{known}`")).collect();
        let advice = match names.as_slice() {
            [only] => format!("The clip has one: {only}."),
            several => format!("The clip has these: {}.", several.join(", ")),
        };
        let message = format!("`{}` is not a parameter of this clip.", shown(name));
        Self::new(Kind::Unknown, message, &advice)
    }

    /// A value that PostgreSQL cannot receive.
    pub fn with_nul(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::new(
                Kind::Unreadable,
                format!("The value of `{name}` contains a NUL character."),
                "PostgreSQL cannot store NUL: leave it out.",
            )
        }
    }

    /// Several values for a parameter that is no array.
    pub fn several(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::new(
                Kind::Unreadable,
                format!("`{name}` takes one value."),
                "Give it once.",
            )
        }
    }

    /// Two places of a name, each with its type.
    pub(in crate::run) fn ambiguous(sql: &str, name: &str, places: [(usize, String); 2]) -> Self {
        let [first_place, second_place] = [0, 1].map(|index| place(sql, places[index].0));
        let [(_, first), (start, second)] = places;
        let message =
            format!("`{name}` is {first} at {first_place}, and {second} at {second_place}.");
        let advice = format!(
            "Give both places one type, as in {{{{{name}}}}}::{first}, or name the two differently."
        );
        Self {
            kind: Kind::Ambiguous,
            name: Some(name.to_owned()),
            ..Self::in_text(sql, start, message, &advice)
        }
    }

    /// What PostgreSQL reports while it reads a value.
    pub(in crate::run) fn unreadable(
        name: &str,
        error: &ServerError,
        type_name: Option<&str>,
    ) -> Self {
        let advice = match type_name {
            // Of a blank that is added to a moment, PostgreSQL takes it for another moment.
            Some(moment @ ("timestamp" | "timestamptz" | "date")) => format!(
                "Give `{name}` a value of type {moment}; if the query means another type, name it behind the blank, as in {{{{{name}}}}}::interval."
            ),
            Some(type_name) => format!("Give `{name}` a value of type {type_name}."),
            None => format!("Give `{name}` another value."),
        };
        Self {
            name: Some(name.to_owned()),
            sqlstate: Some(error.sqlstate.clone()),
            detail: error.detail.as_deref().map(shortened),
            hint: error.hint.as_deref().map(shortened),
            ..Self::new(Kind::Unreadable, shortened(&error.message), &advice)
        }
    }

    /// The same of values that stand in the body of a request.
    pub fn of_body(self) -> Self {
        let name = self.name.as_deref().unwrap_or_default();
        let advice = match self.kind {
            Kind::Missing => {
                format!("Add it to `values`, as in {{\"values\": {{\"{name}\": …}}}}.")
            }
            Kind::Unreadable if self.sqlstate.is_none() => "Give one, not an array.".to_owned(),
            _ => return self,
        };
        Self { advice, ..self }
    }

    pub fn code(&self) -> &'static str {
        match self.kind {
            Kind::Malformed => "parameter_malformed",
            Kind::Ambiguous => "parameter_ambiguous",
            Kind::Missing => "parameter_missing",
            Kind::Unknown => "parameter_unknown",
            Kind::Unreadable => "parameter_unreadable",
        }
    }

    /// Whether it is the same for all values.
    pub fn is_about_text(&self) -> bool {
        matches!(self.kind, Kind::Malformed | Kind::Ambiguous)
    }

    /// For whoever may not see the query. A reader gave the value that PostgreSQL quotes, but a type's name, or the rule of
    /// a domain, is the database's.
    pub fn summary(&self) -> String {
        match (self.kind, &self.name) {
            (Kind::Missing | Kind::Unknown, _) => self.message.clone(),
            // Not in PostgreSQL's words.
            (Kind::Unreadable, Some(_)) if self.sqlstate.is_none() => self.message.clone(),
            (Kind::Unreadable, Some(name)) => {
                format!("PostgreSQL cannot read the value of `{name}`.")
            }
            _ => "The query's blanks cannot be filled in.".to_owned(),
        }
    }

    /// Advice for whoever may not see the query: our own words about the values.
    pub fn summary_advice(&self) -> Option<String> {
        let is_ours = match self.kind {
            Kind::Missing | Kind::Unknown => true,
            Kind::Unreadable => self.sqlstate.is_none(),
            Kind::Malformed | Kind::Ambiguous => false,
        };
        is_ours.then(|| self.advice.clone())
    }

    fn in_text(sql: &str, start: usize, message: String, advice: &str) -> Self {
        Self {
            position: Some(position(sql, start)),
            ..Self::new(Kind::Malformed, message, advice)
        }
    }

    fn new(kind: Kind, message: String, advice: &str) -> Self {
        Self {
            kind,
            name: None,
            message,
            advice: advice.to_owned(),
            position: None,
            sqlstate: None,
            detail: None,
            hint: None,
        }
    }
}

/// In characters from 1, of a place in bytes.
pub(in crate::run) fn position(sql: &str, start: usize) -> usize {
    sql[..start].chars().count() + 1
}

fn place(sql: &str, start: usize) -> String {
    match Mark::find(sql, position(sql, start)) {
        Some(mark) => format!("line {}, column {}", mark.line, mark.column),
        None => "the end".to_owned(),
    }
}

fn shown(blank: &str) -> String {
    match blank.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &blank[..end]),
        None => blank.to_owned(),
    }
}
