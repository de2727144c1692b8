//! Removes entries that are older than the administrator keeps them. A function of the store's does it, which may belong to
//! another role than the server's.

use std::time::Duration;

use super::note::Note;
use super::what::What;
use crate::error::Error;
use crate::store::Store;

/// No setting removes younger ones: the store refuses that.
pub const AUDIT_KEPT_MIN: Duration = Duration::from_hours(30 * 24);
/// Removed in one transaction.
const BATCH: i32 = 10_000;

/// Removes what is older than this, and leaves an entry that says so.
pub async fn sweep(store: &Store, kept: Duration) -> Result<(), Error> {
    let client = store.client().await?;
    let sql = "select sweep_audit($1 * interval '1 s', $2)";
    let mut swept = 0;
    loop {
        let row = client
            .query_one(sql, &[&kept.as_secs_f64(), &BATCH])
            .await?;
        let batch: i64 = row.get(0);
        swept += batch;
        if batch < i64::from(BATCH) {
            break;
        }
    }
    if swept == 0 {
        return Ok(());
    }
    let detail = format!(
        "{swept} entries older than {} days",
        kept.as_secs() / 86_400
    );
    Note::new(What::AuditSwept)
        .detail(&detail)
        .write(&client)
        .await
}
