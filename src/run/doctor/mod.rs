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
pub use check::{CHECKS, Check, LARGEST_TABLES};
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

/// Checks that see nothing for one reason.
pub struct Blindness<'a> {
    /// The reason, and the statement that lets them see.
    pub finding: &'a Finding,
    pub checks: Vec<&'a Examined>,
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

    /// The checks that see nothing, by what they lack.
    pub fn blindnesses(&self) -> Vec<Blindness<'_>> {
        let mut found: Vec<Blindness<'_>> = Vec::new();
        for examined in &self.checks {
            let Some(finding) = examined.blindness() else {
                continue;
            };
            let same = found.iter_mut().find(|known| known.is_mended_by(finding));
            match same {
                Some(known) => known.checks.push(examined),
                None => found.push(Blindness {
                    finding,
                    checks: vec![examined],
                }),
            }
        }
        found
    }

    /// Without the GRANTs: nobody can sign in to our private server to run them.
    pub fn without_grants(mut self) -> Self {
        let findings = self.checks.iter_mut().flat_map(|one| &mut one.findings);
        let blind = findings.filter(|finding| finding.grade == Grade::Blind);
        for finding in blind.filter(|finding| finding.statement.is_some()) {
            finding.statement = None;
            finding.sentence.push_str(
                " There is nothing to do about it: this is the private server of the sample data, where nobody can run SQL with more rights.",
            );
        }
        self
    }
}

impl Blindness<'_> {
    /// Whether what helps there helps here.
    fn is_mended_by(&self, finding: &Finding) -> bool {
        match (&self.finding.statement, &finding.statement) {
            (None, None) => self.finding.sentence == finding.sentence,
            (here, there) => here == there,
        }
    }

    /// `Standbys, Connections`
    pub fn titles(&self) -> String {
        let titles = self.checks.iter().map(|examined| examined.check.title);
        titles.collect::<Vec<_>>().join(", ")
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

    /// Why it sees nothing. `None` if it sees at least a part.
    pub fn blindness(&self) -> Option<&Finding> {
        match &self.findings[..] {
            [finding] if finding.grade == Grade::Blind && finding.numbers.is_empty() => {
                Some(finding)
            }
            _ => None,
        }
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
