//! A result in a clip's history, in words.

use crate::model::StoredResult;
use crate::result::Cut;
use crate::web::page::in_words::{count, span};

/// “5 rows, ran in 0.675 ms”, or why the run failed: in PostgreSQL's own words only for those who see the query.
pub fn summary(result: &StoredResult, sees_sql: bool) -> String {
    let rows = match &result.content {
        Err(failure) if sees_sql => return failure.message(),
        Err(failure) => return failure.summary(),
        Ok(content) => content.rows,
    };
    format!("{}, ran in {}", count(rows, "row"), span(result.elapsed))
}

pub fn cut(result: &StoredResult) -> Option<Cut> {
    result.content.as_ref().ok()?.truncated
}
