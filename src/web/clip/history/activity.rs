//! A clip's activity, one page at a time, for its page and the API.

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::Owned;
use crate::error::Error;
use crate::model::{Activity, Clip, Fetch};
use crate::web::app::App;

const ACTIVITIES_ON_A_PAGE: usize = 100;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActivityQuery {
    /// `next` of the page before this one.
    before: Option<i64>,
}

/// One page of a clip's activity.
pub struct ActivityList {
    /// The newest first.
    pub activities: Vec<Activity>,
    /// The `before` of the next page; `None` on the last one.
    pub next: Option<i64>,
    /// When the clip's rows were last fetched, to the minute; `None`: never.
    pub fetched_at: Option<Timestamp>,
}

impl ActivityList {
    pub async fn read(app: &App, clip: &Owned<Clip>, query: &ActivityQuery) -> Result<Self, Error> {
        let limit = ACTIVITIES_ON_A_PAGE as i64 + 1;
        let mut activities = Activity::before(&app.store, clip, query.before, limit).await?;
        let has_more = activities.len() > ACTIVITIES_ON_A_PAGE;
        activities.truncate(ACTIVITIES_ON_A_PAGE);
        let last = activities.last().map(|activity| activity.number);
        Ok(Self {
            next: last.filter(|_| has_more),
            fetched_at: Fetch::last(&app.store, clip).await?,
            activities,
        })
    }
}
