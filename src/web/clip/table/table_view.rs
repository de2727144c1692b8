//! Which part of a result somebody looks at, as a page's address says it: `?sort=-3&filter=ann&page=2`.

use std::collections::HashMap;

use crate::error::Error;
use crate::result::{Direction, Sort};
use crate::web::http::url;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableView {
    /// From 0.
    pub page: u64,
    pub sort: Option<Sort>,
    /// Only rows with a cell that contains this text.
    pub filter: Option<String>,
}

impl TableView {
    /// `sort` is a column's number from 1, with a minus for the other way round.
    pub fn parse(query: &HashMap<String, String>) -> Result<Self, Error> {
        let refused = |name| Error::BadRequest(format!("`{name}` is a whole number."));
        let page = match query.get("page") {
            Some(page) => page.parse::<u64>().map_err(|_| refused("page"))?,
            None => 1,
        };
        let sort = match query.get("sort") {
            Some(sort) => Some(sort.parse::<i64>().map_err(|_| refused("sort"))?),
            None => None,
        };
        let filter = query.get("filter").filter(|filter| !filter.is_empty());
        Ok(Self {
            page: page.saturating_sub(1),
            sort: sort.and_then(|sort| {
                Some(Sort {
                    column: usize::try_from(sort.unsigned_abs()).ok()?.checked_sub(1)?,
                    direction: match sort < 0 {
                        true => Direction::Descending,
                        false => Direction::Ascending,
                    },
                })
            }),
            filter: filter.cloned(),
        })
    }

    /// Whether somebody goes on looking at a result that he has seen before.
    pub fn goes_on(query: &HashMap<String, String>) -> bool {
        ["page", "sort", "filter"]
            .iter()
            .any(|name| query.contains_key(*name))
    }

    /// By a column that is there.
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

    /// The number of the column that sorts, with its sign.
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
