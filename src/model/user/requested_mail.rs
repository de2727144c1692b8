//! Mails that somebody asked for. Whether there is anybody to send them to is looked up only when they are answered.

use deadpool_postgres::Transaction;

use super::letter::{Letter, NewLetter};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::{Email, OneTimeLink, Purpose, SecretKey, User, Way, What};
use crate::store::Store;

/// A request that no server has answered yet.
pub struct RequestedMail {
    email: Email,
    purpose: Purpose,
    next: String,
}

/// What came of a request.
pub enum Answer {
    /// To send.
    Letter(Letter),
    /// The address gets no mail.
    Nobody,
}

impl RequestedMail {
    /// The same for every address.
    pub async fn create(
        store: &Store,
        email: &Email,
        purpose: Purpose,
        next: &str,
    ) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "insert into requested_mails (email, purpose, next) values ($1, $2, $3)";
        transaction
            .execute(sql, &[&email.as_str(), &purpose.as_str(), &next])
            .await?;
        let note = Note::new(What::SignInLinkRequested).detail(purpose.as_str());
        note.write(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Answers the oldest request that no other server is answering: makes the link and its letter. `None` if there is no
    /// request.
    pub async fn answer(
        store: &Store,
        key: &SecretKey,
        write: &(dyn Fn(&OneTimeLink) -> Result<String, Error> + Sync),
    ) -> Result<Option<Answer>, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let Some(request) = Self::take(&transaction).await? else {
            return Ok(None);
        };
        let answer = match request.has_recipient(store).await? {
            true => request.write(&transaction, key, write).await?,
            false => Answer::Nobody,
        };
        transaction.commit().await?;
        Ok(Some(answer))
    }

    /// Deletes requests that no server has answered while their answer was awaited.
    pub async fn sweep(store: &Store) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "delete from requested_mails where created_at < now() - interval '1 hour'";
        client.execute(sql, &[]).await?;
        Ok(())
    }

    /// Unless the transaction fails, nobody else answers it.
    async fn take(transaction: &Transaction<'_>) -> Result<Option<Self>, Error> {
        let row = transaction
            .query_opt(
                "delete from requested_mails
                 where id = (select id from requested_mails order by id limit 1 for update skip locked)
                 returning email, purpose, next",
                &[],
            )
            .await?;
        row.map(|row| {
            Ok(Self {
                email: Email::from_stored(row.get("email")),
                purpose: Purpose::parse(row.get("purpose"))
                    .ok_or_else(|| Error::internal("a stored purpose cannot be read"))?,
                next: row.get("next"),
            })
        })
        .transpose()
    }

    async fn has_recipient(&self, store: &Store) -> Result<bool, Error> {
        match self.purpose {
            Purpose::SignIn => OneTimeLink::signs_in(store, &self.email).await,
            Purpose::Invitation | Purpose::Reset => {
                Ok(User::find_by_email(store, &self.email).await?.is_some())
            }
        }
    }

    async fn write(
        &self,
        transaction: &Transaction<'_>,
        key: &SecretKey,
        write: &(dyn Fn(&OneTimeLink) -> Result<String, Error> + Sync),
    ) -> Result<Answer, Error> {
        let link = OneTimeLink::generate(&self.email, self.purpose)?;
        let letter = NewLetter::new(key, write(&link)?);
        match link.keep_in(transaction, Way::Mailed, &self.next).await {
            Ok(id) => Ok(Answer::Letter(
                Letter::create(transaction, id, &letter).await?,
            )),
            // Deactivated at this moment.
            Err(Error::Conflict(_)) => Ok(Answer::Nobody),
            Err(error) => Err(error),
        }
    }
}
