//! Views: the clips whose pages a user opened last. They are private: nobody else sees them.

use super::select;
use crate::error::Error;
use crate::model::{Clip, User};
use crate::store::Store;

/// Views kept for each user.
const VIEWS_MAX: i64 = 50;

/// When a user last opened a clip's page.
#[derive(Clone, Copy, Debug)]
pub struct View;

impl View {
    /// Records that this user opens this clip now. Both are given by their ids.
    pub async fn note(store: &Store, user: i64, clip: i64) -> Result<(), Error> {
        let client = store.client().await?;
        client
            .execute(
                "insert into clip_views (user_id, clip_id, viewed_at)
                 select users.id, clips.id, clock_timestamp()
                 from users, clips
                 where users.id = $1 and clips.id = $2
                 on conflict (user_id, clip_id) do update
                 set viewed_at = greatest(clip_views.viewed_at, excluded.viewed_at)",
                &[&user, &clip],
            )
            .await?;
        client
            .execute(
                "delete from clip_views
                 where user_id = $1 and clip_id in (
                     select clip_id from clip_views
                     where user_id = $1
                     order by viewed_at desc, clip_id desc
                     offset $2
                 )",
                &[&user, &VIEWS_MAX],
            )
            .await?;
        Ok(())
    }

    /// The clips that this user opened, the most recent first. Does not check whether they may still see them.
    pub async fn clips(store: &Store, user: &User) -> Result<Vec<Clip>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                &select(
                    "join clip_views on clip_views.clip_id = clips.id
                     where clip_views.user_id = $1 and clip_removals.clip_id is null
                     -- With an array, so that no plan begins with all clips.
                     and clips.id = any (array(select clip_id from clip_views where user_id = $1))
                     order by clip_views.viewed_at desc, clips.id desc",
                ),
                &[&user.id],
            )
            .await?;
        rows.iter().map(Clip::from_row).collect()
    }

    /// Deletes all views of this user.
    pub async fn forget(store: &Store, user: &User) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "delete from clip_views where user_id = $1";
        client.execute(sql, &[&user.id]).await?;
        Ok(())
    }
}
