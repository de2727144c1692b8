//! Activity: who did what with a clip. The table is called `clip_deeds`.
//!
//! Each change records its activity in its own transaction, so none is recorded that did not happen.

use std::collections::HashMap;

use deadpool_postgres::{GenericClient, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::error::Error;
use crate::model::audit::Note;
pub use crate::model::audit::clip_change::Kind;
use crate::model::{Author, Clip, User, What};
use crate::store::Store;

/// One thing that somebody did with a clip.
#[derive(Debug)]
pub struct Activity {
    /// Grows with time, over all clips.
    pub number: i64,
    pub at: Timestamp,
    /// `None` if nobody did it, as with the sample clips.
    pub by: Option<Author>,
    pub kind: Kind,
    /// Details in a few words: `version 3`. Often empty, never a secret.
    pub detail: String,
}

/// In the detail of a version that is an earlier one again, before the earlier one's number at the end.
pub(in crate::model) const RESTORED: &str = ", restored from version ";

const SELECT: &str = "
    select clip_deeds.id, clip_deeds.created_at, clip_deeds.user_id, users.email, clip_deeds.kind, clip_deeds.detail
    from clip_deeds
    left join users on users.id = clip_deeds.user_id";

impl Activity {
    /// A page of a clip's activity, the newest first. With `before`, only entries before the number with which the
    /// previous page ended.
    pub async fn before(
        store: &Store,
        clip: &Clip,
        number: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Self>, Error> {
        let sql = format!(
            "{SELECT}
             where clip_deeds.clip_id = $1
             and ($2::bigint is null or clip_deeds.id < $2)
             order by clip_deeds.id desc
             limit $3"
        );
        let client = store.client().await?;
        let rows = client.query(&sql, &[&clip.number, &number, &limit]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    pub(in crate::model) async fn find_many(
        store: &Store,
        numbers: &[i64],
    ) -> Result<Vec<Self>, Error> {
        let sql = format!("{SELECT} where clip_deeds.id = any ($1)");
        let rows = store.client().await?.query(&sql, &[&numbers]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// The versions that are an earlier one again, each with the earlier one's number, as far as the activity tells.
    pub(super) async fn restored(store: &Store, clip: &Clip) -> Result<HashMap<i32, i32>, Error> {
        let sql = "
            select detail from clip_deeds
            where clip_id = $1 and kind = $2 and strpos(detail, $3) > 0";
        let edited = Kind::Edited.as_str();
        let client = store.client().await?;
        let rows = client
            .query(sql, &[&clip.number, &edited, &RESTORED])
            .await?;
        let details = rows.iter().map(|row| row.get("detail"));
        Ok(details.filter_map(restored_in).collect())
    }

    /// What was done, after the name of who did it: “pinned version 3, result 1”.
    pub fn sentence(&self) -> String {
        let detail = &self.detail;
        match self.kind {
            Kind::Created => "created the clip".to_owned(),
            Kind::Forked => format!("forked {detail}"),
            Kind::Edited => match detail.rsplit_once(RESTORED) {
                Some((added, earlier)) => format!("restored version {earlier} as {added}"),
                None => format!("changed the query: {detail}"),
            },
            Kind::Renamed => format!("renamed the clip to “{detail}”"),
            Kind::Shared => format!("changed who sees it: {detail}"),
            Kind::Transferred => format!("transferred the clip {detail}"),
            Kind::Set => format!("changed the settings: {detail}"),
            Kind::LinkMade => format!("created the clip link “{detail}”"),
            Kind::LinkRevoked => format!("revoked the clip link “{detail}”"),
            Kind::Pinned => format!("pinned {detail}"),
            Kind::Unpinned => format!("unpinned {detail}"),
            Kind::Charted => "saved a chart".to_owned(),
            Kind::Uncharted => "removed the chart".to_owned(),
            Kind::Removed => "removed the clip".to_owned(),
            Kind::Restored => "restored the clip".to_owned(),
        }
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            number: row.get("id"),
            at: row.get("created_at"),
            by: Author::from_stored(row.get("user_id"), row.get("email")),
            kind: Kind::parse(row.get("kind"))
                .ok_or_else(|| Error::internal("a stored activity cannot be read"))?,
            detail: row.get("detail"),
        })
    }
}

/// “version 5, on sales, restored from version 2”: 5 and 2.
fn restored_in(detail: &str) -> Option<(i32, i32)> {
    let (added, earlier) = detail.rsplit_once(RESTORED)?;
    let added = added.strip_prefix("version ")?.split(',').next()?;
    Some((added.parse().ok()?, earlier.parse().ok()?))
}

impl Clip {
    /// Records what a user did, in the transaction that does it. The detail is a few words, never a secret.
    pub(in crate::model) async fn note(
        &self,
        transaction: &Transaction<'_>,
        by: &User,
        kind: Kind,
        detail: &str,
    ) -> Result<(), Error> {
        note(transaction, self.number, Some(by.id), kind, detail).await
    }
}

/// Records an activity, also in the audit, in the transaction that does it. The detail is a few words, never a secret.
pub(in crate::model) async fn note(
    client: &impl GenericClient,
    clip_id: i64,
    user_id: Option<i64>,
    kind: Kind,
    detail: &str,
) -> Result<(), Error> {
    client
        .execute(
            "insert into clip_deeds (clip_id, user_id, kind, detail) values ($1, $2, $3, $4)",
            &[&clip_id, &user_id, &kind.as_str(), &detail],
        )
        .await?;
    let note = Note::new(What::Clip(kind)).by(user_id);
    note.clip(clip_id).detail(detail).write(client).await
}

/// The same for many clips at once.
pub(in crate::model) async fn note_all(
    transaction: &Transaction<'_>,
    clips: &[i64],
    user_id: Option<i64>,
    kind: Kind,
    detail: &str,
) -> Result<(), Error> {
    let sql = "insert into clip_deeds (clip_id, user_id, kind, detail) select unnest($1::bigint[]), $2, $3, $4";
    transaction
        .execute(sql, &[&clips, &user_id, &kind.as_str(), &detail])
        .await?;
    let note = Note::new(What::Clip(kind)).by(user_id).detail(detail);
    note.write_for_clips(transaction, clips).await
}

/// Reconstructs the activity of clips from a backup, as far as its versions show it.
pub(in crate::model) async fn note_versions(
    client: &impl GenericClient,
    clips: &[i64],
) -> Result<(), Error> {
    let insert = client
        .prepare_cached(
            "insert into clip_deeds (clip_id, user_id, kind, detail, created_at)
             select clip_id, author_id,
                 case number when 1 then $2 else $3 end,
                 case number when 1 then '' else 'version ' || number end,
                 created_at
             from versions
             where clip_id = any ($1)
             order by clip_id, number",
        )
        .await?;
    let (created, edited) = (Kind::Created.as_str(), Kind::Edited.as_str());
    client
        .execute(&insert, &[&clips, &created, &edited])
        .await?;
    Ok(())
}
