//! The part of a clip's page that shows its rows, or the progress of their run; a script replaces it as a whole.

use std::time::Duration;

use askama::Template;
use jiff::Timestamp;

use super::progress::Progress;
use super::rights::Rights;
use super::rows_state::{Origin, RowsState};
use crate::access::Readable;
use crate::error::Error;
use crate::model::{Clip, StoredResult, Version};
use crate::run::Values;
use crate::web::clip::chart::chart_view;
use crate::web::clip::chart::chart_view::ChartView;
use crate::web::clip::parameters::{carried, in_words};
use crate::web::clip::table::rows_table::Table;
use crate::web::http::url;

/// An open page refreshes its rows after this time, or after `REFRESH_AFTER_RUNS` times as long as the query took,
/// whichever is longer.
const REFRESH_AFTER_MIN: Duration = Duration::from_secs(15);
const REFRESH_AFTER_RUNS: u32 = 10;

#[derive(Template)]
#[template(path = "clip/page/rows_panel.html")]
pub struct RowsPanel<'a> {
    clip: &'a Readable<Clip>,
    version: &'a Version,
    pub state: RowsState,
    rights: Rights,
    /// Instead of the table.
    chart: Option<ChartView>,
    /// Whether the server that executes the run has not responded to *Cancel*.
    is_cancel_unanswered: bool,
}

impl<'a> RowsPanel<'a> {
    pub fn new(
        clip: &'a Readable<Clip>,
        version: &'a Version,
        mut state: RowsState,
        rights: Rights,
    ) -> Self {
        if let Some(table) = &mut state.table {
            table.chart = Some(chart_view::link(table));
        }
        Self {
            clip,
            version,
            state,
            rights,
            chart: None,
            is_cancel_unanswered: false,
        }
    }

    pub fn with_chart(self, chart: Option<ChartView>) -> Self {
        Self { chart, ..self }
    }

    pub fn after_cancel(self, is_unanswered: bool) -> Self {
        Self {
            is_cancel_unanswered: is_unanswered,
            ..self
        }
    }

    pub fn table(&self) -> Option<&Table> {
        self.state.table.as_ref()
    }

    fn slug(&self) -> &str {
        self.clip.slug.as_str()
    }

    /// The address at which the page's script follows the run; `None` where nothing runs.
    fn follow(&self) -> Option<String> {
        let is_live = match self.state.origin {
            Origin::Running(_) => true,
            Origin::Live | Origin::Failed => self.state.table.is_some(),
            Origin::Stored(_) | Origin::Missing | Origin::Unfilled => false,
        };
        is_live.then(|| {
            let run = format!("/{}/run?version={}", self.slug(), self.version.number);
            url::with_values(&run, &self.state.given)
        })
    }

    /// When the run in progress was requested.
    fn since(&self) -> Option<Timestamp> {
        match &self.state.origin {
            Origin::Running(run) => Some(run.asked_at()),
            _ => None,
        }
    }

    fn refresh_after_ms(&self) -> u128 {
        let table = self.table();
        let elapsed = table.map_or(Duration::ZERO, |table| table.summary.elapsed);
        refresh_after(self.clip, elapsed).as_millis()
    }

    fn progress(&self) -> Option<Progress> {
        match &self.state.origin {
            Origin::Running(run) => Some(Progress::new(&run.progress(), self.clip.sees_sql)),
            _ => None,
        }
    }

    /// Why the run goes on though it was cancelled.
    fn unanswered_cancel(&self) -> Option<String> {
        self.is_cancel_unanswered
            .then(|| Error::ServerSilent.to_string())
    }

    /// The address at which a browser without scripts sees the outcome of the run.
    fn afterwards(&self) -> Option<String> {
        let since = self.since()?;
        let outcome = url::outcome(self.clip, self.version.number, since);
        Some(url::with_values(&outcome, &self.state.given))
    }

    /// The address that a browser without scripts reloads by itself as long as there are no rows yet.
    pub fn refresh(&self) -> Option<String> {
        match self.table() {
            None => self.afterwards(),
            Some(_) => None,
        }
    }

    /// The page that runs this version.
    pub fn live(&self) -> String {
        let page = url::version(self.clip, self.version.number);
        url::with_values(&page, &self.state.given)
    }

    /// The values of the rows.
    pub fn values(&self) -> &Values {
        self.kept()
            .map_or(&self.state.given, |result| &result.values)
    }

    /// The page of the newest version, which runs it.
    fn newest(&self) -> String {
        let page = url::version(self.clip, self.clip.version.number);
        carried::to_newest(self.clip, &page, self.values())
    }

    /// The clip's own page: of the rows to which it is pinned, or of the current ones with these values.
    fn current(&self) -> String {
        let page = url::clip(self.clip);
        match self.clip.pin {
            Some(_) => page,
            None => carried::to_newest(self.clip, &page, self.values()),
        }
    }

    /// Where a form is sent that leads to the current rows with these values.
    fn unpinning(&self) -> String {
        let path = format!("{}/unpinning", url::clip(self.clip));
        carried::to_newest(self.clip, &path, self.values())
    }

    /// Whether the run failed and there are no older rows.
    fn has_nothing(&self) -> bool {
        matches!(self.state.origin, Origin::Failed) && self.table().is_none()
    }

    /// Why the requested stored rows are missing, if they are.
    fn missing(&self) -> Option<String> {
        let error = self.state.error.as_ref();
        let error = error.filter(|_| matches!(self.state.origin, Origin::Missing));
        error.map(ToString::to_string)
    }

    /// Whether the page shows the result to which the clip is pinned.
    pub fn is_pinned(&self) -> bool {
        self.pinned_at().is_some()
    }

    /// Whether there are rows, or may be once a query has run.
    pub fn has_rows(&self) -> bool {
        !matches!(self.state.origin, Origin::Missing | Origin::Unfilled)
    }

    /// The address of the page with these rows.
    pub fn address(&self) -> String {
        self.state.address(self.clip, self.version)
    }

    /// “ for country = France, day = NULL”, of a stored result.
    fn values_in_words(&self, result: &StoredResult) -> String {
        let parameters = self.version.parameters().unwrap_or_default();
        match in_words(self.clip, &parameters, &result.values) {
            none if none.is_empty() => none,
            words => format!(" for {words}"),
        }
    }

    /// Whether no run is in progress and another may start.
    pub fn may_run(&self) -> bool {
        matches!(self.state.origin, Origin::Live | Origin::Failed)
    }

    /// When the clip was pinned to the rows that are shown.
    fn pinned_at(&self) -> Option<Timestamp> {
        let pin = self.clip.pin.as_ref();
        let shown = self.kept()?.id;
        pin.filter(|pin| pin.result_id == shown).map(|pin| pin.at)
    }

    pub fn kept(&self) -> Option<&StoredResult> {
        match &self.state.origin {
            Origin::Stored(result) => Some(result),
            _ => None,
        }
    }
}

/// How long an open page waits before it runs a query again that took `elapsed`.
pub fn refresh_after(clip: &Clip, elapsed: Duration) -> Duration {
    let age_max = clip.max_age_seconds.unwrap_or_default();
    let age_max = Duration::from_secs(age_max.unsigned_abs().into());
    let after = REFRESH_AFTER_MIN.max(elapsed.saturating_mul(REFRESH_AFTER_RUNS));
    after.max(age_max)
}
