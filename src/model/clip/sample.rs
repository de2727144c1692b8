//! The clips that a new server starts with.

use super::adoption::adopt_sample_clips;
use crate::error::Error;
use crate::model::{
    Clip, Database, DatabaseChanges, NewClip, NewDatabase, OpenTo, SecretKey, Source,
};
use crate::postgres::ConnectionUrl;
use crate::store::Store;

/// Adds the sample database, open to all members. If it was added before, only updates its URL: it may have been
/// renamed, closed or removed since.
pub async fn follow_sample_database(
    store: &Store,
    key: &SecretKey,
    url: &ConnectionUrl,
) -> Result<Database, Error> {
    let row = store
        .client()
        .await?
        .query_opt("select id from databases where source = 'embedded'", &[])
        .await?;
    if let Some(row) = row {
        let database = Database::find(store, row.get("id")).await?;
        let changes = DatabaseChanges {
            url: Some(url),
            ..DatabaseChanges::default()
        };
        return database.change(store, key, &changes).await;
    }
    let new = NewDatabase {
        name: "sample",
        url,
        open_to: &OpenTo::Members,
        source: Source::Embedded,
    };
    Database::create(store, key, &new).await
}

/// Creates the sample clips, given by title and query and open to anyone, if there are no clips at all.
pub async fn create_sample_clips(
    store: &Store,
    database: &Database,
    samples: impl Iterator<Item = (&str, &str)>,
) -> Result<(), Error> {
    let row = store
        .client()
        .await?
        .query_one("select exists (select from clips) as has_clips", &[])
        .await?;
    if row.get("has_clips") {
        return Ok(());
    }
    for (title, sql) in samples {
        let new = NewClip {
            title,
            description: "",
            tags: &[],
            sql,
            database,
            owner: None,
            anyone: true,
            note: "",
        };
        Clip::create(store, &new).await?;
    }
    adopt_sample_clips(&store.client().await?).await
}
