//! Browsers in which people are signed in.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde_json::Value;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};

use crate::error::Error;
use crate::model::audit::Note;
use crate::model::{User, What};
use crate::store::Store;

/// Keys in a session's record.
const USER: &str = "user";
const PASSWORD_SET_AT: &str = "password_set_at";
const BROWSER: &str = "browser";
const BROWSER_CHARACTERS_MAX: usize = 300;

/// A browser in which a user is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: i64,
    /// Its `User-Agent`, shortened.
    pub browser: String,
    pub created_at: Timestamp,
    /// To the minute.
    pub last_used_at: Timestamp,
    /// The session of the current request.
    pub is_current: bool,
}

impl Session {
    /// The user's unexpired sessions, the most recently used first.
    pub async fn all(store: &Store, user: &User, current: Option<Id>) -> Result<Vec<Self>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                "select id, browser, created_at, last_used_at, hash = $2 as is_current
                 from sessions
                 where user_id = $1 and expires_at > now()
                 order by last_used_at desc, id desc",
                &[&user.id, &current.map(hash).unwrap_or_default()],
            )
            .await?;
        let sessions = rows.iter().map(|row| Self {
            id: row.get("id"),
            browser: row.get("browser"),
            created_at: row.get("created_at"),
            last_used_at: row.get("last_used_at"),
            is_current: row.get("is_current"),
        });
        Ok(sessions.collect())
    }

    /// Ends one of the user's sessions. Does nothing if it belongs to another user, or has ended already.
    pub async fn end(store: &Store, user: &User, id: i64) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "delete from sessions where user_id = $1 and id = $2";
        let ended = transaction.execute(sql, &[&user.id, &id]).await?;
        note_ended(&transaction, user, ended).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Ends all sessions of the user but the current one.
    pub async fn end_others(store: &Store, user: &User, current: Option<Id>) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "delete from sessions where user_id = $1 and hash <> $2";
        let kept = current.map(hash).unwrap_or_default();
        let ended = transaction.execute(sql, &[&user.id, &kept]).await?;
        note_ended(&transaction, user, ended).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Deletes expired sessions.
    pub async fn sweep(store: &Store) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "delete from sessions where expires_at <= now()";
        client.execute(sql, &[]).await?;
        Ok(())
    }

    /// Signs a user in. The cookie gets a new value, so that somebody who knew the old one is not signed in along with
    /// them (session fixation).
    pub async fn begin(
        cookie: &tower_sessions::Session,
        user: &User,
        browser: &str,
    ) -> Result<(), Error> {
        let browser: String = browser.chars().take(BROWSER_CHARACTERS_MAX).collect();
        let begin = async {
            cookie.cycle_id().await?;
            cookie.insert(USER, user.id).await?;
            cookie
                .insert(PASSWORD_SET_AT, user.password_set_at.as_microsecond())
                .await?;
            cookie.insert(BROWSER, browser).await?;
            cookie.save().await
        };
        begin.await.map_err(failed)
    }

    /// Signs out: deletes the session and its cookie.
    pub async fn finish(cookie: &tower_sessions::Session) -> Result<(), Error> {
        cookie.flush().await.map_err(failed)
    }

    /// The user who is signed in with this cookie.
    pub async fn user(
        store: &Store,
        cookie: &tower_sessions::Session,
    ) -> Result<Option<User>, Error> {
        match cookie.get::<i64>(USER).await.map_err(failed)? {
            Some(id) => User::find(store, id).await,
            None => Ok(None),
        }
    }
}

/// Keeps the sessions of signed-in users in our store.
#[async_trait]
impl SessionStore for Store {
    /// Needs no check for collisions: a new cookie is 128 random bits.
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let number = |key| record.data.get(key).and_then(Value::as_i64);
        let browser = record.data.get(BROWSER).and_then(Value::as_str);
        let (Some(user), Some(password_set_at), Some(browser)) =
            (number(USER), number(PASSWORD_SET_AT), browser)
        else {
            // Nobody is signed in, so there is nothing to store.
            return Ok(());
        };
        let password_set_at =
            Timestamp::from_microsecond(password_set_at).unwrap_or(Timestamp::MIN);
        let expires_at = timestamp(record.expiry_date);
        let create = async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let sql = "insert into sessions (hash, user_id, password_set_at, browser, expires_at) values ($1, $2, $3, $4, $5)";
            transaction
                .execute(
                    sql,
                    &[
                        &hash(record.id),
                        &user,
                        &password_set_at,
                        &browser,
                        &expires_at,
                    ],
                )
                .await?;
            let note = Note::new(What::SignInSucceeded).by(Some(user));
            note.write(&transaction).await?;
            transaction.commit().await?;
            Ok(())
        };
        create.await.map_err(backend)
    }

    /// A session that was ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let expires_at = timestamp(record.expiry_date);
        let save = async {
            let client = self.client().await?;
            let sql = "update sessions set expires_at = $2 where hash = $1";
            client
                .execute(sql, &[&hash(record.id), &expires_at])
                .await?;
            Ok(())
        };
        save.await.map_err(backend)
    }

    /// Notes the use, once a minute at most. A session that began with an earlier password is not found.
    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let sql = "with used as (
                       update sessions
                       set last_used_at = now()
                       where hash = $1 and last_used_at < now() - interval '1 minute'
                   )
                   select user_id, password_set_at, browser, expires_at
                   from sessions
                   where hash = $1
                   and expires_at > now()
                   and password_set_at = (select password_set_at from users where id = user_id)";
        let load = async {
            let client = self.client().await?;
            let statement = client.prepare_cached(sql).await?;
            Ok(client.query_opt(&statement, &[&hash(*id)]).await?)
        };
        let row = load.await.map_err(backend)?;
        Ok(row.map(|row| {
            let password_set_at: Timestamp = row.get("password_set_at");
            Record {
                id: *id,
                data: [
                    (USER.to_owned(), row.get::<_, i64>("user_id").into()),
                    (
                        PASSWORD_SET_AT.to_owned(),
                        password_set_at.as_microsecond().into(),
                    ),
                    (BROWSER.to_owned(), row.get::<_, &str>("browser").into()),
                ]
                .into(),
                expiry_date: date(row.get("expires_at")),
            }
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let delete = async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let sql = "delete from sessions where hash = $1 returning user_id";
            if let Some(ended) = transaction.query_opt(sql, &[&hash(*id)]).await? {
                let note = Note::new(What::SignInEnded).by(ended.get("user_id"));
                note.write(&transaction).await?;
            }
            transaction.commit().await?;
            Ok(())
        };
        delete.await.map_err(backend)
    }
}

async fn note_ended(transaction: &Transaction<'_>, user: &User, ended: u64) -> Result<(), Error> {
    if ended == 0 {
        return Ok(());
    }
    let note = Note::new(What::SessionsEnded).person(user.id);
    note.detail(&ended.to_string()).write(transaction).await
}

/// The cookie is random, so a fast hash protects it as well as a slow one.
fn hash(id: Id) -> Vec<u8> {
    blake3::hash(&id.0.to_le_bytes()).as_bytes().to_vec()
}

fn timestamp(date: OffsetDateTime) -> Timestamp {
    Timestamp::from_second(date.unix_timestamp()).unwrap_or(Timestamp::MAX)
}

fn date(timestamp: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(timestamp.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Only our store fails here, usually because it cannot be reached.
fn backend(error: Error) -> session_store::Error {
    session_store::Error::Backend(format!("{error:?}"))
}

fn failed(error: tower_sessions::session::Error) -> Error {
    match error {
        tower_sessions::session::Error::Store(session_store::Error::Backend(cause)) => {
            tracing::warn!(cause, "the sessions cannot be read");
            Error::StoreUnavailable
        }
        error => Error::internal(error),
    }
}
