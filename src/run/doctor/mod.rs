//! Health checks of a database: each is an ordinary query whose rows are findings, graded and in words. What a role may not
//! see is a finding, too, with the GRANT that helps. Nothing is changed: what a finding advises is for a person to run.
//!
//! Each check has a transaction of its own on the side connection, which is free for others in between.

mod check;
mod facts;
mod finding;

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Failure;
use super::pool::side::Side;
pub use check::{CHECKS, Check};
use facts::Facts;
pub use finding::{Finding, Grade, Numbers};

/// For all checks together. Those for which no time is left are blind.
const DIAGNOSIS_MAX: Duration = Duration::from_secs(30);

/// What the checks found.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// PostgreSQL's version in short, such as `15.18`.
    pub version: String,
    /// The database's name on its server.
    pub database: String,
    pub role: String,
    /// The worst first, and otherwise in the order of [`CHECKS`].
    pub checks: Vec<Examined>,
}

/// One check, and what it found.
#[derive(Clone, Debug)]
pub struct Examined {
    pub check: &'static Check,
    /// As it was run here.
    pub sql: String,
    /// The worst first.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Fails if the database cannot be reached; a check that fails is a blind one.
    pub(super) async fn make(side: &Side) -> Result<Self, Failure> {
        let deadline = Instant::now() + DIAGNOSIS_MAX;
        let facts = Facts::read(side).await?;
        let mut checks = Vec::with_capacity(CHECKS.len());
        for check in &CHECKS {
            checks.push(Examined::make(check, &facts, side, deadline).await);
        }
        checks.sort_by_key(Examined::grade);
        Ok(Self {
            version: facts.version,
            database: facts.database,
            role: facts.role,
            checks,
        })
    }

    /// The worst of all.
    pub fn grade(&self) -> Grade {
        self.checks.first().map_or(Grade::Green, Examined::grade)
    }

    /// The checks of one grade.
    pub fn of(&self, grade: Grade) -> Vec<&Examined> {
        let checks = self.checks.iter();
        checks.filter(|check| check.grade() == grade).collect()
    }
}

impl Examined {
    async fn make(check: &'static Check, facts: &Facts, side: &Side, deadline: Instant) -> Self {
        let sql = check.sql(facts.statements.as_deref());
        let mut findings = match facts.blindness(check) {
            Some(blindness) => vec![blindness],
            None => match timeout_at(deadline, read(side, &sql)).await {
                Ok(Ok(findings)) => findings,
                Ok(Err(failure)) => vec![facts.blindness_by(&failure)],
                Err(_) => vec![Finding::blind(
                    "The other checks left no time for this one.".to_owned(),
                    None,
                )],
            },
        };
        findings.sort_by_key(|finding| finding.grade);
        Self {
            check,
            sql,
            findings,
        }
    }

    /// That of the worst finding.
    pub fn grade(&self) -> Grade {
        let first = self.findings.first();
        first.map_or(Grade::Green, |finding| finding.grade)
    }

    /// The findings that say more than that all is well.
    pub fn notable(&self) -> Vec<&Finding> {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.grade != Grade::Green)
            .collect()
    }
}

async fn read(side: &Side, sql: &str) -> Result<Vec<Finding>, Failure> {
    let mut session = side.session().await?;
    let objects = session.objects(sql).await;
    session.close().await;
    let findings = objects?.into_iter().map(|object| Finding::parse(&object));
    findings
        .collect::<Option<_>>()
        .ok_or_else(Failure::misunderstood)
}
