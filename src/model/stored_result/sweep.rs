//! What of the results is kept, and for how long.

use crate::error::Error;
use crate::store::Store;

/// Results of each version whose rows are kept; a clip's bound in bytes may leave fewer.
const KEPT_MAX: i64 = 50;
/// Results of each version whose facts are kept when their rows are not.
const KNOWN_MAX: i64 = 200;

/// Lets go of rows beyond what is kept of these clips, within a bound of so many bytes for each, and of what clips had
/// that were removed 30 days ago. What a clip is pinned to stays for ever, and the newest result of each version keeps its number.
pub async fn sweep(store: &Store, clips: &[i64], bytes_max: u64) -> Result<(), Error> {
    let bytes_max = i64::try_from(bytes_max).unwrap_or(i64::MAX);
    let client = store.client().await?;
    // Whoever is being pinned to just now is locked, and has time.
    client
        .execute(
            "with ranked as (
                 select id,
                     row_number() over (partition by clip_id, version order by number desc) as place,
                     sum(bytes) over (partition by clip_id order by finished_at desc, id desc) as bytes
                 from results
                 where clip_id = any ($1) and has_rows
             ), released as (
                 select results.id
                 from results
                 left join ranked on ranked.id = results.id
                 left join clip_removals on clip_removals.clip_id = results.clip_id
                     and clip_removals.created_at < now() - interval '30 days'
                 where results.has_rows
                 and (ranked.place > $2 or ranked.bytes > $3::bigint or clip_removals.clip_id is not null)
                 and not exists (select from clip_pins where clip_pins.result_id = results.id)
                 for update of results skip locked
             ), emptied as (
                 delete from result_pages using released where result_pages.result_id = released.id
             )
             update results
             set has_rows = false, bytes = 0
             from released
             where results.id = released.id",
            &[&clips, &KEPT_MAX, &bytes_max],
        )
        .await?;
    client
        .execute(
            "with ranked as (
                 select id, has_rows, row_number() over (partition by clip_id, version order by number desc) as place
                 from results
                 where clip_id = any ($1)
             ), gone as (
                 select results.id
                 from ranked
                 join results on results.id = ranked.id
                 where ranked.place > $2 and not ranked.has_rows
                 and not exists (select from clip_pins where clip_pins.result_id = results.id)
                 for update of results skip locked
             )
             delete from results using gone where results.id = gone.id",
            &[&clips, &KNOWN_MAX],
        )
        .await?;
    Ok(())
}
