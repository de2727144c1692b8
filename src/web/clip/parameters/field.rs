//! A field that asks for the value of a parameter.

use askama::Template;

use super::control::{Control, FieldOption, Input};
use crate::model::ParameterSettings;
use crate::result::Column;
use crate::run::parameters::Parameter;
use crate::web::rows::query::RowsQuery;

/// Before a parameter's name, in that of a field that fixes NULL.
pub const NULL_PREFIX: &str = "null.";

/// A part of a form.
#[derive(Template)]
#[template(path = "clip/parameters/field.html")]
pub struct Field {
    /// Of the form's field.
    name: String,
    label: String,
    help: String,
    control: Control,
    values: Vec<String>,
    /// Where nothing is given.
    default: Option<String>,
    is_nullable: bool,
    /// Whether the field asks which value a link fixes, if any.
    is_for_link: bool,
    /// Whether NULL is fixed.
    is_null: bool,
    problem: Option<String>,
}

/// What a field asks for, and how the names of its form's fields begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The values of the rows, in an address.
    Rows,
    /// The values with which a typed query is tried out.
    Workbench,
    /// The values that a new clip link fixes; a field that says nothing leaves its parameter to the link's readers.
    Link,
}

/// What is known of a parameter.
pub struct FieldSource<'a> {
    pub parameter: &'a Parameter,
    pub column: Option<&'a Column>,
    pub settings: Option<&'a ParameterSettings>,
    pub options: Option<Vec<FieldOption>>,
    /// The values as they were sent.
    pub query: &'a RowsQuery,
}

impl Field {
    pub fn new(purpose: Purpose, source: FieldSource<'_>) -> Self {
        let FieldSource {
            parameter,
            column,
            settings,
            options,
            query,
        } = source;
        let is_for_link = purpose == Purpose::Link;
        let shown = match is_for_link {
            // Its default is left to the readers, as is any value.
            true => &Parameter {
                default: None,
                ..parameter.clone()
            },
            false => parameter,
        };
        let values = values(shown, query, column);
        let may_be_empty = parameter.is_nullable || is_for_link;
        let label = settings.map_or("", |settings| &settings.label);
        Self {
            name: format!("{}{}", purpose.prefix(), parameter.name),
            label: match label {
                "" => parameter.name.clone(),
                label => label.to_owned(),
            },
            help: settings
                .map(|settings| settings.help.clone())
                .unwrap_or_default(),
            control: Control::new(column, options, &values, may_be_empty),
            is_null: parameter.is_nullable && query.all(&parameter.name).any(str::is_empty),
            values,
            default: shown.default.clone(),
            is_nullable: parameter.is_nullable,
            is_for_link,
            problem: None,
        }
    }

    pub fn with_problem(self, problem: Option<String>) -> Self {
        Self { problem, ..self }
    }

    /// The name of the form's field that says that NULL is fixed.
    fn null_name(&self) -> Option<String> {
        let name = self.name.strip_prefix(Purpose::Link.prefix())?;
        (self.is_for_link && self.is_nullable).then(|| format!("{NULL_PREFIX}{name}"))
    }

    /// What the choice of no value is called, if there is one.
    fn none(&self) -> Option<&'static str> {
        match self.is_for_link {
            true => Some("Readers choose"),
            false if self.is_nullable => Some("–"),
            false => self.is_required().then_some("Choose"),
        }
    }

    fn is_on(&self) -> bool {
        self.value() == "true"
    }

    fn value(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    fn has(&self, option: &FieldOption) -> bool {
        self.values.contains(&option.value)
    }

    /// Whether an empty value is one: NULL instead of the default.
    fn keeps_empty(&self) -> bool {
        self.is_nullable && self.default.is_some()
    }

    fn is_required(&self) -> bool {
        !self.is_nullable && self.default.is_none()
    }

    fn is_moment_in_utc(&self) -> bool {
        self.control == Control::Input(Input::Moment(true))
    }

    /// The chosen labels, for the button that opens them all.
    fn chosen(&self) -> String {
        let Control::Checks(options) = &self.control else {
            return String::new();
        };
        let chosen = options.iter().filter(|option| self.has(option));
        let labels: Vec<_> = chosen.map(|option| option.label.as_str()).collect();
        match labels.is_empty() {
            true => "Choose".to_owned(),
            false => labels.join(", "),
        }
    }
}

impl Purpose {
    /// Stands before the parameter's name in that of the form's field, so that it cannot be another field's.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Rows => "",
            Self::Workbench => "values.",
            Self::Link => "fixed.",
        }
    }
}

/// Those that were sent, else the default.
fn values(parameter: &Parameter, query: &RowsQuery, column: Option<&Column>) -> Vec<String> {
    let is_array = column.is_some_and(|column| column.element_oid.is_some());
    let sent = query.given(&parameter.name, column).into_iter();
    let sent: Vec<_> = sent.map(str::to_owned).collect();
    let is_null = parameter.is_nullable && query.is_sent(&parameter.name);
    let values = match (&parameter.default, sent.is_empty() && !is_null) {
        (Some(default), true) => vec![default.clone()],
        _ => sent,
    };
    match values.as_slice() {
        [literal] if is_array => elements(literal).unwrap_or(values),
        _ => values,
    }
}

/// The elements of PostgreSQL's text for an array of one dimension without NULL; `None` for any other text.
fn elements(literal: &str) -> Option<Vec<String>> {
    let inside = literal.strip_prefix('{')?.strip_suffix('}')?;
    let mut elements = vec![String::new()];
    let (mut is_quoted, mut characters) = (false, inside.chars());
    while let Some(character) = characters.next() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => elements.push(String::new()),
            '{' | '}' if !is_quoted => return None,
            '\\' => elements.last_mut()?.push(characters.next()?),
            other => elements.last_mut()?.push(other),
        }
    }
    let is_empty = inside.is_empty();
    (!is_quoted && !elements.iter().any(|element| element == "NULL"))
        .then(|| if is_empty { Vec::new() } else { elements })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_taken_apart() {
        for (literal, expected) in [
            ("{}", Some(vec![])),
            ("{a,b c}", Some(vec!["a", "b c"])),
            (r#"{"a,b","c\"\\"}"#, Some(vec!["a,b", r#"c"\"#])),
            ("{{1},{2}}", None),
            ("{a,NULL}", None),
            ("a", None),
            (r#"{"a}"#, None),
        ] {
            let elements = elements(literal);
            let elements: Option<Vec<_>> = elements
                .as_ref()
                .map(|all| all.iter().map(String::as_str).collect());
            assert_eq!(elements, expected, "{literal}");
        }
    }
}
