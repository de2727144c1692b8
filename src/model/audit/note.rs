//! Writes an entry about a change, in the transaction that makes it.

use deadpool_postgres::GenericClient;

use super::actor::stored_via;
use super::{Actor, What};
use crate::error::Error;
use crate::store::Store;

/// What the entry says, beside who acts.
pub(in crate::model) struct Note<'a> {
    what: What,
    by: Option<i64>,
    clip: Option<i64>,
    database: Option<i64>,
    person: Option<i64>,
    detail: &'a str,
}

impl<'a> Note<'a> {
    pub(in crate::model) fn new(what: What) -> Self {
        Self {
            what,
            by: None,
            clip: None,
            database: None,
            person: None,
            detail: "",
        }
    }

    /// Where it is not the one who acts, such as somebody who is just signing in.
    pub(in crate::model) fn by(self, user_id: Option<i64>) -> Self {
        Self {
            by: user_id,
            ..self
        }
    }

    pub(in crate::model) fn clip(self, id: i64) -> Self {
        Self {
            clip: Some(id),
            ..self
        }
    }

    pub(in crate::model) fn database(self, id: i64) -> Self {
        Self {
            database: Some(id),
            ..self
        }
    }

    pub(in crate::model) fn person(self, id: i64) -> Self {
        Self {
            person: Some(id),
            ..self
        }
    }

    /// A few words, never a secret.
    pub(in crate::model) fn detail(self, detail: &'a str) -> Self {
        Self { detail, ..self }
    }

    pub(in crate::model) async fn write(self, client: &impl GenericClient) -> Result<(), Error> {
        let clips = [self.clip];
        self.insert(client, &clips).await
    }

    /// The same entry for each of these clips.
    pub(in crate::model) async fn write_for_clips(
        self,
        client: &impl GenericClient,
        clips: &[i64],
    ) -> Result<(), Error> {
        let clips: Vec<_> = clips.iter().copied().map(Some).collect();
        self.insert(client, &clips).await
    }

    async fn insert(self, client: &impl GenericClient, clips: &[Option<i64>]) -> Result<(), Error> {
        let actor = Actor::current();
        let sql = format!(
            "insert into audit_entries (what, user_id, via, address, clip_id, database_id, person_id, detail)
             select $1, $2::bigint, {}, $4::inet, unnest($5::bigint[]), $6::bigint, $7::bigint, $8",
            stored_via("$3", "$9")
        );
        client
            .execute(
                &sql,
                &[
                    &&*self.what.name(),
                    &self.by.or(actor.user_id),
                    &actor.via.as_str(),
                    &actor.address,
                    &clips,
                    &self.database,
                    &self.person,
                    &self.detail,
                    &actor.token_id,
                ],
            )
            .await?;
        Ok(())
    }
}

/// Somebody is about to read everything with `dataclips export`.
pub async fn note_export(store: &Store) -> Result<(), Error> {
    let client = store.client().await?;
    Note::new(What::StoreExported).write(&client).await
}

/// Somebody is about to read the audit as a file.
pub async fn note_audit_export(store: &Store) -> Result<(), Error> {
    let client = store.client().await?;
    Note::new(What::AuditExported).write(&client).await
}
