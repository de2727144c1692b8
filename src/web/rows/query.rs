//! The query string of a clip's rows and pages, parsed into one value.
//!
//! Each address reads the options that it has. A value that cannot be read is refused with a sentence; an empty one
//! counts as absent, as forms send it; the names of other options are ignored.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use jiff::Timestamp;

use crate::encode::{DecimalMark, Delimiter, Format, NullText, Options, Quotes, Shape};
use crate::error::Error;
use crate::result::{Column, Direction, Selection, Sort};
use crate::run::Parameters;
use crate::web::http::address::query_pairs;
use crate::web::http::theme::Theme;
use crate::web::http::url;

const DELIMITER_EXPECTED: &str = r#"one punctuation mark, a space or a tab (`%09`), but none of `" \ . + - = @`, with which cells are written"#;
const NULL_EXPECTED: &str = r#"at most 20 characters without `"`, the delimiter and control characters, not `\.`, and nothing that a spreadsheet would evaluate as a formula"#;

/// Before the name of a chart's option, so that no parameter can have it: `chart.x`.
pub const CHART_PREFIX: &str = "chart.";

/// Those that say what a chart draws.
pub const CHART_OPTIONS: [&str; 13] = [
    "kind",
    "x",
    "y",
    "series",
    "stack",
    "area",
    "log",
    "goal",
    "numbers",
    "decimals",
    "x_title",
    "y_title",
    "opens_first",
];

/// The parameters that say which result's rows are requested.
pub const OF_RESULT: [&str; 2] = ["version", "result"];

/// Those of windows and columns, beside an order and a filter.
pub const PART_OPTIONS: [&str; 5] = ["column", "columns", "characters", "form", "totals"];

const SORT_EXPECTED: &str =
    "a column's number from 1, or its name, with a minus for descending order";

/// Which rows are requested, and the options of their format.
#[derive(Clone, Debug, Default)]
pub struct RowsQuery {
    /// Names and values as they were sent, decoded.
    pairs: Vec<(String, String)>,
    /// Those of the version, once it is known: their names give values, and are no options.
    parameters: Parameters,
    pub version: Option<i32>,
    pub result: Option<u32>,
    /// The outcome of a run that was requested at this moment or later is new enough.
    pub since: Option<Timestamp>,
}

impl RowsQuery {
    pub fn parse(uri: &Uri) -> Result<Self, Error> {
        let pairs = query_pairs(uri);
        Self::from_pairs(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
    }

    /// From the fields of a form, which are named as in an address.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let mut query = Self {
            pairs: pairs.into_iter().collect(),
            ..Self::default()
        };
        let number = "a whole number above 0";
        query.version = query.read("version", number)?;
        query.result = query.read("result", number)?;
        query.since = query.read("since", "a moment such as 2026-03-31T12:00:00Z")?;
        Ok(query)
    }

    /// From values by the names of parameters. Any other name is left out.
    pub fn from_values(
        pairs: impl IntoIterator<Item = (String, String)>,
        parameters: &Parameters,
    ) -> Self {
        let pairs = pairs.into_iter();
        Self {
            pairs: pairs
                .filter(|(name, _)| parameters.find(name).is_some())
                .collect(),
            parameters: parameters.clone(),
            ..Self::default()
        }
    }

    /// Only what it says of these parameters.
    pub fn only(&self, parameters: &Parameters) -> Self {
        Self::from_values(self.pairs.clone(), parameters)
    }

    /// The same query, for a version with these parameters. Every address that is made from it keeps their values.
    pub fn for_parameters(&self, parameters: &Parameters) -> Self {
        Self {
            parameters: parameters.clone(),
            ..self.clone()
        }
    }

    /// Only the options of a chart, by their own names: `chart.x`, or plain `x` where no parameter has that name.
    pub fn chart_options(&self) -> Self {
        let pairs = self.pairs.iter().filter_map(|(name, value)| {
            let option = match name.strip_prefix(CHART_PREFIX) {
                Some(option) => option,
                None if self.is_value(name) => return None,
                None => name,
            };
            Some((option.to_owned(), value.clone()))
        });
        Self {
            pairs: pairs.collect(),
            parameters: Parameters::default(),
            ..*self
        }
    }

    /// The options of a chart that were sent, by their own names.
    pub fn sent_chart_options(&self) -> Vec<(String, String)> {
        let options = self.chart_options();
        let is_sent = |(name, value): &(String, String)| {
            CHART_OPTIONS.contains(&name.as_str()) && !value.is_empty()
        };
        options.pairs.into_iter().filter(is_sent).collect()
    }

    /// The values of parameters as they were sent, empty ones only where they mean NULL.
    pub fn sent_values(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter().filter(|(name, value)| {
            let parameter = self.parameters.find(name);
            parameter.is_some_and(|parameter| parameter.is_nullable || !value.is_empty())
        });
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the version has any.
    pub fn has_parameters(&self) -> bool {
        !self.parameters.is_empty()
    }

    fn is_value(&self, name: &str) -> bool {
        self.parameters.find(name).is_some()
    }

    /// The options of a file.
    pub fn file_options(&self, format: Format) -> Result<Options, Error> {
        let delimiter = self.delimiter(format)?;
        Ok(Options {
            bom: self.flag("bom")?,
            guard: self.flag("guard")?,
            delimiter,
            null: self.parsed("null", NULL_EXPECTED, |text| {
                NullText::parse(text).filter(|null| !null.contains(delimiter))
            })?,
            decimal: self.parsed("decimal", "a point or a comma", DecimalMark::parse)?,
            quotes: match self.text("quote") {
                None => Quotes::Needed,
                Some("all") => Quotes::All,
                Some(_) => return Err(refusal("quote", "`all`, or left out")),
            },
            shape: match self.text("shape") {
                None | Some("table") => Shape::Table,
                Some("objects") => Shape::Objects,
                Some(_) => return Err(refusal("shape", "either `table` or `objects`")),
            },
        })
    }

    /// The order and the filter of a file or a window; `None` where the request has neither.
    pub fn selection(&self, columns: &[Column]) -> Result<Option<Selection>, Error> {
        let selection = Selection {
            sort: self.sort(columns)?,
            filter: self.text("filter").map(str::to_owned),
        };
        let is_given = selection.sort.is_some() || selection.filter.is_some();
        Ok(is_given.then_some(selection))
    }

    /// A column's number from 1, or its name; with a minus for descending order.
    pub fn sort(&self, columns: &[Column]) -> Result<Option<Sort>, Error> {
        let Some(text) = self.text("sort") else {
            return Ok(None);
        };
        let (name, direction) = match text.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (text, Direction::Ascending),
        };
        let column = column(name, columns).ok_or_else(|| refusal("sort", SORT_EXPECTED))?;
        Ok(Some(Sort { column, direction }))
    }

    /// Whether a request names an order or a filter, whose column may turn out not to exist.
    pub fn selects(&self) -> bool {
        self.text("sort").or(self.text("filter")).is_some()
    }

    /// A file with tabs has no other delimiter; the other formats have none.
    fn delimiter(&self, format: Format) -> Result<Delimiter, Error> {
        let delimiter = self.parsed("delimiter", DELIMITER_EXPECTED, Delimiter::parse)?;
        match format {
            Format::Tsv if self.text("delimiter").is_none() => Ok(Delimiter::TAB),
            Format::Tsv if delimiter != Delimiter::TAB => Err(refusal(
                "delimiter",
                "a tab in `.tsv`; use `.csv` for any other",
            )),
            _ => Ok(delimiter),
        }
    }

    /// The default if the option is absent.
    fn parsed<T: Default>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Error> {
        match self.text(name) {
            None => Ok(T::default()),
            Some(text) => parse(text).ok_or_else(|| refusal(name, expected)),
        }
    }

    /// Light or dark, for a page that another page shows in a frame.
    pub fn theme(&self) -> Result<Theme, Error> {
        match self.text("theme") {
            None => Ok(Theme::System),
            Some(word) => Theme::parse(word)
                .ok_or_else(|| refusal("theme", "one of `system`, `light` and `dark`")),
        }
    }

    /// Whether an option is on: `1`, as opposed to `0` or absent.
    pub fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.text(name) {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(_) => Err(refusal(name, "1 or 0")),
        }
    }

    /// A whole number from 0.
    pub fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        self.read(name, "a whole number from 0")
    }

    /// A value of a type that parses itself; `expected` says what it should have been.
    pub fn read<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, Error> {
        let read = |text: &str| text.parse().map_err(|_| refusal(name, expected));
        self.text(name).map(read).transpose()
    }

    /// The value of an option, unless it is empty. The last one counts.
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut named = self.pairs.iter().rev().filter(|(other, _)| other == name);
        let (_, value) = named.next().filter(|_| !self.is_value(name))?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether an option was sent, even empty.
    pub fn has(&self, name: &str) -> bool {
        !self.is_value(name) && self.is_sent(name)
    }

    /// Whether a parameter or an option of this name was sent, even empty.
    pub fn is_sent(&self, name: &str) -> bool {
        self.pairs.iter().any(|(other, _)| other == name)
    }

    /// Every value of a parameter, or of an option, that may come several times.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.pairs.iter().filter(move |(other, _)| other == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The name of each option, as often as it was sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }

    /// The same query without some options.
    pub fn without(&self, names: &[&str]) -> Self {
        let mut query = self.clone();
        query
            .pairs
            .retain(|(name, _)| !names.contains(&name.as_str()));
        query
    }

    /// A path with the values that this query has for these names, and for the parameters.
    pub fn with(&self, path: &str, names: &[&str]) -> String {
        let options = names
            .iter()
            .filter_map(|name| Some((*name, self.text(name)?)));
        let pairs = options.chain(self.sent_values());
        let pairs = pairs.map(|(name, value)| format!("{name}={}", url::encode(value)));
        match pairs.collect::<Vec<_>>().join("&") {
            none if none.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The address at which this query returns the outcome of a version's run that was requested at this moment.
    pub fn since(&self, path: &str, version: i32, requested_at: Timestamp) -> String {
        let rest = self.without(&["version", "since"]);
        let rest = rest.pairs.iter();
        let mut rest: Vec<_> = rest
            .map(|(name, value)| format!("&{}={}", url::encode(name), url::encode(value)))
            .collect();
        rest.sort_unstable();
        format!(
            "{path}?version={version}&since={requested_at}{}",
            rest.concat()
        )
    }
}

/// The index of a column that is given by its number from 1, or by its name.
pub fn column(text: &str, columns: &[Column]) -> Option<usize> {
    match text.parse::<usize>() {
        Ok(number) => number.checked_sub(1).filter(|index| *index < columns.len()),
        Err(_) => columns.iter().position(|column| column.name == text),
    }
}

/// An option whose value cannot be read.
pub fn refusal(name: &str, expected: &str) -> Error {
    Error::BadRequest(format!("`{name}` must be {expected}."))
}

impl<S: Send + Sync> FromRequestParts<S> for RowsQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Self::parse(&parts.uri)
    }
}
