//! Forks a clip, for its page and the API.

use crate::access::{Forkable, Viewer};
use crate::error::Error;
use crate::model::{Clip, Fork, ParameterOptions, ServerSettings, TITLE_LENGTH_MAX, Version};
use crate::web::app::App;

/// Checks that the viewer may fork the version with this number, or the newest one.
pub async fn forkable(
    app: &App,
    viewer: &Viewer,
    clip: Clip,
    number: Option<i32>,
) -> Result<Forkable, Error> {
    viewer.signed_in()?;
    let clip = viewer.read(clip)?;
    let number = number.unwrap_or(clip.version.number);
    let version = Version::find(&app.store, &clip, number).await?;
    let version =
        version.ok_or_else(|| Error::NotFound(format!("This clip has no version {number}.")))?;
    let database = version.database(&app.store).await?;
    viewer.fork((*clip).clone(), version, database)
}

/// A title that tells a fork from its origin.
pub fn title(origin: &Clip) -> String {
    let title = format!("Copy of {}", origin.title);
    title.chars().take(TITLE_LENGTH_MAX).collect()
}

/// A fork of a protected clip is protected; a fork of an open clip gets the default access of new clips.
pub async fn create(app: &App, forkable: &Forkable, title: &str) -> Result<Clip, Error> {
    let Forkable {
        clip,
        version,
        database,
        by,
    } = forkable;
    let anyone = clip.anyone && ServerSettings::read(&app.store).await?.anyone;
    // The slug of the clip that has a parameter's options is for editors.
    let is_editor = Viewer::User(by.clone()).edit((**clip).clone()).is_ok();
    let mut origin = (**clip).clone();
    for settings in &mut origin.parameters {
        let options = settings.options.take();
        settings.options =
            options.filter(|options| is_editor || matches!(options, ParameterOptions::List(_)));
    }
    Fork::create(&app.store, &origin, version, title, database, by, anyone).await
}
