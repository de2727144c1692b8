//! Which secret key is the store's: the one that seals what is in it. Servers of one store have the same.

use crate::error::Error;
use crate::model::SecretKey;
use crate::store::Store;

const PURPOSE: &str = "dataclips 2026-11 fingerprint of the store's key";

/// Whether this is the store's key; [`Store::check`] checks that too from now on. A store without a key takes the first one
/// that opens something in it, or that comes while there is nothing to open.
pub async fn expect_key(store: &Store, key: &SecretKey) -> Result<bool, Error> {
    let fingerprint = key.derive(PURPOSE);
    store.expect_key(fingerprint);
    let client = store.client().await?;
    let known = client
        .query_opt("select fingerprint from store_keys", &[])
        .await?;
    if let Some(known) = known {
        return Ok(known.get::<_, &[u8]>(0) == fingerprint);
    }
    if !opens_something(store, key).await? {
        return Ok(false);
    }
    let insert = "insert into store_keys (fingerprint) values ($1) on conflict do nothing";
    client.execute(insert, &[&&fingerprint[..]]).await?;
    let known = client
        .query_one("select fingerprint from store_keys", &[])
        .await?;
    Ok(known.get::<_, &[u8]>(0) == fingerprint)
}

/// Also true if there is nothing to open.
async fn opens_something(store: &Store, key: &SecretKey) -> Result<bool, Error> {
    let client = store.client().await?;
    let sealed = client
        .query("select url_sealed from databases", &[])
        .await?;
    let opens = |sealed: &[u8]| key.open(sealed).is_some();
    Ok(sealed.is_empty() || sealed.iter().any(|row| opens(row.get(0))))
}
