//! Retention: which results and rows are kept, and for how long.

use deadpool_postgres::Transaction;

use crate::error::Error;
use crate::store::Store;

/// How many results of each version and set of values keep their rows; a clip's limit in bytes may leave fewer.
const KEPT_MAX: i64 = 50;
/// How many results of each version are kept without their rows.
const KNOWN_MAX: i64 = 200;

/// How much a sweep has deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Results that lost their rows.
    pub emptied: u64,
    /// Results that are gone.
    pub deleted: u64,
}

/// Deletes rows and results beyond the limits, of these clips or of all; `bytes_max` is the limit for each clip. Also
/// deletes the rows of clips that were removed 30 days ago, and of sets of values that nobody has asked for in 30 days. A
/// pinned result stays forever, and so does the newest result of each version, so that numbers are never used again.
/// The newest result of a set of values with rows stays too, however many other sets were made up since.
pub async fn sweep(store: &Store, clips: Option<&[i64]>, bytes_max: u64) -> Result<Swept, Error> {
    let mut client = store.patient_client().await?;
    let transaction = client.transaction().await?;
    let emptied = release(&transaction, clips, bytes_max).await?;
    transaction.commit().await?;
    let transaction = client.transaction().await?;
    let deleted = delete(&transaction, clips).await?;
    transaction.commit().await?;
    Ok(Swept { emptied, deleted })
}

/// Deletes rows. The newest results of the newest version keep theirs the longest.
async fn release(
    transaction: &Transaction<'_>,
    clips: Option<&[i64]>,
    bytes_max: u64,
) -> Result<u64, Error> {
    let bytes_max = i64::try_from(bytes_max).unwrap_or(i64::MAX);
    // A result that is being pinned right now is locked, and is left for the next sweep.
    let rows = transaction
        .query(
            "with ranked as (
                 select id,
                     row_number() over (partition by clip_id, version, values_key order by number desc) as place,
                     values_key <> '' and max(checked_at) over (partition by clip_id, values_key)
                         < now() - interval '30 days' as is_unused,
                     sum(bytes) over (partition by clip_id order by version desc, number desc) as bytes
                 from results
                 where has_rows and ($1::bigint[] is null or clip_id = any ($1))
             )
             select results.id
             from results
             left join ranked on ranked.id = results.id
             left join clip_removals on clip_removals.clip_id = results.clip_id
                 and clip_removals.created_at < now() - interval '30 days'
             where results.has_rows
             and (ranked.place > $2 or ranked.bytes > $3::bigint or ranked.is_unused
                 or clip_removals.clip_id is not null)
             and not exists (select from clip_pins where clip_pins.result_id = results.id)
             for update of results skip locked",
            &[&clips, &KEPT_MAX, &bytes_max],
        )
        .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.get("id")).collect();
    // A new statement sees the pins that were made while the first one waited for its locks. From here on none can be
    // made.
    transaction
        .execute(
            "with emptied as (
                 update results
                 set has_rows = false, bytes = 0
                 where id = any ($1)
                 and not exists (select from clip_pins where clip_pins.result_id = results.id)
                 returning id
             )
             delete from result_pages using emptied where result_pages.result_id = emptied.id",
            &[&ids],
        )
        .await?;
    Ok(ids.len() as u64)
}

async fn delete(transaction: &Transaction<'_>, clips: Option<&[i64]>) -> Result<u64, Error> {
    let deleted = transaction
        .execute(
            "with ranked as (
                 select id, has_rows, row_number() over (partition by clip_id, version order by number desc) as place,
                     number = max(number) over (partition by clip_id, version, values_key)
                         and bool_or(has_rows) over (partition by clip_id, version, values_key) as is_newest_of_kept
                 from results
                 where $1::bigint[] is null or clip_id = any ($1)
             ), gone as (
                 select results.id
                 from ranked
                 join results on results.id = ranked.id
                 where ranked.place > $2 and not ranked.is_newest_of_kept
                 and not ranked.has_rows and not results.has_rows
                 for update of results skip locked
             )
             delete from results
             using gone
             where results.id = gone.id
             and not exists (select from clip_pins where clip_pins.result_id = results.id)",
            &[&clips, &KNOWN_MAX],
        )
        .await?;
    Ok(deleted)
}
