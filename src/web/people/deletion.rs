//! Deletes a person, for the page and the API.

use crate::error::Error;
use crate::model::{FormerLinks, LeftClips, NewOwner, Person, User};
use crate::web::app::App;

/// What is to become of their clips, as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    None,
    Give { to: &'a str, keeps_links: bool },
    Remove,
}

/// Their sessions and tokens end at once at every server, and so does what only they wait for.
pub async fn delete(
    app: &App,
    person: &Person,
    choice: Choice<'_>,
    by: &User,
) -> Result<(), Error> {
    person.keep_way_in(app.settings.password_only_for())?;
    let owner = match choice {
        Choice::Give { to, .. } => Some(NewOwner::named(&app.store, "clips_to", to).await?),
        Choice::None | Choice::Remove => None,
    };
    let left = match (choice, &owner) {
        (Choice::Give { keeps_links, .. }, Some(owner)) => {
            LeftClips::GivenTo(owner, FormerLinks::from_keep(keeps_links))
        }
        (Choice::Remove, _) => LeftClips::Removed,
        (Choice::None | Choice::Give { .. }, _) => LeftClips::None,
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
