//! Values that are carried from one page of a clip to another, as far as the query there has parameters for them.

use super::fields;
use crate::model::{Clip, Version};
use crate::run::{Parameters, Values};
use crate::web::http::url;
use crate::web::rows::query::RowsQuery;

/// Those that an address gives for a version's parameters; none where one cannot be used.
pub fn of_query(clip: &Clip, version: &Version, query: &RowsQuery) -> Values {
    let parameters = version.parameters().unwrap_or_default();
    let columns = fields::columns(clip, version, &parameters);
    let query = query.only(&parameters);
    query.values(&parameters, &columns).unwrap_or_default()
}

/// A clip's page with the values that its query has parameters for. What says the same as nothing is left out.
pub fn to(address: &str, values: &Values, parameters: &Parameters) -> String {
    let kept = values.iter().filter(|(name, value)| {
        let parameter = parameters.find(name);
        parameter.is_some_and(|parameter| {
            let may_be = value.is_some() || parameter.is_nullable;
            may_be && *value != parameter.default.as_deref()
        })
    });
    let kept = kept.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
    url::with_values(address, &kept.collect())
}

/// The same, to the page of the newest version.
pub fn to_newest(clip: &Clip, address: &str, values: &Values) -> String {
    let parameters = clip.version.parameters().unwrap_or_default();
    to(address, values, &parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_something_there_is_carried() {
        let parameters = Parameters::read("select {{a}}, {{b = 1}}, {{c? = 2}}, {{d?}}").unwrap();
        for (pairs, expected) in [
            (&[("a", Some("x y"))][..], "/x?version=2&a=x%20y"),
            (&[("a", None)], "/x?version=2"),
            (&[("b", Some("1")), ("c", Some("2"))], "/x?version=2"),
            (&[("b", Some("2")), ("c", None)], "/x?version=2&b=2&c="),
            (&[("d", None), ("gone", Some("x"))], "/x?version=2"),
        ] {
            let pairs = pairs.iter();
            let values = pairs.map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
            assert_eq!(to("/x?version=2", &values.collect(), &parameters), expected);
        }
    }
}
