//! Adds a follower to a database, after connecting to it, checking its role, and making sure that it follows the database.

use crate::error::Error;
use crate::model::Database;
use crate::run::{NotAFollower, Report};
use crate::web::app::App;
use crate::web::database::connection;

/// Returns the changed database, and what was found.
pub async fn add(
    app: &App,
    database: &Database,
    name: &str,
    url: &str,
) -> Result<(Database, Report), Error> {
    database.check_follower_name(name)?;
    let url = connection::parse(url)?;
    let primary = database.url(&app.key)?;
    let report = app.runner.inspect_follower(&primary, &url).await;
    let report = report.map_err(refusal)?;
    let added = database.add_follower(&app.store, &app.key, name, &url);
    Ok((added.await?, report))
}

fn refusal(why: NotAFollower) -> Error {
    match why {
        NotAFollower::Unusable(failure) => Error::DatabaseNotUsable(failure),
        NotAFollower::Refused(sentence) => Error::invalid("url", sentence),
    }
}
