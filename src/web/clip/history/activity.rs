//! A clip's trail in pages, for its page and the API.

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
pub struct Asked {
    /// `next` of the page before.
    before: Option<i64>,
}

/// One page of it.
pub struct ActivityList {
    /// The newest first.
    pub activities: Vec<Activity>,
    /// Where the next page goes on; `None` on the last one.
    pub next: Option<i64>,
    /// When somebody last got the clip's rows, to the minute; `None`: nobody yet.
    pub fetched_at: Option<Timestamp>,
}

impl ActivityList {
    pub async fn read(app: &App, clip: &Owned<Clip>, asked: &Asked) -> Result<Self, Error> {
        let limit = ACTIVITIES_ON_A_PAGE as i64 + 1;
        let mut activities = Activity::before(&app.store, clip, asked.before, limit).await?;
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
