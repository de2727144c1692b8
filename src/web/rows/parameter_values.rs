//! The values of a query's parameters, as an address gives them by name; and the names that no parameter can have.

use super::query::{CHART_OPTIONS, CHART_PREFIX, PART_OPTIONS, RowsQuery};
use crate::error::Error;
use crate::result::Column;
use crate::run::parameters::{Element, ParameterError, array};
use crate::run::{Failure, Parameters, Values};

/// Names that addresses of rows and pages use for something else, now or later. Reserved for ever: a link that works must
/// keep its meaning.
pub const RESERVED: [&str; 27] = [
    "version",
    "result",
    "page",
    "sort",
    "filter",
    "limit",
    "offset",
    "fields",
    "shape",
    "at",
    "since",
    "from",
    "to",
    "view",
    "format",
    "delimiter",
    "null",
    "decimal",
    "quote",
    "bom",
    "guard",
    "access",
    "token",
    "download",
    "print",
    "theme",
    "chart",
];

/// Options of pages, which give way to a parameter of the same name, as those of charts and windows do.
const PAGE_OPTIONS: [&str; 3] = ["wait", "done", "restrict"];

/// What programs add to links to follow people; it means nothing to us.
const FOLLOWING: [&str; 2] = ["gclid", "fbclid"];
const FOLLOWING_PREFIX: &str = "utm_";

/// Of a clip link.
const ACCESS_TOKEN: &str = "access-token";

impl RowsQuery {
    /// The values that are given for these parameters, whose types are `types`, as far as they are known. An empty value is
    /// NULL where the parameter may be empty, and absent elsewhere, as forms send it. Several values make an array, and
    /// are refused where the parameter is known to be none. Equal arrays get one text.
    ///
    /// A name that is neither a parameter nor an option is [`Failure::Parameter`], where there are parameters at all.
    pub fn values(&self, parameters: &Parameters, types: &[Column]) -> Result<Values, Error> {
        let mut values = Values::default();
        if parameters.is_empty() {
            return Ok(values);
        }
        if let Some(unknown) = self.names().find(|name| !is_known(name, parameters)) {
            return Err(refused(ParameterError::unknown(
                unknown,
                parameters.names(),
            )));
        }
        for parameter in parameters.iter() {
            let column = types.iter().find(|column| column.name == parameter.name);
            let given = self.given(&parameter.name, column);
            if !given.is_empty() {
                let is_single = column.is_some_and(|column| column.element_oid.is_none());
                if is_single && given.len() > 1 {
                    return Err(refused(ParameterError::several(&parameter.name)));
                }
                values.insert(&parameter.name, Some(text(&given)));
            } else if parameter.is_nullable && self.is_sent(&parameter.name) {
                values.insert(&parameter.name, None);
            }
        }
        if let Some((name, _)) = values
            .iter()
            .find(|(_, value)| value.is_some_and(|value| value.contains('\0')))
        {
            return Err(refused(ParameterError::with_nul(name)));
        }
        Ok(values.in_form_of(types))
    }

    /// The values that are sent for a parameter of this type and are not empty. A switch that is on sends its two states,
    /// as a form without scripts does.
    pub fn given(&self, name: &str, column: Option<&Column>) -> Vec<&str> {
        let given: Vec<_> = self.all(name).filter(|value| !value.is_empty()).collect();
        match (column, given.as_slice()) {
            (Some(column), ["false", on @ "true"]) if column.is_boolean() => vec![on],
            _ => given,
        }
    }
}

/// What is wrong with the values that were given, or that none was; not with the query's text.
pub fn error_of_values(error: &Error) -> Option<&ParameterError> {
    match error {
        Error::Run {
            failure: Failure::Parameter(error),
            ..
        } if !error.is_about_text() => Some(error),
        _ => None,
    }
}

/// The name of a parameter that no address could give a value, if there is one.
pub fn reserved(parameters: &Parameters) -> Option<&str> {
    let mut names = parameters.iter().map(|parameter| parameter.name.as_str());
    names.find(|name| is_reserved(name))
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || is_following(name)
}

fn is_following(name: &str) -> bool {
    FOLLOWING.contains(&name) || name.starts_with(FOLLOWING_PREFIX)
}

fn is_known(name: &str, parameters: &Parameters) -> bool {
    parameters.find(name).is_some()
        || is_reserved(name)
        || PAGE_OPTIONS.contains(&name)
        || CHART_OPTIONS.contains(&name)
        || PART_OPTIONS.contains(&name)
        || name.starts_with(CHART_PREFIX)
        || name == ACCESS_TOKEN
}

fn refused(error: ParameterError) -> Error {
    Error::of_query(Failure::from(error))
}

/// A single value as it is; several as PostgreSQL writes an array.
fn text(given: &[&str]) -> String {
    match given {
        [one] => (*one).to_owned(),
        several => {
            let elements = several.iter().map(|one| Element::Text((*one).to_owned()));
            array(&elements.collect::<Vec<_>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::parameters::FixedType;

    fn values(sql: &str, query: &str, types: &[Column]) -> Result<Values, Error> {
        let parameters = Parameters::read(sql).unwrap();
        let uri = format!("/x?{query}").parse().unwrap();
        RowsQuery::parse(&uri).unwrap().values(&parameters, types)
    }

    fn given(sql: &str, query: &str) -> Vec<(String, Option<String>)> {
        let values = values(sql, query, &[]).unwrap();
        let pairs = values.iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
            .collect()
    }

    fn code(sql: &str, query: &str) -> &'static str {
        match values(sql, query, &[]) {
            Err(Error::Run { failure, .. }) => failure.code(),
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn values_come_by_name() {
        let some = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let sql = "select {{a}}, {{b?}}, {{x = 1}}";
        assert_eq!(
            given(sql, "a=1&sort=2&utm_source=y&wait=1"),
            [some("a", "1")]
        );
        assert_eq!(given(sql, "a=&b=&x="), [("b".to_owned(), None)]);
        assert_eq!(
            given(sql, "a=a%20%2B&x=5"),
            [some("a", "a +"), some("x", "5")]
        );
        assert_eq!(given(sql, "a=1&a=2%22%5C"), [some("a", r#"{1,"2\"\\"}"#)]);
        assert_eq!(given("select 1", "a=1&nope=2"), []);
    }

    #[test]
    fn a_parameter_may_have_the_name_of_an_option() {
        let parameters = Parameters::read("select {{x}}, {{wait?}}").unwrap();
        let uri = "/c?x=a%26b&chart.x=2&wait=&kind=bar&nope=1"
            .parse()
            .unwrap();
        let query = RowsQuery::parse(&uri).unwrap().for_parameters(&parameters);
        assert_eq!(query.text("x"), None);
        assert!(!query.flag("wait").unwrap());
        assert_eq!(query.chart_options().text("x"), Some("2"));
        assert_eq!(query.chart_options().text("kind"), Some("bar"));
        assert_eq!(query.with("/c", &["kind"]), "/c?kind=bar&x=a%26b&wait=");
    }

    #[test]
    fn several_values_are_an_array_or_refused_where_it_is_known_to_be_none() {
        for (element_oid, query, expected) in [
            (None, "a=x,y", Some("x,y")),
            (None, "a=x&a=", Some("x")),
            (None, "a=x&a=y", None),
            (Some(25), "a=x,y", Some(r#"{"x,y"}"#)),
            (Some(25), "a=x&a=y", Some("{x,y}")),
            (Some(25), "a=%7Bx,%22y%22%7D", Some("{x,y}")),
            (Some(25), "a=x", Some("{x}")),
        ] {
            let types = [Column {
                name: "a".to_owned(),
                type_name: element_oid.map_or("text", |_| "_text").to_owned(),
                element_oid,
                ..Column::default()
            }];
            match values("select {{a}}", query, &types) {
                Ok(values) => assert_eq!(values.get("a"), Some(expected)),
                Err(Error::Run { failure, .. }) => assert_eq!(
                    (failure.code(), failure.message(), expected),
                    ("parameter_unreadable", "`a` takes one value.".into(), None)
                ),
                Err(error) => panic!("{query}: {error:?}"),
            }
        }
    }

    #[test]
    fn a_name_that_is_no_parameter_is_refused() {
        assert_eq!(code("select {{a}}", "b=1"), "parameter_unknown");
        assert_eq!(code("select {{a}}", "A=1"), "parameter_unknown");
        assert_eq!(code("select {{a}}", "a=%00"), "parameter_unreadable");
    }

    #[test]
    fn the_docs_print_the_reserved_names_and_the_types() {
        let docs = include_str!("../../../docs/parameters.md");
        let (_, behind) = docs.split_once("no blank can have them:\n\n").unwrap();
        let (list, _) = behind.split_once("\n\n").unwrap();
        assert_eq!(list.split_whitespace().collect::<Vec<_>>(), RESERVED);
        for name in FixedType::names() {
            assert!(docs.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn reserved_names_are_found() {
        let parameters = |sql: &str| Parameters::read(sql).unwrap();
        assert_eq!(
            reserved(&parameters("select {{a}}, {{sort}}")),
            Some("sort")
        );
        assert_eq!(reserved(&parameters("select {{utm_x}}")), Some("utm_x"));
        assert_eq!(reserved(&parameters("select {{x}}, {{name}}")), None);
    }
}
