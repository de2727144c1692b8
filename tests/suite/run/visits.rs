//! Runs by a runner of their own, without our server around it, and what they return, as text that can be compared.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};

use dataclips::postgres::ConnectionUrl;
use dataclips::result::{Column, Memory, Rows};
use dataclips::run::{
    CancelOnDrop, Failure, Identity, Limits, Origin, ParameterTypes, Query, Runner, Target, Values,
};

use crate::support::shared;

/// So many rows and characters of each value are shown.
const ROWS_SHOWN: usize = 3;
const CHARACTERS_SHOWN: usize = 160;
/// Types with a smaller number have the same one in every database.
const FIRST_OID_OF_USERS: u32 = 16_384;

/// A runner, and the one database that it queries.
pub struct Visits {
    pub runner: Runner,
    pub target: Target,
    /// Each run is as if of a clip of its own.
    starts: AtomicI64,
}

impl Visits {
    pub async fn new(url: &str, limits: Limits) -> Self {
        let store = shared().connect("postgres", "postgres").await;
        let identity = Identity::read(&store).await.unwrap();
        Self {
            runner: Runner::new(limits, Memory::new(16 << 20), identity),
            target: Target {
                id: 1,
                name: "data".to_owned(),
                url: ConnectionUrl::parse(url).unwrap().into(),
                following: None,
            },
            starts: AtomicI64::new(1),
        }
    }

    pub fn start(&self, sql: &str) -> CancelOnDrop {
        self.start_with(sql, Values::default(), ParameterTypes::default())
    }

    pub fn start_with(&self, sql: &str, values: Values, types: ParameterTypes) -> CancelOnDrop {
        let query = Query {
            origin: Origin::Clip(self.starts.fetch_add(1, Ordering::Relaxed)),
            application_name: "dataclips clip 1 version 1".to_owned(),
            sql: sql.to_owned(),
            values,
            types,
        };
        self.runner.start(&self.target, query)
    }

    /// Everything that a visitor could tell two runs apart by, a line each.
    pub async fn answer(&self, sql: &str) -> String {
        let running = self.start(sql);
        match running.summary().await {
            Ok(summary) => {
                let rows = running.rows().await.unwrap();
                let cut = summary.truncated.map(|cut| cut.as_str());
                shown_rows(&rows, cut).await
            }
            Err(failure) => shown_failure(&failure),
        }
    }
}

async fn shown_rows(rows: &Rows, cut: Option<&str>) -> String {
    let columns: Vec<_> = rows.columns().iter().map(shown_column).collect();
    let mut shown = format!("columns: {}\n", columns.join(", "));
    let all = cells(rows).await;
    for row in all.iter().take(ROWS_SHOWN) {
        let row = row
            .iter()
            .map(|cell| cell.as_deref().map_or("∅".to_owned(), shown_value));
        writeln!(shown, "{}", row.collect::<Vec<_>>().join(" | ")).unwrap();
    }
    match (all.len(), cut) {
        (..=ROWS_SHOWN, None) => {}
        (count, None) => writeln!(shown, "… {count} rows").unwrap(),
        (count, Some(cut)) => writeln!(shown, "… {count} rows, cut by {cut}").unwrap(),
    }
    shown
}

/// The cells of all rows.
pub async fn cells(rows: &Rows) -> Vec<Vec<Option<String>>> {
    let mut all = Vec::new();
    let mut index = 0;
    while let Some(batch) = rows.batch(index).await.unwrap() {
        for row in batch.rows() {
            let mut cells = Vec::new();
            row.cells(|_, cell| {
                let text = cell.beginning(usize::MAX)?;
                cells.push(text.map(Cow::into_owned));
                Ok(())
            })
            .unwrap();
            all.push(cells);
        }
        index = batch.next();
    }
    all
}

fn shown_value(value: &str) -> String {
    match value {
        "" => "''".to_owned(),
        value => shortened(value).replace('\n', "⏎"),
    }
}

fn shown_column(column: &Column) -> String {
    let number = |oid| match oid {
        FIRST_OID_OF_USERS.. => "a type of the database".to_owned(),
        oid => format!("{oid}"),
    };
    let kind = format!("{} {}", column.type_name, number(column.type_oid));
    match column.element_oid {
        None => format!("{:?} {kind}", column.name),
        Some(element) => format!("{:?} {kind} of {}", column.name, number(element)),
    }
}

/// Without our own words, which depend on nothing else than the text and what is shown here.
fn shown_failure(failure: &Failure) -> String {
    let mut shown = failure.code().to_owned();
    if let Some(sqlstate) = failure.sqlstate() {
        shown.push(' ');
        shown.push_str(sqlstate);
    }
    shown.push('\n');
    let (message, near) = match failure {
        Failure::Statement(error) => (Some(&error.message), error.near_names.join(" or ")),
        _ => (None, String::new()),
    };
    let position = failure.position().map(|position| position.to_string());
    for (name, words) in [
        ("message", message.map(String::as_str)),
        ("detail", failure.detail()),
        ("hint", failure.hint()),
        ("position", position.as_deref()),
        ("near", (!near.is_empty()).then_some(&*near)),
    ] {
        if let Some(words) = words {
            writeln!(shown, "{name}: {}", shown_value(words)).unwrap();
        }
    }
    shown
}

fn shortened(words: &str) -> String {
    match words.char_indices().nth(CHARACTERS_SHOWN) {
        Some((end, _)) => format!("{}… {} characters", &words[..end], words.chars().count()),
        None => words.to_owned(),
    }
}
