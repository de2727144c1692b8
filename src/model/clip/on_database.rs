//! The clips whose newest version queries a database, including removed ones: all that can be moved to another one.

use super::{Clip, select};
use crate::error::Error;
use crate::model::Database;
use crate::store::Store;

impl Clip {
    /// A batch of them, ordered by number: those after the number `after`.
    pub async fn on(
        store: &Store,
        database: &Database,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Self>, Error> {
        let client = store.client().await?;
        let condition = "where clips.database_id = $1 and clips.id > $2 order by clips.id limit $3";
        let rows = client
            .query(&select(condition), &[&database.id, &after, &limit])
            .await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// How many there are.
    pub async fn count_on(store: &Store, database: &Database) -> Result<i64, Error> {
        let client = store.client().await?;
        let sql = "select count(*) as clips from clips where database_id = $1";
        let row = client.query_one(sql, &[&database.id]).await?;
        Ok(row.get("clips"))
    }
}
