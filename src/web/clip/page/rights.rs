//! Which of a clip's tools a page offers to its viewer. The handlers check the permissions again before they act.

use crate::access::Viewer;
use crate::error::Error;
use crate::model::{Clip, Version};
use crate::web::app::App;

#[derive(Clone, Copy, Debug)]
pub struct Rights {
    /// Title and settings.
    pub edits: bool,
    /// Pinning and removing.
    pub owns: bool,
    /// The query of this version too, which needs the right to query its database.
    pub edits_query: bool,
    /// Copying this version into a clip of their own.
    pub forks: bool,
}

impl Rights {
    pub async fn find(
        app: &App,
        viewer: &Viewer,
        clip: &Clip,
        version: &Version,
    ) -> Result<Self, Error> {
        if viewer.signed_in().is_err() {
            return Ok(Self {
                edits: false,
                owns: false,
                edits_query: false,
                forks: false,
            });
        }
        let database = version.database(&app.store).await?;
        let edits = viewer.edit(clip.clone()).is_ok();
        let may_query = !database.is_removed && viewer.query(database.clone()).is_ok();
        let forkable = viewer.fork(clip.clone(), version.clone(), database);
        Ok(Self {
            edits,
            owns: viewer.own(clip.clone()).is_ok(),
            edits_query: edits && may_query,
            forks: forkable.is_ok(),
        })
    }
}
