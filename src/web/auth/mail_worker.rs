//! Sends mails that wait in the store. The server that claims a letter first sends it; one that could not be sent is tried
//! again later.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::invitation::{self, MAILED_AT_ONCE};
use super::mail_queue::{self, MailQueue};
use crate::error::Error;
use crate::model::{Answer, Letter, RequestedMail};
use crate::web::app::App;

/// How often a server looks for letters of others, and for those to try again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Sends what is due until the server is about to stop. Returns at once if no mails are sent.
pub async fn work(app: Arc<App>) {
    let Some(queue) = MailQueue::new(&app) else {
        return;
    };
    while !app.draining.has_begun() {
        let sent = send_due(&app, &queue).await;
        if let Err(error) = &sent {
            let cause = error.cause();
            tracing::warn!(cause, "mails wait for the next try");
        }
        if !matches!(sent, Ok(1..)) {
            tokio::select! {
                () = app.mail_requested.notified() => {}
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

/// Returns how many letters there were.
async fn send_due(app: &App, queue: &MailQueue) -> Result<usize, Error> {
    let mut letters = Letter::claim(&app.store, MAILED_AT_ONCE).await?;
    let answered = answer_requests(app, &mut letters).await;
    let tries = join_all(letters.iter().map(|letter| queue.try_to_send(letter))).await;
    answered?;
    tries.into_iter().collect::<Result<Vec<_>, Error>>()?;
    Ok(letters.len())
}

async fn answer_requests(app: &App, letters: &mut Vec<Letter>) -> Result<(), Error> {
    let write = |link: &_| mail_queue::text(&invitation::requested_mail(app, link));
    while letters.len() < MAILED_AT_ONCE {
        match RequestedMail::answer(&app.store, &app.key, &write).await? {
            Some(Answer::Letter(letter)) => letters.push(letter),
            Some(Answer::Nobody) => {}
            None => return Ok(()),
        }
    }
    Ok(())
}
