//! Stars: the clips that a user marked for themselves. Nobody else sees them.

use std::collections::HashSet;

use crate::error::Error;
use crate::model::{Clip, User};
use crate::store::Store;

/// A user's mark on a clip.
#[derive(Clone, Copy, Debug)]
pub struct Star;

impl Star {
    pub async fn create(store: &Store, clip: &Clip, user: &User) -> Result<(), Error> {
        let client = store.client().await?;
        let sql =
            "insert into clip_stars (clip_id, user_id) values ($1, $2) on conflict do nothing";
        client.execute(sql, &[&clip.number, &user.id]).await?;
        Ok(())
    }

    pub async fn delete(store: &Store, clip: &Clip, user: &User) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "delete from clip_stars where clip_id = $1 and user_id = $2";
        client.execute(sql, &[&clip.number, &user.id]).await?;
        Ok(())
    }

    /// Which of these clips the user starred, by their numbers.
    pub async fn among(store: &Store, user: &User, numbers: &[i64]) -> Result<HashSet<i64>, Error> {
        let client = store.client().await?;
        let sql = "select clip_id from clip_stars where user_id = $1 and clip_id = any ($2)";
        let rows = client.query(sql, &[&user.id, &numbers]).await?;
        Ok(rows.iter().map(|row| row.get("clip_id")).collect())
    }
}
