//! A query that belongs to no version. Dropping it cancels it in PostgreSQL.

use std::sync::Arc;

use super::Live;
use super::run::AuditedRun;
use crate::result::{Rows, Summary};
use crate::run::{CancelOnDrop, Failure, Query, Target};

pub struct PreviewRun {
    running: Arc<CancelOnDrop>,
    /// Until it has ended.
    audited: Option<AuditedRun>,
}

impl Live {
    /// Starts it, for whoever acts now.
    pub fn preview(&self, target: &Target, query: Query) -> PreviewRun {
        let audited = self.audit.begin(None, target.id, &query.values);
        let running = Arc::new(self.runner.start(target, query));
        self.running.add_preview(&running, target.id);
        PreviewRun {
            running,
            audited: Some(audited),
        }
    }
}

impl PreviewRun {
    /// Waits for all of it.
    pub async fn returned(mut self) -> Result<(Rows, Summary), Failure> {
        let returned = async {
            let rows = self.running.rows().await?;
            Ok((rows, self.running.summary().await?))
        };
        let returned = returned.await;
        if let Some(audited) = self.audited.take() {
            match &returned {
                Ok((_, summary)) => audited.returned(summary),
                Err(failure) => audited.failed(failure),
            }
        }
        returned
    }
}

impl Drop for PreviewRun {
    fn drop(&mut self) {
        if let Some(audited) = self.audited.take() {
            audited.abandoned();
        }
    }
}
