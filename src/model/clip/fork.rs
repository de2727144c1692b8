//! Forks: clips that began as copies of others.

use std::collections::HashMap;

use tokio_postgres::types::Json;

use super::activity::Kind;
use super::is_listed;
use super::list::list_reason::is_reached;
use crate::error::Error;
use crate::model::{Chart, Clip, Database, NewClip, User, Version, clip};
use crate::store::Store;

/// The clip, and its version, of which another clip began as a copy.
#[derive(Clone, Debug)]
pub struct Fork {
    pub origin: Clip,
    pub version: i32,
}

impl Fork {
    /// Copies a version into a new clip, owned by `by`. The fork takes over the origin's description, tags and chart,
    /// its parameters, and whether the query is shown; it is live, and has no maximum age.
    pub async fn create(
        store: &Store,
        origin: &Clip,
        version: &Version,
        title: &str,
        database: &Database,
        by: &User,
        anyone: bool,
    ) -> Result<Clip, Error> {
        let new = NewClip {
            title,
            description: &origin.description,
            tags: &origin.tags,
            sql: &version.sql,
            database,
            owner: Some(by),
            anyone,
            note: "",
        };
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let (number, slug) = clip::insert(&transaction, &new).await?;
        transaction
            .execute(
                "update clips set show_sql = $2, parameters = $3 where id = $1",
                &[&number, &origin.show_sql, &Json(&origin.parameters)],
            )
            .await?;
        transaction
            .execute(
                "update versions set parameter_types = $2 where clip_id = $1",
                &[&number, &Json(&version.parameter_types)],
            )
            .await?;
        transaction
            .execute(
                "insert into clip_forks (clip_id, origin_id, origin_version) values ($1, $2, $3)",
                &[&number, &origin.number, &version.number],
            )
            .await?;
        Chart::copy(&transaction, origin.number, number, by).await?;
        let detail = format!("version {}", version.number);
        origin.note(&transaction, by, Kind::Forked, &detail).await?;
        let fork = Clip::reload(&transaction, &slug).await?;
        transaction.commit().await?;
        Ok(fork)
    }

    /// The origin of this clip, if the user may know it: see [`Fork::find_many`].
    pub async fn find(store: &Store, user: &User, clip: &Clip) -> Result<Option<Self>, Error> {
        let mut forks = Self::find_many(store, user, &[clip.number]).await?;
        Ok(forks.remove(&clip.number))
    }

    /// The origins of the forks among these clips, by the forks' numbers. Omits origins that are not in the user's own
    /// list, even if they are open to anyone with the URL: nobody should learn that URL here.
    pub async fn find_many(
        store: &Store,
        user: &User,
        numbers: &[i64],
    ) -> Result<HashMap<i64, Self>, Error> {
        let client = store.client().await?;
        let forks = client
            .query(
                "select clip_id, origin_id, origin_version from clip_forks where clip_id = any ($1)",
                &[&numbers],
            )
            .await?;
        if forks.is_empty() {
            return Ok(HashMap::new());
        }
        let origins: Vec<i64> = forks.iter().map(|row| row.get("origin_id")).collect();
        let rows = client
            .query(
                &clip::select(&format!(
                    "where clip_removals.clip_id is null and {} and {} and clips.id = any ($4)",
                    is_listed(),
                    is_reached(user)
                )),
                &[
                    &user.id,
                    &user.role.as_str(),
                    &user.verified_email(),
                    &origins,
                ],
            )
            .await?;
        let origins = rows.iter().map(|row| {
            let origin = Clip::from_row(row)?;
            Ok((origin.number, origin))
        });
        let origins: HashMap<i64, Clip> = origins.collect::<Result<_, Error>>()?;
        let known = forks.iter().filter_map(|row| {
            let origin = origins.get(&row.get("origin_id"))?.clone();
            let version = row.get("origin_version");
            Some((row.get("clip_id"), Self { origin, version }))
        });
        Ok(known.collect())
    }
}
