//! The first steps of a new server, and who has dismissed them.

use crate::error::Error;
use crate::model::User;
use crate::store::Store;

/// Which of them are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstSteps {
    /// Somebody added a database, beside the sample.
    pub has_database: bool,
    /// Somebody wrote a clip.
    pub has_clip: bool,
    pub has_people: bool,
}

impl FirstSteps {
    /// `None` once all are done, or dismissed by this user. Only administrators see them.
    pub async fn find(store: &Store, user: &User) -> Result<Option<Self>, Error> {
        if !user.is_administrator() {
            return Ok(None);
        }
        let client = store.client().await?;
        let row = client
            .query_one(
                "select
                     exists (select from first_steps_dismissals where user_id = $1) as is_dismissed,
                     exists (
                         select from databases
                         where source <> 'embedded'
                         and not exists (select from database_removals where database_id = databases.id)
                     ) as has_database,
                     exists (select from versions where author_id is not null) as has_clip,
                     exists (select from users where id <> $1) as has_people",
                &[&user.id],
            )
            .await?;
        let steps = Self {
            has_database: row.get("has_database"),
            has_clip: row.get("has_clip"),
            has_people: row.get("has_people"),
        };
        let is_over = steps.are_done() || row.get("is_dismissed");
        Ok((!is_over).then_some(steps))
    }

    pub async fn dismiss(store: &Store, user: &User) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "insert into first_steps_dismissals (user_id) values ($1) on conflict do nothing";
        client.execute(sql, &[&user.id]).await?;
        Ok(())
    }

    fn are_done(&self) -> bool {
        self.has_database && self.has_clip && self.has_people
    }
}
