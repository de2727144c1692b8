//! The order of a list, and where a page of it ends: the value by which it is sorted, and the clip's number where
//! several have the same.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::last_run;
use crate::result::Direction;

/// What a key names beside `clips`, as in the joins of a clip itself. The planner leaves out what this key does not name; a
/// subquery for each clip instead would take twice as long among many.
pub(super) const JOINS: &str = "
    left join databases on databases.id = clips.database_id
    left join users as owners on owners.id = clips.owner_id";

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The clip's number. Stable while clips change.
    Number,
    Changed,
    Name,
    Database,
    Owner,
    /// Of the last run; clips without rows count as having the fewest.
    Rows,
    LastRun,
}

/// The order of a list, and where the previous page ended.
#[derive(Clone, Debug)]
pub struct Order {
    pub sort: Sort,
    pub direction: Direction,
    /// Only clips after this place.
    pub after: Option<Place>,
}

/// Where a page ended: with this clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub key: Key,
    pub number: i64,
}

/// The value by which a clip is sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Text(String),
    Count(i64),
    Moment(Timestamp),
}

impl Order {
    /// In SQL on `clips` and [`JOINS`].
    pub(super) fn as_sql(&self) -> String {
        let direction = self.direction_as_sql();
        match self.sort {
            Sort::Number => format!("clips.id {direction}"),
            sort => format!("{} {direction}, clips.id {direction}", sort.as_sql()),
        }
    }

    pub(super) fn direction_as_sql(&self) -> &'static str {
        match self.direction {
            Direction::Ascending => "asc",
            Direction::Descending => "desc",
        }
    }

    /// Which clips come after the previous page, in SQL: `$6` and `$7` are the key and the number of its last clip.
    pub(super) fn condition(&self) -> String {
        let (key, kind) = (self.sort.as_sql(), self.sort.type_name());
        let is_after = match self.direction {
            Direction::Ascending => ">",
            Direction::Descending => "<",
        };
        match self.sort {
            Sort::Number => {
                format!("($6::{kind} is null and ($7::bigint is null or clips.id {is_after} $7))")
            }
            _ => format!("($6::{kind} is null or ({key}, clips.id) {is_after} ($6, $7::bigint))"),
        }
    }

    /// `$6` of the condition.
    pub(super) fn key(&self) -> Box<dyn ToSql + Send + Sync> {
        let key = self.after.as_ref().map(|place| &place.key);
        match (self.sort, key) {
            (Sort::Number, _) => Box::new(None::<i64>),
            (_, Some(Key::Text(text))) => Box::new(text.clone()),
            (_, Some(Key::Count(count))) => Box::new(*count),
            (_, Some(Key::Moment(moment))) => Box::new(*moment),
            (sort, None) => sort.no_key(),
        }
    }
}

impl Sort {
    /// The key, in SQL on `clips` and [`JOINS`]; never null.
    pub(super) fn as_sql(self) -> &'static str {
        match self {
            Self::Number => "clips.id",
            Self::Changed => "clips.updated_at",
            Self::Name => "lower(clips.title)",
            Self::Database => "coalesce(lower(databases.name), '')",
            Self::Owner => "coalesce(owners.email, '')",
            Self::Rows => last_run::ROWS,
            Self::LastRun => last_run::CHECKED_AT,
        }
    }

    /// Reads the key from a row.
    pub(super) fn read(self, row: &Row, column: &str) -> Key {
        match self {
            Self::Name | Self::Database | Self::Owner => Key::Text(row.get(column)),
            Self::Number | Self::Rows => Key::Count(row.get(column)),
            Self::Changed | Self::LastRun => Key::Moment(row.get(column)),
        }
    }

    /// Reads what [`Key`] displays.
    pub fn parse_key(self, text: &str) -> Option<Key> {
        match self {
            Self::Name | Self::Database | Self::Owner => Some(Key::Text(text.to_owned())),
            Self::Number | Self::Rows => text.parse().ok().map(Key::Count),
            Self::Changed | Self::LastRun => {
                let moment = Timestamp::from_microsecond(text.parse().ok()?);
                moment.ok().map(Key::Moment)
            }
        }
    }

    fn type_name(self) -> &'static str {
        match self {
            Self::Name | Self::Database | Self::Owner => "text",
            Self::Number | Self::Rows => "bigint",
            Self::Changed | Self::LastRun => "timestamptz",
        }
    }

    fn no_key(self) -> Box<dyn ToSql + Send + Sync> {
        match self {
            Self::Name | Self::Database | Self::Owner => Box::new(None::<String>),
            Self::Number | Self::Rows => Box::new(None::<i64>),
            Self::Changed | Self::LastRun => Box::new(None::<Timestamp>),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => text.fmt(formatter),
            Self::Count(count) => count.fmt(formatter),
            Self::Moment(moment) => moment.as_microsecond().fmt(formatter),
        }
    }
}
