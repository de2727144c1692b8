//! Search, filters and order of the list, as its address has them: `?search=orders&tag=sales&sort=-rows`.

use serde::Deserialize;

use crate::model::{Email, Listing, Order, Place, Sort};
use crate::result::Direction;
use crate::web::http::url;

const CLIPS_ON_A_PAGE: i64 = 50;

/// Empty fields match everything.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    pub search: String,
    pub database: String,
    pub owner: String,
    pub tag: String,
    /// Any text: only starred clips.
    pub starred: String,
    /// A column's name, with a minus for descending order. Empty, or unknown: the last change first.
    pub sort: String,
    /// Where the previous page ended: the clip's number, and what it is sorted by.
    before: String,
}

/// A column by which the list can be sorted.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    pub sort: Sort,
    name: &'static str,
    pub label: &'static str,
    /// The direction in which it is sorted first.
    first: Direction,
}

pub static COLUMNS: [Column; 6] = [
    Column::new(Sort::Name, "name", "Name", Direction::Ascending),
    Column::new(Sort::Database, "database", "Database", Direction::Ascending),
    Column::new(Sort::Owner, "owner", "Owner", Direction::Ascending),
    Column::new(Sort::Rows, "rows", "Rows", Direction::Descending),
    Column::new(Sort::LastRun, "run", "Last run", Direction::Descending),
    Column::new(Sort::Changed, "changed", "Changed", Direction::Descending),
];

impl Column {
    const fn new(sort: Sort, name: &'static str, label: &'static str, first: Direction) -> Self {
        Self {
            sort,
            name,
            label,
            first,
        }
    }

    /// For templates: also a class.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl ListQuery {
    /// `owner` is the filter, parsed.
    pub fn listing<'a>(&'a self, owner: Option<&'a Email>, tag: &'a str) -> Listing<'a> {
        let text = |text: &'a str| Some(text.trim()).filter(|text| !text.is_empty());
        let (sort, direction) = self.order();
        Listing {
            search: text(&self.search),
            database: text(&self.database),
            owner,
            tag: text(tag),
            is_starred: !self.starred.is_empty(),
            limit: CLIPS_ON_A_PAGE,
            order: Order {
                sort,
                direction,
                after: parse_place(sort, &self.before),
            },
        }
    }

    pub fn order(&self) -> (Sort, Direction) {
        let (name, direction) = match self.sort.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (self.sort.as_str(), Direction::Ascending),
        };
        let column = COLUMNS.iter().find(|column| column.name == name);
        column.map_or((Sort::Changed, Direction::Descending), |column| {
            (column.sort, direction)
        })
    }

    /// Whether a search or filter narrows the list.
    pub fn is_filtered(&self) -> bool {
        [
            &self.search,
            &self.database,
            &self.owner,
            &self.tag,
            &self.starred,
        ]
        .iter()
        .any(|text| !text.trim().is_empty())
    }

    /// Whether this is the first page of the list without filters.
    pub fn is_unfiltered_start(&self) -> bool {
        !self.is_filtered() && self.before.is_empty()
    }

    /// The address of the list in another order: by this column, or in its other direction.
    pub fn sorted_by(&self, column: &Column) -> String {
        let (sort, direction) = self.order();
        let direction = match (sort == column.sort, direction) {
            (false, _) => column.first,
            (true, Direction::Ascending) => Direction::Descending,
            (true, Direction::Descending) => Direction::Ascending,
        };
        let minus = match direction {
            Direction::Ascending => "",
            Direction::Descending => "-",
        };
        self.address(&format!("{minus}{}", column.name), "")
    }

    pub fn tagged(&self, tag: &str) -> String {
        let query = Self {
            tag: tag.to_owned(),
            ..self.clone()
        };
        query.address(&self.sort, "")
    }

    /// The address of the page after this place.
    pub fn after(&self, place: &Place) -> String {
        self.address(&self.sort, &format!("{}-{}", place.number, place.key))
    }

    /// The address of this page.
    pub fn here(&self) -> String {
        self.address(&self.sort, &self.before)
    }

    fn address(&self, sort: &str, before: &str) -> String {
        let parts = [
            ("search", self.search.as_str()),
            ("database", &self.database),
            ("owner", &self.owner),
            ("tag", &self.tag),
            ("starred", &self.starred),
            ("sort", sort),
            ("before", before),
        ];
        let parts = parts.into_iter().filter(|(_, text)| !text.is_empty());
        let parts: Vec<_> = parts
            .map(|(name, text)| format!("{name}={}", url::encode(text)))
            .collect();
        match parts.is_empty() {
            true => "/".to_owned(),
            false => format!("/?{}", parts.join("&")),
        }
    }
}

/// Parses what [`ListQuery::after`] wrote. Anything else means the first page.
fn parse_place(sort: Sort, text: &str) -> Option<Place> {
    let (number, key) = text.split_once('-')?;
    Some(Place {
        key: sort.parse_key(key)?,
        number: number.parse().ok()?,
    })
}
