//! Sends letters, which are kept sealed in the store until the mail server has accepted them. If a server ends after
//! sending a letter and before recording that, the letter is sent twice.

use crate::error::Error;
use crate::mail::{Mail, Mailer};
use crate::model::{Letter, NextTry, SecretKey};
use crate::store::Store;
use crate::web::app::App;

/// What is needed to send letters. Cheap to clone.
#[derive(Clone)]
pub struct MailQueue {
    store: Store,
    key: SecretKey,
    mailer: Mailer,
}

/// A mail as the text that is sealed.
pub fn text(mail: &Mail) -> Result<String, Error> {
    serde_json::to_string(&(&mail.subject, &mail.text)).map_err(Error::internal)
}

impl MailQueue {
    /// `None` if no mails are sent.
    pub fn new(app: &App) -> Option<Self> {
        Some(Self {
            store: app.store.clone(),
            key: app.key.clone(),
            mailer: app.settings.mailer.clone()?,
        })
    }

    /// Sends a claimed letter, even if the caller leaves meanwhile. Returns why it could not be sent.
    pub async fn send(&self, letter: Letter) -> Result<Option<String>, Error> {
        let queue = self.clone();
        let sending = tokio::spawn(async move { queue.try_to_send(&letter).await });
        sending.await.map_err(Error::internal)?
    }

    /// The same, for a caller who does not leave.
    pub async fn try_to_send(&self, letter: &Letter) -> Result<Option<String>, Error> {
        let Some(mail) = self.open(letter) else {
            let why = "this server has another secret key (it will be tried again)";
            tracing::warn!(undelivered = why, "a mail could not be sent");
            letter.give_back(&self.store, why).await?;
            return Ok(Some(why.to_owned()));
        };
        let (why, is_final) = match self.mailer.send(&mail).await {
            Ok(()) => {
                self.store.metrics().note_job("mail", true);
                if let Err(error) = letter.sent(&self.store).await {
                    let cause = error.cause();
                    tracing::warn!(cause, "a mail that was sent will be sent again");
                }
                return Ok(None);
            }
            Err(undelivered) => (undelivered.to_string(), undelivered.is_final()),
        };
        self.store.metrics().note_job("mail", false);
        tracing::warn!(undelivered = why, "a mail could not be sent");
        let next = match is_final {
            true => NextTry::GivenUp,
            false => letter.next(),
        };
        let why = match next {
            NextTry::TriedAgain => format!("{why} (it will be tried again)"),
            NextTry::GivenUp => why,
        };
        letter.failed(&self.store, &why, next).await?;
        Ok(Some(why))
    }

    fn open(&self, letter: &Letter) -> Option<Mail> {
        let opened = self.key.for_letters().open(&letter.sealed)?;
        let (subject, text) = serde_json::from_str(&opened).ok()?;
        Some(Mail {
            to: letter.to.clone(),
            subject,
            text,
        })
    }
}
