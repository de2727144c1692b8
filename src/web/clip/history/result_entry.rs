//! A result in a clip's history, in words.

use crate::model::StoredResult;
use crate::result::Cut;
use crate::web::page::in_words::{count, span};

/// Of a value that is shown.
const VALUE_CHARACTERS_MAX: usize = 60;

/// “5 rows, ran in 0.675 ms”, or why the run failed: in PostgreSQL's own words only for those who see the query.
pub fn summary(result: &StoredResult, sees_sql: bool) -> String {
    let rows = match &result.content {
        Err(failure) if sees_sql => return failure.message(),
        Err(failure) => return failure.summary(),
        Ok(content) => content.rows,
    };
    format!("{}, ran in {}", count(rows, "row"), span(result.elapsed))
}

/// “country = France, after is NULL”; `None` for a query without parameters.
pub fn values(result: &StoredResult) -> Option<String> {
    let values = result.values.iter().map(|(name, value)| match value {
        Some(value) => format!("{name} = {}", shortened(value)),
        None => format!("{name} is NULL"),
    });
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

pub fn cut(result: &StoredResult) -> Option<Cut> {
    result.content.as_ref().ok()?.truncated
}
