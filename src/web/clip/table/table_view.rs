//! Page, order and filter of a table, from the page's address: `?sort=-3&filter=ann&page=2`.

use crate::error::Error;
use crate::result::{Direction, Sort};
use crate::web::http::url;
use crate::web::rows::query::RowsQuery;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableView {
    /// From 0.
    pub page: u64,
    pub sort: Option<Sort>,
    /// Only rows with a cell that contains this text.
    pub filter: Option<String>,
}

impl TableView {
    /// `sort` is a column's number from 1, with a minus for descending order. A column that does not exist is
    /// ignored: the page may have been opened before the query changed.
    pub fn parse(query: &RowsQuery) -> Result<Self, Error> {
        let page: Option<u64> = query.number("page")?;
        let sort: Option<i64> = query.read(
            "sort",
            "a column's number from 1, with a minus for descending order",
        )?;
        Ok(Self {
            page: page.unwrap_or(1).saturating_sub(1),
            sort: sort.and_then(|sort| {
                Some(Sort {
                    column: usize::try_from(sort.unsigned_abs()).ok()?.checked_sub(1)?,
                    direction: match sort < 0 {
                        true => Direction::Descending,
                        false => Direction::Ascending,
                    },
                })
            }),
            filter: query.text("filter").map(str::to_owned),
        })
    }

    /// Whether the visitor pages, sorts or filters rows that they have already seen.
    pub fn is_continued(query: &RowsQuery) -> bool {
        ["page", "sort", "filter"]
            .iter()
            .any(|name| query.has(name))
    }

    /// Without the sort if its column does not exist.
    pub fn within(self, columns: usize) -> Self {
        Self {
            sort: self.sort.filter(|sort| sort.column < columns),
            ..self
        }
    }

    pub fn at_page(&self, page: u64) -> Self {
        Self {
            page,
            ..self.clone()
        }
    }

    /// The value of `sort` in the address.
    pub fn sort_number(&self) -> Option<String> {
        self.sort.map(|sort| match sort.direction {
            Direction::Ascending => format!("{}", sort.column + 1),
            Direction::Descending => format!("-{}", sort.column + 1),
        })
    }

    pub fn query(&self) -> String {
        let sort = self.sort_number().map(|sort| format!("sort={sort}"));
        let filter = self.filter.as_deref();
        let filter = filter.map(|filter| format!("filter={}", url::encode(filter)));
        let page = format!("page={}", self.page + 1);
        let parts = sort.into_iter().chain(filter).chain([page]);
        parts.collect::<Vec<_>>().join("&")
    }
}
