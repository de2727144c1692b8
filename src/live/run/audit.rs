//! Says in the audit how each run ended, and for whom it began.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value};

use super::RunEnd;
use crate::model::Subject;
use crate::model::{Actor, RunFacts, RunLog, RunRecord, What};
use crate::result::Summary;
use crate::run::{Failure, Values};
use crate::servers::Servers;

#[derive(Clone)]
pub(in crate::live) struct RunAudit {
    log: RunLog,
    servers: Arc<Servers>,
    /// Otherwise hashes of them.
    pub(in crate::live) keeps_values: bool,
}

/// A run from its beginning, until it is known how it ended.
pub(in crate::live) struct AuditedRun {
    audit: RunAudit,
    actor: Actor,
    begun_at: Instant,
    /// `None` for a preview.
    subject: Option<Subject>,
    database: i64,
    parameters: Option<Value>,
}

impl RunAudit {
    pub(in crate::live) fn new(log: RunLog, servers: Arc<Servers>) -> Self {
        Self {
            log,
            servers,
            keeps_values: false,
        }
    }

    /// A run that begins now, for whoever acts now.
    pub(in crate::live) fn begin(
        &self,
        subject: Option<Subject>,
        database: i64,
        values: &Values,
    ) -> AuditedRun {
        AuditedRun {
            audit: self.clone(),
            actor: Actor::current(),
            begun_at: Instant::now(),
            subject,
            database,
            parameters: self.parameters(values),
        }
    }

    pub(in crate::live) async fn flush(&self) {
        if let Err(error) = self.log.flush().await {
            tracing::warn!(
                cause = error.cause(),
                "audit entries of the last runs are lost"
            );
        }
    }

    fn parameters(&self, values: &Values) -> Option<Value> {
        let shown = values.iter().map(|(name, value)| {
            let value = match value {
                Some(value) if self.keeps_values => value.into(),
                Some(value) => self.hash(name, value).into(),
                None => Value::Null,
            };
            (name.to_owned(), value)
        });
        let shown: Map<String, Value> = shown.collect();
        (!shown.is_empty()).then_some(Value::Object(shown))
    }

    /// Equal for equal values of a parameter of this name; says nothing about them without the secret key.
    fn hash(&self, name: &str, value: &str) -> String {
        let tag = self.servers.tag(&format!("audited value {name} {value}"));
        format!("hash {}", tag.as_str())
    }
}

impl AuditedRun {
    pub(in crate::live) fn end(self, end: &RunEnd) {
        match end {
            RunEnd::Returned(_, summary) => self.returned(summary),
            RunEnd::Failed(failure) => self.failed(failure),
            RunEnd::Abandoned => self.abandoned(),
        }
    }

    pub(in crate::live) fn returned(self, summary: &Summary) {
        let what = match self.subject {
            Some(_) => What::RunFinished,
            None => What::PreviewFinished,
        };
        self.write(what, "ok", i64::try_from(summary.rows).ok());
    }

    pub(in crate::live) fn failed(self, failure: &Failure) {
        self.unfinished(failure.code());
    }

    /// Nobody waited for it any longer.
    pub(in crate::live) fn abandoned(self) {
        self.unfinished("abandoned");
    }

    fn unfinished(self, outcome: &str) {
        let what = match self.subject {
            Some(_) => What::RunFailed,
            None => What::PreviewFailed,
        };
        self.write(what, outcome, None);
    }

    fn write(self, what: What, outcome: &str, rows: Option<i64>) {
        let facts = RunFacts {
            outcome: outcome.to_owned(),
            version: self.subject.map(|subject| subject.version),
            rows,
            elapsed: self.begun_at.elapsed(),
            parameters: self.parameters,
        };
        self.audit.log.add(RunRecord {
            what,
            actor: self.actor,
            clip: self.subject.map(|subject| subject.clip),
            database: self.database,
            facts,
            ended_at: Instant::now(),
        });
    }
}
