//! Lets a preview go on at another server than the one that ran it, since a load balancer may send each request to a
//! different one. A notice asks for the preview, and the server that holds it passes it on through the store.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};

use super::held_previews::HeldPreview;
use crate::access::Viewer;
use crate::error::Error;
use crate::model::{Database, Notice, Slug, StoredPreview, Tag};
use crate::servers::Servers;
use crate::web::app::App;
use crate::web::rows::visible_rows::VisibleResult;

/// How long a request waits for a server that holds the preview.
const ANSWER_WAIT: Duration = Duration::from_millis(500);
/// How long it then waits until all rows are in the store.
const STORE_WAIT: Duration = Duration::from_secs(10);

/// The previews that are being stored: more questions for one do not store it once more.
#[derive(Clone, Default)]
struct PassingOn(Arc<Mutex<HashSet<Tag>>>);

impl PassingOn {
    /// Returns whether nobody has begun yet.
    fn begin(&self, tag: &Tag) -> bool {
        let mut tags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tags.insert(tag.clone())
    }

    fn end(&self, tag: &Tag) {
        let mut tags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tags.remove(tag);
    }
}

/// A preview that another server holds, from then on held here too. `None` if none does, or if somebody else ran it.
pub async fn fetch(app: &App, viewer: &Viewer, id: &Slug) -> Result<Option<HeldPreview>, Error> {
    let by = viewer.signed_in()?;
    if app.servers.is_alone() {
        return Ok(None);
    }
    let mut found = None;
    for tag in tags(&app.servers, id) {
        found = find(app, &tag, by.id).await?;
        if found.is_some() {
            break;
        }
    }
    let Some(stored) = found else {
        return Ok(None);
    };
    let database = Database::find(&app.store, stored.database).await?;
    let database = viewer.query(database)?;
    let result = VisibleResult::preview(&database, stored.rows, stored.summary);
    let form = serde_json::from_value(stored.form).map_err(Error::internal)?;
    let held = HeldPreview::new(id.clone(), by, &database, result, form, stored.sql);
    app.held_previews.hold(&held);
    Ok(Some(held))
}

async fn find(app: &App, tag: &Tag, user: i64) -> Result<Option<StoredPreview>, Error> {
    let find = || StoredPreview::find(&app.store, tag, user, &app.memory);
    match find().await? {
        None if ask(&app.servers, tag, user).await? => find().await,
        stored => Ok(stored),
    }
}

/// Passes the previews that this server holds on to those who ask for them.
pub async fn follow(app: Arc<App>) {
    let mut notices = app.servers.notices();
    let passing_on = PassingOn::default();
    loop {
        match notices.recv().await {
            Ok(Notice::PreviewAsked { tag, user }) => answer(&app, &passing_on, tag, user),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Returns whether a server held it, and has probably stored it.
async fn ask(servers: &Servers, asked: &Tag, user: i64) -> Result<bool, Error> {
    let mut notices = servers.notices();
    let mut deadline = Instant::now() + ANSWER_WAIT;
    let notice = Notice::PreviewAsked {
        tag: asked.clone(),
        user,
    };
    servers.tell(&notice).await?;
    while let Ok(heard) = timeout_at(deadline, notices.recv()).await {
        match heard {
            Ok(Notice::PreviewFound { tag }) if tag == *asked => {
                deadline = Instant::now() + STORE_WAIT;
            }
            Ok(Notice::PreviewPassedOn { tag }) if tag == *asked => return Ok(true),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => break,
        }
    }
    Ok(false)
}

fn answer(app: &Arc<App>, passing_on: &PassingOn, asked: Tag, user: i64) {
    let is_asked = |id: &Slug| tags(&app.servers, id).contains(&asked);
    if let Some(held) = app.held_previews.find(user, is_asked) {
        let (app, passing_on) = (app.clone(), passing_on.clone());
        tokio::spawn(async move {
            if let Err(error) = pass_on(&app, &passing_on, asked, held).await {
                let cause = error.cause();
                tracing::warn!(cause, "a preview was not passed on to another server");
            }
        });
    }
}

async fn pass_on(
    app: &App,
    passing_on: &PassingOn,
    tag: Tag,
    held: HeldPreview,
) -> Result<(), Error> {
    let found = Notice::PreviewFound { tag: tag.clone() };
    app.servers.tell(&found).await?;
    if !passing_on.begin(&tag) {
        // They hear when the first one is done.
        return Ok(());
    }
    let stored = store(app, &tag, held).await;
    // First, so that who asked until now hears what follows.
    passing_on.end(&tag);
    app.servers.tell(&Notice::PreviewPassedOn { tag }).await?;
    stored
}

async fn store(app: &App, tag: &Tag, held: HeldPreview) -> Result<(), Error> {
    let rows = held.result.rows.to_store().clone();
    rows.compress().await.map_err(Error::internal)?;
    let stored = StoredPreview {
        by: held.by,
        database: held.database,
        form: serde_json::to_value(&held.form).map_err(Error::internal)?,
        sql: held.sql,
        summary: held.result.summary,
        rows,
    };
    stored.keep(&app.store, tag).await
}

/// Of a preview's id: more than one while the secret key is replaced. Previews have other tags than other secrets.
fn tags(servers: &Servers, id: &Slug) -> Vec<Tag> {
    servers.tags(&format!("preview {}", id.as_str()))
}
