//! A clip whose query was on several databases, for a token that opens one of them.

use crate::access::Owned;
use crate::error::Error;
use crate::model::{Clip, StoredResult, User, Version};
use crate::web::app::App;

/// The numbers of the versions that the user's token does not open: none, unless it is limited to one database.
pub async fn closed(app: &App, clip: &Clip, user: Option<&User>) -> Result<Vec<i32>, Error> {
    match user.and_then(User::only_database) {
        Some(database) => Version::elsewhere(&app.store, clip, database.id).await,
        None => Ok(Vec::new()),
    }
}

/// Refuses to share what the owner's token does not open itself: whoever sees a clip sees all its versions.
pub async fn expect(app: &App, clip: &Owned<Clip>) -> Result<(), Error> {
    match closed(app, clip, Some(&clip.by)).await?.is_empty() {
        true => Ok(()),
        false => Err(Error::Forbidden(
            "Earlier versions of this clip are on a database that this token does not open, so it cannot share the clip. Do it in a browser, or with a token for every database."
                .to_owned(),
        )),
    }
}

/// Whether a result is of one of these versions.
pub fn is_closed(result: &StoredResult, closed: &[i32]) -> bool {
    closed.contains(&result.version)
}
