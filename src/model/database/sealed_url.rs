//! A connection URL as the store has it: sealed.

use std::sync::{Arc, OnceLock};

use crate::error::Error;
use crate::model::SecretKey;
use crate::postgres::ConnectionUrl;

#[derive(Clone, Debug)]
pub(in crate::model) struct SealedUrl {
    sealed: Vec<u8>,
    /// Opened when it is first needed, and kept: opening and parsing it takes longer than many a query's rows.
    opened: Arc<OnceLock<Arc<ConnectionUrl>>>,
}

impl SealedUrl {
    pub(in crate::model) fn new(sealed: Vec<u8>) -> Self {
        Self {
            sealed,
            opened: Arc::default(),
        }
    }

    /// `whose` is what errors name: `database “shop”`.
    pub(in crate::model) fn open(
        &self,
        key: &SecretKey,
        whose: impl Fn() -> String,
    ) -> Result<Arc<ConnectionUrl>, Error> {
        if let Some(url) = self.opened.get() {
            return Ok(url.clone());
        }
        let url = key.for_urls().open(&self.sealed).ok_or_else(|| {
            Error::DatabaseUnreadable(format!(
                "The URL of the {} was sealed with another secret key. Enter it again (remove a follower, and add it again), or start the server with the key that sealed it.",
                whose()
            ))
        })?;
        let url = ConnectionUrl::parse(&url)
            .map_err(|error| Error::DatabaseUnreadable(format!("The {}: {error}", whose())))?;
        Ok(self.opened.get_or_init(|| Arc::new(url)).clone())
    }
}
