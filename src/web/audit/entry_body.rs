//! An entry as JSON, for the API and the file.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::{AuditEntry, Named, RunFacts, Via};

/// Something that somebody did. Absent fields do not apply.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct EntryBody {
    number: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Such as `clip.edited`.
    what: String,
    /// Absent where nobody had signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<NamedBody>,
    /// `browser`, `token`, `link`, `anonymous`, `command line` or `server`.
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'static str>,
    /// The token that was used: its number, and the name that it had then. Absent in entries of earlier releases.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<NamedBody>,
    /// The client's network address.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clip: Option<NamedBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<NamedBody>,
    /// To whom it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<NamedBody>,
    /// A few words; often empty.
    detail: String,
    /// Of a run or a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunBody>,
}

/// Its number, and the name that it has today.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditNamed)]
struct NamedBody {
    number: i64,
    /// Absent where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditRun)]
struct RunBody {
    /// `ok`, an error's code, or `abandoned` where nobody waited any longer.
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<i64>,
    /// Microseconds from the request to the end.
    elapsed_us: u64,
    /// By name: the hash of each value, or the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    parameters: Option<Value>,
}

impl EntryBody {
    pub fn new(entry: AuditEntry) -> Self {
        Self {
            number: entry.place.number,
            at: entry.place.at,
            what: entry.what,
            who: entry.who.map(NamedBody::new),
            via: entry.via.map(Via::as_str),
            token: entry.token.map(NamedBody::new),
            address: entry.address.map(|address| address.to_string()),
            clip: entry.clip.map(NamedBody::new),
            database: entry.database.map(NamedBody::new),
            person: entry.person.map(NamedBody::new),
            detail: entry.detail,
            run: entry.run.map(RunBody::new),
        }
    }
}

impl NamedBody {
    fn new(named: Named) -> Self {
        let Named { number, name } = named;
        Self { number, name }
    }
}

impl RunBody {
    fn new(run: RunFacts) -> Self {
        Self {
            outcome: run.outcome,
            version: run.version,
            rows: run.rows,
            elapsed_us: u64::try_from(run.elapsed.as_micros()).unwrap_or(u64::MAX),
            parameters: run.parameters,
        }
    }
}
