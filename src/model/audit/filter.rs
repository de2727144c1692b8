//! Which entries somebody looks for.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

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
        let mut conditions = "
            ($1::timestamptz is null or at >= $1)
            and ($2::timestamptz is null or at < $2)
            and ($3::text is null or user_id = any (array(
                select id from users where strpos(email, lower($3)) > 0 or id::text = $3
            )) or user_id::text = $3 or via = $3 or host(address) = $3)
            and ($4::text is null or what = $4 or starts_with(what, $4 || '.'))"
            .to_owned();
        if self.is_about_changes() {
            conditions.push_str(" and outcome is null");
        }
        conditions
    }

    pub(super) fn parameters(&self) -> [&(dyn ToSql + Sync); 4] {
        [&self.from, &self.to, &self.who, &self.what]
    }

    /// Then a smaller index serves.
    fn is_about_changes(&self) -> bool {
        let what = self.what.as_deref();
        what.is_some_and(|what| !what.starts_with("run") && !what.starts_with("preview"))
    }
}
