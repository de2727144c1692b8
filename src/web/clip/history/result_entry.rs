//! A result in a clip's history, in words.

use crate::model::StoredResult;
use crate::result::Cut;
use crate::web::clip::table::rows_table::{grouped, span};

/// “5 rows, ran in 0.675 ms”, or why the run failed: in PostgreSQL's own words only for those who see the query.
pub fn summary(result: &StoredResult, sees_sql: bool) -> String {
    let rows = match &result.content {
        Err(failure) if sees_sql => return failure.message(),
        Err(failure) => return failure.summary(),
        Ok(content) => content.rows,
    };
    let noun = if rows == 1 { "row" } else { "rows" };
    format!("{} {noun}, ran in {}", grouped(rows), span(result.elapsed))
}

pub fn cut(result: &StoredResult) -> Option<Cut> {
    result.content.as_ref().ok()?.truncated
}
