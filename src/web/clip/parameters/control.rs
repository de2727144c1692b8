//! Which kind of field asks for a value: by the parameter's type, its options, and the value that it has to show.

use jiff::civil::{Date, Time};

use crate::result::Column;

/// Longer lists of options are suggested instead of listed.
const LISTED_MAX: usize = 50;

const TRUTHS: [&str; 2] = ["true", "false"];

/// A value that a field offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOption {
    pub value: String,
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    Input(Input),
    /// True or false, never neither.
    Switch,
    /// One of these.
    Select(Vec<FieldOption>),
    /// Any of these.
    Checks(Vec<FieldOption>),
    /// Several values, each in a text field.
    Several(Vec<FieldOption>),
    /// A text, with these as suggestions.
    Text(Vec<FieldOption>),
}

/// A field of one line, as browsers know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Date,
    Time,
    /// `true`: in UTC.
    Moment(bool),
    Integer,
    Number,
}

/// A type's OID, the same on every server.
mod oid {
    pub const BOOL: u32 = 16;
    pub const INTEGERS: [u32; 4] = [20, 21, 23, 26];
    pub const NUMBERS: [u32; 3] = [700, 701, 1700];
    pub const DATE: u32 = 1082;
    pub const TIME: u32 = 1083;
    pub const TIMESTAMP: u32 = 1114;
    pub const TIMESTAMPTZ: u32 = 1184;
}

impl FieldOption {
    pub fn plain(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            label: value.to_owned(),
        }
    }
}

impl Control {
    /// `values` are shown: where a field for the type could not hold one, it is a text field. `may_be_empty`: one that
    /// may say nothing is needed.
    pub fn new(
        column: Option<&Column>,
        options: Option<Vec<FieldOption>>,
        values: &[String],
        may_be_empty: bool,
    ) -> Self {
        let is_array = column.is_some_and(|column| column.element_oid.is_some());
        let is_truth = column.is_some_and(Column::is_boolean) && options.is_none();
        if is_truth && !may_be_empty && values.iter().all(|value| is_switched(value)) {
            return Self::Switch;
        }
        let known = options.unwrap_or_else(|| of_type(column));
        match (is_array, known.len()) {
            (true, 1..=LISTED_MAX) => Self::Checks(with_others(known, values)),
            (true, _) => Self::Several(known),
            (false, 1..=LISTED_MAX) => Self::Select(with_others(known, values)),
            (false, 0) => match column.and_then(input) {
                Some(input) if values.iter().all(|value| input.holds(value)) => Self::Input(input),
                _ => Self::Text(known),
            },
            (false, _) => Self::Text(known),
        }
    }
}

impl Input {
    pub fn kind(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::Moment(_) => "datetime-local",
            Self::Integer | Self::Number => "number",
        }
    }

    pub fn step(self) -> Option<&'static str> {
        match self {
            Self::Date => None,
            Self::Time | Self::Moment(_) | Self::Integer => Some("1"),
            Self::Number => Some("any"),
        }
    }

    /// Whether a browser's field of this kind shows the value, rather than nothing.
    fn holds(self, value: &str) -> bool {
        match self {
            Self::Date => is_date(value),
            Self::Time => is_time(value),
            Self::Moment(_) => value
                .split_once(['T', ' '])
                .is_some_and(|(date, time)| is_date(date) && is_time(time)),
            Self::Integer => {
                let digits = value.strip_prefix('-').unwrap_or(value);
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Number => {
                let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
                value.bytes().all(is_part)
                    && value.starts_with(|first: char| first.is_ascii_digit() || first == '-')
                    && value.parse::<f64>().is_ok()
            }
        }
    }
}

fn input(column: &Column) -> Option<Input> {
    Some(match column.type_oid {
        oid::DATE => Input::Date,
        oid::TIME => Input::Time,
        oid::TIMESTAMP => Input::Moment(false),
        oid::TIMESTAMPTZ => Input::Moment(true),
        other if oid::INTEGERS.contains(&other) => Input::Integer,
        other if oid::NUMBERS.contains(&other) => Input::Number,
        _ => return None,
    })
}

fn is_switched(value: &str) -> bool {
    TRUTHS.contains(&value)
}

/// The values that the type itself has, if they are few.
fn of_type(column: Option<&Column>) -> Vec<FieldOption> {
    let Some(column) = column else {
        return Vec::new();
    };
    if column.element_oid.unwrap_or(column.type_oid) == oid::BOOL {
        return TRUTHS.map(FieldOption::plain).to_vec();
    }
    let labels = column.labels.iter();
    labels.map(|label| FieldOption::plain(label)).collect()
}

/// With the values that are shown and are not among the options: a link may give any.
fn with_others(mut options: Vec<FieldOption>, values: &[String]) -> Vec<FieldOption> {
    for value in values {
        if !options.iter().any(|option| option.value == *value) {
            options.push(FieldOption::plain(value));
        }
    }
    options
}

/// As browsers write it; a day that does not exist is none.
fn is_date(text: &str) -> bool {
    text.len() == "2026-01-31".len() && text.parse::<Date>().is_ok()
}

/// `12:30`, `12:30:15` and `12:30:15.5`.
fn is_time(text: &str) -> bool {
    // The library would read an offset too, which the field has no place for.
    let is_part = |byte: u8| byte.is_ascii_digit() || byte == b':' || byte == b'.';
    text.as_bytes().get(2) == Some(&b':')
        && text.bytes().all(is_part)
        && text.len() <= "12:30:15.123".len()
        && text.parse::<Time>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(type_oid: u32, element_oid: Option<u32>) -> Column {
        Column {
            type_oid,
            element_oid,
            ..Column::default()
        }
    }

    #[test]
    fn the_field_is_right_for_the_type() {
        for (type_oid, value, expected) in [
            (1082, "2026-01-31", Control::Input(Input::Date)),
            (1082, "2026-02-31", Control::Text(vec![])),
            (1082, "yesterday", Control::Text(vec![])),
            (1083, "12:30", Control::Input(Input::Time)),
            (1083, "noon", Control::Text(vec![])),
            (
                1114,
                "2026-01-31T12:30",
                Control::Input(Input::Moment(false)),
            ),
            (
                1184,
                "2026-01-31 12:30:05",
                Control::Input(Input::Moment(true)),
            ),
            (1184, "2026-01-31 12:30:05+02", Control::Text(vec![])),
            (23, "-5", Control::Input(Input::Integer)),
            (20, "5.5", Control::Text(vec![])),
            (1700, "-5.5e3", Control::Input(Input::Number)),
            (1700, "NaN", Control::Text(vec![])),
            (25, "x", Control::Text(vec![])),
        ] {
            let control = Control::new(
                Some(&column(type_oid, None)),
                None,
                &[value.to_owned()],
                true,
            );
            assert_eq!(control, expected, "{type_oid} {value}");
        }
    }

    #[test]
    fn few_options_are_listed_and_many_suggested() {
        let options = |count: usize| {
            let numbers = 0..count;
            Some(
                numbers
                    .map(|number| FieldOption::plain(&number.to_string()))
                    .collect(),
            )
        };
        let text = column(25, None);
        let array = column(1009, Some(25));
        assert!(matches!(
            Control::new(Some(&text), options(50), &[], true),
            Control::Select(_)
        ));
        assert!(matches!(
            Control::new(Some(&text), options(51), &[], true),
            Control::Text(_)
        ));
        assert!(matches!(
            Control::new(Some(&array), options(50), &[], true),
            Control::Checks(_)
        ));
        assert!(matches!(
            Control::new(Some(&array), options(51), &[], true),
            Control::Several(_)
        ));
        assert!(matches!(
            Control::new(Some(&array), None, &[], true),
            Control::Several(_)
        ));
        assert!(matches!(
            Control::new(None, None, &[], true),
            Control::Text(_)
        ));
    }

    #[test]
    fn what_is_true_or_false_is_a_switch() {
        let truth = |values: &[&str], may_be_empty: bool| {
            let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
            Control::new(Some(&column(16, None)), None, &values, may_be_empty)
        };
        for values in [&[][..], &["true"], &["false"]] {
            assert_eq!(truth(values, false), Control::Switch);
            assert!(matches!(truth(values, true), Control::Select(_)));
        }
        let several = Control::new(Some(&column(1000, Some(16))), None, &[], false);
        assert!(matches!(several, Control::Checks(_)));
        let options = Some(vec![FieldOption::plain("true")]);
        let listed = Control::new(Some(&column(16, None)), options, &[], false);
        assert!(matches!(listed, Control::Select(_)));
    }

    #[test]
    fn a_value_that_is_no_option_is_still_shown() {
        let control = Control::new(
            Some(&column(16, None)),
            None,
            &["perhaps".to_owned()],
            false,
        );
        let Control::Select(options) = control else {
            panic!("{control:?}");
        };
        let values: Vec<_> = options.iter().map(|option| option.value.as_str()).collect();
        assert_eq!(values, ["true", "false", "perhaps"]);
    }
}
