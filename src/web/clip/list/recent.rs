//! Clips that a user opened recently, offered above their list.

use crate::access::Readable;
use crate::error::Error;
use crate::model::{Clip, User, View};
use crate::web::app::App;
use crate::web::visitor::Visitor;

const OFFERED_MAX: usize = 6;
/// This many clips at the top of the list are not also offered above it.
const LISTED_FIRST: usize = 5;

/// Only clips that the user may still see, which includes open clips whose address they know.
pub async fn clips(
    app: &App,
    visitor: &Visitor,
    user: &User,
    listed: &[Readable<Clip>],
) -> Result<Vec<Readable<Clip>>, Error> {
    let viewed = View::clips(&app.store, user).await?;
    let first: Vec<i64> = listed
        .iter()
        .take(LISTED_FIRST)
        .map(|clip| clip.number)
        .collect();
    let readable = viewed
        .into_iter()
        .filter(|clip| !first.contains(&clip.number))
        .filter_map(|clip| visitor.viewer.read(clip).ok());
    Ok(readable.take(OFFERED_MAX).collect())
}
