//! What an address, or the chart's form, asks to be drawn: `?chart=1&kind=line&x=1&y=2,3&series=4&stack=1`.

use std::collections::HashMap;

use axum::http::Uri;

use crate::error::Error;
use crate::model::{Chart, ChartKind, Opening, Picture, Stacking};
use crate::web::http::url;

/// Names and values, as they were sent. Columns are known by their number, from 1.
#[derive(Clone, Debug, Default)]
pub struct ChartQuery(Vec<(String, String)>);

impl ChartQuery {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    pub fn of(uri: &Uri) -> Result<Self, Error> {
        let pairs = axum::extract::Query::try_from_uri(uri);
        let pairs = pairs.map_err(|_| Error::BadRequest("The address cannot be read.".to_owned()));
        pairs.map(|axum::extract::Query(pairs)| Self(pairs))
    }

    /// Whether the chart is asked for, and not the table.
    pub fn is_for_chart(&self) -> bool {
        self.text("chart") == Some("1")
    }

    /// Whether the page shows the chart: because it is asked for, or because the clip opens with it and nobody has gone on to
    /// its table.
    pub fn shows_chart(&self, kept: Option<&Chart>) -> bool {
        let opens_first = kept.is_some_and(|chart| chart.opening.is_chart_first());
        let goes_on = self.text("page").is_some() || self.text("sort").is_some();
        self.is_for_chart() || (opens_first && !goes_on)
    }

    /// Whether more is said than that the chart is to be shown.
    pub fn is_of_columns(&self) -> bool {
        ["kind", "x", "y", "series", "stack"]
            .into_iter()
            .any(|name| self.text(name).is_some())
    }

    /// As it is asked for, on whatever columns.
    pub fn picture(&self) -> Result<Picture, Error> {
        let kind = self.text("kind").map(ChartKind::parse);
        let kind = kind.flatten().ok_or_else(|| {
            Error::invalid(
                "kind",
                "Choose a kind of chart: line, bar, scatter or figure.",
            )
        })?;
        let y = self.all("y").flat_map(|texts| texts.split(','));
        Ok(Picture {
            kind,
            x: self.column("x")?,
            y: y.filter(|text| !text.is_empty())
                .map(|text| column("y", text))
                .collect::<Result<_, _>>()?,
            series: self.column("series")?,
            stacking: Stacking::of(self.text("stack") == Some("1")),
        })
    }

    pub fn opening(&self) -> Opening {
        Opening::of(self.text("opens_first") == Some("1"))
    }

    /// What is asked for of the rows: a chart has them all, in their own order.
    pub fn of_rows(&self) -> HashMap<String, String> {
        let mut query = self.query();
        query.retain(|name, _| !matches!(name.as_str(), "page" | "sort"));
        query
    }

    /// As pages read an address.
    pub fn query(&self) -> HashMap<String, String> {
        self.0.iter().cloned().collect()
    }

    /// The page with the chart that is kept, of the same rows.
    pub fn kept_at(&self, path: &str) -> String {
        let query = self.query();
        let asked = url::with(path, &query, &["version", "result", "since"]);
        let separator = if asked.contains('?') { '&' } else { '?' };
        format!("{asked}{separator}chart=1")
    }

    fn column(&self, name: &'static str) -> Result<Option<usize>, Error> {
        let text = self.text(name).filter(|text| !text.is_empty());
        text.map(|text| column(name, text)).transpose()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.0.iter().filter(move |(key, _)| key == name);
        pairs.map(|(_, value)| value.as_str())
    }
}

/// A column's number, from 1.
fn column(name: &'static str, text: &str) -> Result<usize, Error> {
    let number: Option<usize> = text.trim().parse().ok();
    let index = number.and_then(|number| number.checked_sub(1));
    index.ok_or_else(|| {
        Error::invalid(
            name,
            format!("“{text}” is no column: give its number, from 1."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart_query(query: &str) -> ChartQuery {
        let pairs = query.split('&').map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        ChartQuery::new(pairs.collect())
    }

    #[test]
    fn columns_of_an_address_are_those_of_a_form() {
        let expected = Picture {
            kind: ChartKind::Bar,
            x: Some(0),
            y: vec![1, 2],
            series: None,
            stacking: Stacking::Stacked,
        };
        for query in [
            "kind=bar&x=1&y=2,3&stack=1",
            "kind=bar&x=1&y=2&y=3&series=&stack=1&chart=1&chart=0",
        ] {
            assert_eq!(chart_query(query).picture().unwrap(), expected, "{query}");
        }
        for query in [
            "x=1",
            "kind=",
            "kind=pie&y=1",
            "kind=bar&y=0",
            "kind=bar&x=a",
            "kind=bar&series=-1",
        ] {
            assert!(chart_query(query).picture().is_err(), "{query}");
        }
    }

    #[test]
    fn the_chart_is_shown_where_it_is_asked_for_or_comes_first() {
        let kept = |opening| Chart {
            kind: ChartKind::Bar,
            x: None,
            y: vec!["a".to_owned()],
            series: None,
            stacking: Stacking::Apart,
            opening,
        };
        let (first, second) = (kept(Opening::Chart), kept(Opening::Table));
        for (query, kept, shows) in [
            ("version=1", None, false),
            ("chart=1", None, true),
            ("chart=1&page=1", Some(&second), true),
            ("version=1", Some(&second), false),
            ("version=1", Some(&first), true),
            ("page=1", Some(&first), false),
            ("sort=-1", Some(&first), false),
        ] {
            assert_eq!(chart_query(query).shows_chart(kept), shows, "{query}");
        }
    }
}
