//! The facts about a result that a file has beside its rows, by the names that they have in JSON.

use parquet::file::metadata::KeyValue;

use crate::encode::Caption;
use crate::result::Summary;

/// `replaced` has the columns in which values were replaced by NULL, and how many.
pub(super) fn facts(
    caption: &Caption,
    summary: &Summary,
    replaced: &[(String, u64)],
) -> Vec<KeyValue> {
    let text = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    let mut facts = vec![text("title", caption.title.clone())];
    facts.extend(caption.url.clone().map(|url| text("url", url)));
    if let Some(version) = caption.version {
        facts.push(text("version", version.to_string()));
        facts.push(text("result", summary.number.to_string()));
    }
    facts.push(text("started_at", format!("{:.6}", summary.started_at)));
    facts.push(text("finished_at", format!("{:.6}", summary.finished_at)));
    facts.push(text("rows", summary.rows.to_string()));
    facts.push(text("truncated", summary.truncated.is_some().to_string()));
    if let Some(cut) = summary.truncated {
        facts.push(text("truncated_by", cut.as_str().to_owned()));
    }
    let replaced = replaced.iter();
    let replaced = replaced.map(|(name, count)| (name.clone(), (*count).into()));
    let replaced = serde_json::Value::Object(replaced.collect());
    facts.push(text("replaced", replaced.to_string()));
    facts.extend(caption.sql.clone().map(|sql| text("sql", sql)));
    facts
}
