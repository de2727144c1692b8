//! Adds a follower to a database, after connecting to it, checking its role, and making sure that it follows the database.

use crate::error::Error;
use crate::model::Database;
use crate::postgres::ConnectionUrl;
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
    check_url(app, database, &url)?;
    let target = app.target(database)?;
    let report = app.runner.inspect_follower(&target, &url).await;
    let report = report.map_err(refusal)?;
    let added = database.add_follower(&app.store, &app.key, name, &url);
    Ok((added.await?, report))
}

/// What is wrong before a connection is tried.
fn check_url(app: &App, database: &Database, url: &ConnectionUrl) -> Result<(), Error> {
    if url.addresses().len() > 1 {
        return Err(Error::invalid(
            "url",
            "This URL has several hosts. A follower is one server: add each with a URL of its own.",
        ));
    }
    let same = database.followers.iter().find(|follower| {
        follower.url(&app.key).is_ok_and(|known| {
            known.addresses() == url.addresses()
                && known.database() == url.database()
                && known.user() == url.user()
        })
    });
    match same {
        Some(follower) => Err(Error::invalid("url", already_added(&follower.name))),
        None => Ok(()),
    }
}

fn already_added(name: &str) -> String {
    format!("This server is the follower “{name}” already.")
}

fn refusal(why: NotAFollower) -> Error {
    match why {
        NotAFollower::Unusable(failure) => Error::DatabaseNotUsable(failure),
        NotAFollower::Refused(sentence) => Error::invalid("url", sentence),
        NotAFollower::Known(name) => Error::invalid("url", already_added(&name)),
    }
}
