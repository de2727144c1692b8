//! What the checks need to know before: the server, and how far its role may look.

use tokio_postgres::error::SqlState;

use super::super::Failure;
use super::super::pool::side::Side;
use super::check::{Check, Need};
use super::finding::Finding;

/// As one JSON object.
const FACTS: &str = "
    select pg_catalog.current_setting('server_version') as version, pg_catalog.current_database() as database,
           session_user as role, pg_catalog.quote_ident(session_user) as identifier,
           pg_catalog.pg_has_role('pg_read_all_stats', 'usage') as sees_others,
           (select pg_catalog.quote_ident(n.nspname) || '.pg_stat_statements'
            from pg_catalog.pg_extension e
            join pg_catalog.pg_namespace n on n.oid = e.extnamespace
            where e.extname = 'pg_stat_statements') as statements";

#[derive(serde::Deserialize)]
pub(super) struct Facts {
    #[serde(deserialize_with = "short")]
    pub(super) version: String,
    pub(super) database: String,
    pub(super) role: String,
    /// The role's name, quoted if a statement has to quote it.
    identifier: String,
    /// Whether the role sees other users' sessions and statistics.
    sees_others: bool,
    /// The view of `pg_stat_statements` with its schema.
    pub(super) statements: Option<String>,
}

impl Facts {
    pub(super) async fn read(side: &Side) -> Result<Self, Failure> {
        let mut session = side.session().await?;
        let objects = session.objects(FACTS).await;
        session.close().await;
        let facts = objects?.first().map(|object| serde_json::from_str(object));
        facts
            .and_then(Result::ok)
            .ok_or_else(Failure::misunderstood)
    }

    /// `None` where the check may look.
    pub(super) fn blindness(&self, check: &Check) -> Option<Finding> {
        let mut lacks = check.needs.iter().filter_map(|need| self.lack(*need));
        lacks.next()
    }

    fn lack(&self, need: Need) -> Option<Finding> {
        match need {
            Need::Statistics => (!self.sees_others).then(|| {
                Finding::blind(
                    format!("The role `{}` may not see what other users do.", self.role),
                    Some(self.grant()),
                )
            }),
            Need::Statements => self.statements.is_none().then(|| {
                Finding::blind(
                    "PostgreSQL does not keep statistics of statements here. The extension pg_stat_statements does, once \
                     `shared_preload_libraries` names it and the server was restarted."
                        .to_owned(),
                    Some("create extension pg_stat_statements;".to_owned()),
                )
            }),
        }
    }

    /// Why a check that failed is blind.
    pub(super) fn blindness_by(&self, failure: &Failure) -> Finding {
        let is = |state: SqlState| failure.sqlstate() == Some(state.code());
        let message = failure.message();
        if is(SqlState::INSUFFICIENT_PRIVILEGE) {
            // What PostgreSQL shows to every role was taken away from this one, so no membership gives it back.
            let sentence = format!("The role `{}` may not look: {message}", self.role);
            return Finding::blind(sentence, None);
        }
        if is(SqlState::LOCK_NOT_AVAILABLE) {
            let sentence = "A lock is in the way, for which a check does not wait.".to_owned();
            return Finding::blind(sentence, None);
        }
        Finding::blind(message, None)
    }

    fn grant(&self) -> String {
        format!("grant pg_read_all_stats to {};", self.identifier)
    }
}

/// `15.18 (Debian 15.18-0+deb12u1)` → `15.18`
fn short<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let version: String = serde::Deserialize::deserialize(deserializer)?;
    let mut words = version.split_whitespace();
    Ok(words.next().unwrap_or_default().to_owned())
}
