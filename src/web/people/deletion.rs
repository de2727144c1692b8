//! Deletes a person, for the page and the API.

use crate::error::Error;
use crate::model::{FormerLinks, LeftClips, NewOwner, Person, User};
use crate::web::app::App;

/// What is to become of their clips, as the request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    None,
    Give { to: &'a str, keeps_links: bool },
    Remove,
}

/// Their sessions and tokens end at once at every server, and so do the runs for which only they wait.
pub async fn delete(
    app: &App,
    person: &Person,
    choice: Choice<'_>,
    by: &User,
) -> Result<(), Error> {
    person.keep_way_in(app.settings.password_only_for())?;
    let owner;
    let left = match choice {
        Choice::None => LeftClips::None,
        Choice::Give { to, keeps_links } => {
            owner = NewOwner::named(&app.store, "clips_to", to).await?;
            LeftClips::GivenTo(&owner, FormerLinks::from_keep(keeps_links))
        }
        Choice::Remove => LeftClips::Removed,
    };
    person.delete(&app.store, left, Some(by)).await?;
    if let Err(error) = app.live.cancel_runs_of(person.user.id).await {
        let (cause, user) = (error.cause(), person.user.id);
        tracing::warn!(
            user,
            cause,
            "runs of a deleted person go on until their limit"
        );
    }
    Ok(())
}
