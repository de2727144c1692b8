//! Which entries somebody looks for.

use std::net::IpAddr;

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::Via;

/// Every field that is set narrows the choice.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub from: Option<Timestamp>,
    /// Not included.
    pub to: Option<Timestamp>,
    /// A part of somebody's e-mail address, their number, a network address, or how they came: `server`.
    pub who: Option<String>,
    /// A kind such as `clip.edited`, or the first word of several, such as `clip`.
    pub what: Option<String>,
}

impl AuditFilter {
    /// The conditions, for the parameters from $1 on.
    pub(super) fn conditions(&self) -> String {
        let who = self.who.as_deref().unwrap_or_default();
        let (who, what) = (is_who(who), self.is_what());
        format!(
            "($1::timestamptz is null or at >= $1)
             and ($2::timestamptz is null or at < $2)
             and ($3::text is null or {who})
             and ($4::text is null or ({what}))"
        )
    }

    pub(super) fn parameters(&self) -> [&(dyn ToSql + Sync); 4] {
        [&self.from, &self.to, &self.who, &self.what]
    }

    /// Changes are few among many runs, and have an index of their own.
    fn is_what(&self) -> &'static str {
        let group = self.what.as_deref().and_then(|what| what.split('.').next());
        match group {
            Some("run" | "preview") | None => "what = $4 or starts_with(what, $4 || '.')",
            Some(_) => "outcome is null and (what = $4 or starts_with(what, $4 || '.'))",
        }
    }
}

fn is_who(who: &str) -> &'static str {
    if who.parse::<i64>().is_ok() {
        return "user_id = $3::bigint";
    }
    if who.parse::<IpAddr>().is_ok() {
        return "address = $3::inet";
    }
    match Via::parse(who) {
        Some(Via::Token) => "(via = $3 or starts_with(via, $3 || ' '))",
        Some(_) => "via = $3",
        None => "user_id = any (array(select id from users where strpos(email, lower($3)) > 0))",
    }
}
