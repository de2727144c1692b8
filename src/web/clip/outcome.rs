//! The part of a clip's page that shows its rows, or how far they are; a script replaces it as a whole.

use std::time::Duration;

use askama::Template;
use jiff::Timestamp;

use super::progress::Progress;
use super::rights::Rights;
use super::showing::{Origin, Showing};
use super::table::Table;
use crate::model::{Clip, StoredResult, Version};
use crate::web::address;

/// An open page looks again after this at the earliest, or after so many times what the query took.
const LOOK_AFTER_MIN: Duration = Duration::from_secs(15);
const LOOK_AFTER_RUNS: u32 = 10;

#[derive(Template)]
#[template(path = "clip/outcome.html")]
pub struct Outcome<'a> {
    clip: &'a Clip,
    version: &'a Version,
    pub showing: Showing,
    rights: Rights,
}

impl<'a> Outcome<'a> {
    pub fn new(clip: &'a Clip, version: &'a Version, showing: Showing, rights: Rights) -> Self {
        Self {
            clip,
            version,
            showing,
            rights,
        }
    }

    pub fn table(&self) -> Option<&Table> {
        self.showing.table.as_ref()
    }

    fn slug(&self) -> &str {
        self.clip.slug.as_str()
    }

    /// Where the page's script follows the run; `None` where nothing runs.
    fn follow(&self) -> Option<String> {
        let is_live = match self.showing.origin {
            Origin::Running(_) => true,
            Origin::Live | Origin::Failed => self.showing.table.is_some(),
            Origin::Kept(_) => false,
        };
        is_live.then(|| format!("/{}/run?version={}", self.slug(), self.version.number))
    }

    /// When the run was asked for that goes on.
    fn since(&self) -> Option<Timestamp> {
        match &self.showing.origin {
            Origin::Running(run) => Some(run.asked_at()),
            Origin::Live | Origin::Failed | Origin::Kept(_) => None,
        }
    }

    fn look_after_ms(&self) -> u128 {
        let elapsed = self
            .table()
            .map_or(Duration::ZERO, |table| table.summary.elapsed);
        let age_max = self.clip.max_age_seconds.unwrap_or_default();
        let age_max = Duration::from_secs(age_max.unsigned_abs().into());
        let after = LOOK_AFTER_MIN.max(elapsed.saturating_mul(LOOK_AFTER_RUNS));
        after.max(age_max).as_millis()
    }

    fn progress(&self) -> Option<Progress> {
        match &self.showing.origin {
            Origin::Running(run) => Some(Progress::of(&run.progress())),
            Origin::Live | Origin::Failed | Origin::Kept(_) => None,
        }
    }

    /// Where a browser without scripts sees what the run came to.
    fn afterwards(&self) -> Option<String> {
        let query = std::collections::HashMap::new();
        let path = address::clip(self.clip);
        let since = self.since()?;
        Some(address::since(&path, &query, self.version.number, since))
    }

    /// A browser without scripts asks again by itself where there is nothing to read yet.
    pub fn refresh(&self) -> Option<String> {
        match self.table() {
            None => self.afterwards(),
            Some(_) => None,
        }
    }

    /// Since when the clip is pinned to the rows that are shown.
    fn pinned_at(&self) -> Option<Timestamp> {
        let pin = self.clip.pin.as_ref();
        let shown = self.kept()?.id;
        pin.filter(|pin| pin.result_id == shown).map(|pin| pin.at)
    }

    pub fn kept(&self) -> Option<&StoredResult> {
        match &self.showing.origin {
            Origin::Kept(result) => Some(result),
            Origin::Live | Origin::Running(_) | Origin::Failed => None,
        }
    }
}
