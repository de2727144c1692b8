//! The chart that an address or the chart's form requests: `?chart=1&chart.kind=line&chart.x=1&chart.y=2,3&chart.series=4`.
//! Its look too: `&chart.log=1&chart.goal=10.5&chart.numbers=compact&chart.x_title=Day`; `chart.stack=100` makes shares.
//! Plain names, `kind=line&x=1`, mean the same where the clip has no parameter of that name.

use crate::error::Error;
use crate::model::{Chart, ChartKind, ChartLook, NumberFormat, Opening, Picture, Stacking};
use crate::web::clip::table::table_view::TableView;
use crate::web::rows::query::{RowsQuery, refusal};

/// The chart's options. Columns are identified by their numbers, from 1.
#[derive(Clone, Debug)]
pub struct ChartQuery {
    /// As requested.
    page: RowsQuery,
    /// The chart's options alone, by plain names.
    options: RowsQuery,
    /// Whether the request is for the chart rather than the table.
    pub is_for_chart: bool,
    stacking: Stacking,
    look: ChartLook,
    pub opening: Opening,
}

impl ChartQuery {
    pub fn parse(page: &RowsQuery) -> Result<Self, Error> {
        let query = &page.chart_options();
        let is_share = query.text("stack") == Some("100");
        Ok(Self {
            page: page.clone(),
            options: query.clone(),
            is_for_chart: query.flag("chart")?,
            stacking: Stacking::new(is_share || query.flag("stack")?),
            look: look(query, is_share)?,
            opening: Opening::new(query.flag("opens_first")?),
        })
    }

    /// Whether the page shows the chart: because it is requested, or because the clip opens with it and the visitor has not
    /// switched to the table.
    pub fn shows_chart(&self, kept: Option<&Chart>) -> bool {
        let opens_first = kept.is_some_and(|chart| chart.opening.is_chart_first());
        let is_table = TableView::is_continued(&self.page);
        self.is_for_chart || (opens_first && !is_table)
    }

    /// Whether the request also chooses columns or a kind.
    pub fn chooses_columns(&self) -> bool {
        ["kind", "x", "y", "series", "stack"]
            .into_iter()
            .any(|name| self.options.has(name))
    }

    /// The requested picture; not yet checked against the columns of the result.
    pub fn picture(&self) -> Result<Picture, Error> {
        let kind = self.options.text("kind").map(ChartKind::parse);
        let kind = kind.flatten().ok_or_else(|| {
            Error::invalid(
                "kind",
                "Choose a kind of chart: line, bar, scatter or figure.",
            )
        })?;
        let y = self.options.all("y").flat_map(|texts| texts.split(','));
        Ok(Picture {
            kind,
            x: self.column("x")?,
            y: y.filter(|text| !text.is_empty())
                .map(|text| column("y", text))
                .collect::<Result<_, _>>()?,
            series: self.column("series")?,
            stacking: self.stacking,
            look: self.look.clone(),
        })
    }

    /// The address of the same rows with the kept chart, at the sentence that says what is kept.
    pub fn kept_chart_url(&self, path: &str) -> String {
        let page = self
            .page
            .with(path, &["version", "result", "since", "filter", "sort"]);
        let separator = if page.contains('?') { '&' } else { '?' };
        format!("{page}{separator}chart=1#kept")
    }

    fn column(&self, name: &'static str) -> Result<Option<usize>, Error> {
        let text = self.options.text(name);
        text.map(|text| column(name, text)).transpose()
    }
}

fn look(query: &RowsQuery, share: bool) -> Result<ChartLook, Error> {
    let numbers = query.text("numbers").map(|text| {
        let expected = "one of `grouped`, `plain`, `compact` and `percent`";
        NumberFormat::parse(text).ok_or_else(|| refusal("numbers", expected))
    });
    let text = |name| query.text(name).map(|text| text.trim().to_owned());
    Ok(ChartLook {
        area: query.flag("area")?,
        share,
        log: query.flag("log")?,
        goal: text("goal"),
        numbers: numbers.transpose()?.unwrap_or_default(),
        decimals: query.number("decimals")?,
        x_title: text("x_title").filter(|title| !title.is_empty()),
        y_title: text("y_title").filter(|title| !title.is_empty()),
    })
}

/// A column's number, from 1.
fn column(name: &'static str, text: &str) -> Result<usize, Error> {
    let number: Option<usize> = text.trim().parse().ok();
    let index = number.and_then(|number| number.checked_sub(1));
    index.ok_or_else(|| {
        Error::invalid(
            name,
            format!("“{text}” is not a column: give its number, from 1."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart_query(query: &str) -> ChartQuery {
        let uri = format!("/?{query}").parse().unwrap();
        ChartQuery::parse(&RowsQuery::parse(&uri).unwrap()).unwrap()
    }

    #[test]
    fn columns_of_an_address_are_those_of_a_form() {
        let expected = Picture {
            kind: ChartKind::Bar,
            x: Some(0),
            y: vec![1, 2],
            series: None,
            stacking: Stacking::Stacked,
            look: ChartLook::default(),
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
    fn the_chart_is_shown_if_requested_or_if_the_page_opens_with_it() {
        let kept = |opening| Chart {
            kind: ChartKind::Bar,
            x: None,
            y: vec!["a".to_owned()],
            series: None,
            stacking: Stacking::Apart,
            look: ChartLook::default(),
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
            ("filter=a", Some(&first), false),
            ("chart=1&filter=a&sort=2", Some(&first), true),
        ] {
            assert_eq!(chart_query(query).shows_chart(kept), shows, "{query}");
        }
    }
}
