//! Which secret key is the store's: the one that seals what is in it. Servers of one store have the same, or, while it is
//! rotated, that one and another.

use deadpool_postgres::Transaction;

use super::{Sealer, SecretKey};
use crate::error::{Error, StoreUnfit};
use crate::store::Store;

/// Whether this is the store's key; [`Store::check`] checks that too from now on. A store without a key takes the first one
/// that opens something in it, or that comes while there is nothing to open.
pub async fn expect_key(store: &Store, key: &SecretKey) -> Result<bool, Error> {
    store.expect_key(key.fingerprints());
    adopt_key(store, key).await
}

/// The same, without the check from then on.
pub async fn adopt_key(store: &Store, key: &SecretKey) -> Result<bool, Error> {
    let client = store.client().await?;
    let sql = "select fingerprint, old_fingerprint from store_keys";
    let mut known = client.query_opt(sql, &[]).await?;
    if known.is_none() {
        let Some(fingerprint) = opening_key(store, key).await? else {
            return Ok(false);
        };
        let insert = "insert into store_keys (fingerprint) values ($1) on conflict do nothing";
        client.execute(insert, &[&&fingerprint[..]]).await?;
        known = client.query_opt(sql, &[]).await?;
    }
    let Some(known) = known else {
        return Ok(false);
    };
    let is_known = key.follow(known.get("fingerprint"));
    let old: Option<&[u8]> = known.get("old_fingerprint");
    Ok(is_known && old.is_none_or(|old| key.fingerprints().iter().any(|known| known == old)))
}

/// Makes this the key of a store that nobody else uses, unless one that the server knows already is.
pub async fn take_over(store: &Store, key: &SecretKey) -> Result<(), Error> {
    if adopt_key(store, key).await? {
        return Ok(());
    }
    let sql = "insert into store_keys (fingerprint) values ($1)
               on conflict (is_only) do update
               set fingerprint = excluded.fingerprint, old_fingerprint = null";
    let client = store.client().await?;
    client.execute(sql, &[&&key.fingerprints()[0][..]]).await?;
    adopt_key(store, key).await?;
    Ok(())
}

/// Seals the URLs of databases in this transaction. Until it ends, the store's key stays the same.
pub(in crate::model) async fn store_sealer(
    transaction: &Transaction<'_>,
    key: &SecretKey,
) -> Result<Sealer, Error> {
    let sql = "select fingerprint from store_keys for share";
    match transaction.query_opt(sql, &[]).await? {
        Some(row) => Ok(key.sealer_for(row.get(0)).ok_or(StoreUnfit::OtherKey)?),
        None => Ok(key.for_urls()),
    }
}

/// The fingerprint of the known key that opens something; of the first one if there is nothing to open.
async fn opening_key(store: &Store, key: &SecretKey) -> Result<Option<[u8; 32]>, Error> {
    let client = store.client().await?;
    let sealed = client
        .query("select url_sealed from databases", &[])
        .await?;
    if sealed.is_empty() {
        return Ok(key.fingerprints().first().copied());
    }
    let opens = |key: &super::Key| sealed.iter().any(|row| key.open(row.get(0)).is_some());
    let keys = key.keys().in_use();
    Ok(keys
        .iter()
        .find(|key| opens(key))
        .map(|key| key.fingerprint()))
}
