//! Caches encoded bodies, so that equal ones are encoded and compressed once.
//!
//! The key is the entity tag, a hash of everything on which a body's bytes depend, the clip's address and the content
//! coding included: entries never have to be invalidated, and those that are no longer requested are evicted.

use std::sync::Arc;

use futures_util::{FutureExt, TryFutureExt};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::in_flight::{BodyKey, Encoded, InFlight};
use super::visible_rows::VisibleRows;
use crate::live::Lookups;
use crate::result::{Memory, Spool, Summary};
use crate::run::Failure;
use crate::web::http::etag::ETag;

/// The cache may hold this part of the server's memory bound: 1 / 4.
const CACHE_SHARE: u64 = 4;
/// A single body may use this part of that: 1 / 8.
const BODY_SHARE: u64 = 8;
/// What an entry takes besides its bytes: the tag, its slot, the spool's list of pieces.
const ENTRY_BYTES: u64 = 512;
/// An estimate, for the number of slots.
const BODY_BYTES_USUAL: u64 = 16 << 10;

/// The bodies that were requested lately, by their entity tag.
pub struct BodyCache {
    memory: Memory,
    body_bytes_max: u64,
    bodies: Cache<ETag, Arc<Spool>, ByteWeight>,
    in_flight: InFlight,
    lookups: Lookups,
}

/// Weighs bodies by their length.
#[derive(Clone)]
struct ByteWeight;

impl BodyCache {
    /// Cached bytes count within the server's memory bound like all others.
    pub fn new(memory: &Memory) -> Self {
        let bytes_max = memory.bytes_max() / CACHE_SHARE;
        let options = OptionsBuilder::new()
            // Several shards would each have a limit of their own.
            .shards(1)
            .weight_capacity(bytes_max)
            .estimated_items_capacity((bytes_max / BODY_BYTES_USUAL) as usize)
            .build()
            .expect("both limits are given");
        Self {
            memory: memory.clone(),
            body_bytes_max: bytes_max / BODY_SHARE,
            in_flight: InFlight::default(),
            lookups: Lookups::default(),
            bodies: Cache::with_options(
                options,
                ByteWeight,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
        }
    }

    /// Encodes the whole body, once `outcome` has resolved to the end of the run. Requests for the same body at the same
    /// time share the work; each still waits for its own `outcome`, which is what holds the run for it.
    pub async fn encode(
        &self,
        key: BodyKey,
        rows: VisibleRows,
        outcome: impl Future<Output = Result<Summary, Failure>> + Send + 'static,
    ) -> Encoded {
        // The only place: some requests come here without asking whether there is a body.
        self.lookups.note(false);
        let mut own = Some(outcome);
        let work = self.in_flight.join(key.clone(), || {
            let memory = self.memory.clone();
            let outcome = own.take().expect("work is made at most once");
            let work = async move {
                let BodyKey {
                    format,
                    options,
                    caption,
                    coding,
                    ..
                } = key;
                let encoded = rows.encode(format, options, caption, coding, outcome, &memory);
                let (body, summary) = encoded.await?;
                Ok((Arc::new(body), summary))
            };
            work.map_err(Arc::new).boxed()
        });
        let encoded = work.await;
        // After a body, the run has ended; a value that the format cannot hold may be known long before.
        if let (Ok(_), Some(outcome)) = (&encoded, own) {
            let _ = outcome.await;
        }
        encoded
    }

    pub fn has(&self, etag: &ETag) -> bool {
        self.bodies.contains_key(etag)
    }

    pub fn find(&self, etag: &ETag) -> Option<Arc<Spool>> {
        let found = self.bodies.get(etag)?;
        self.lookups.note(true);
        Some(found)
    }

    pub fn lookups(&self) -> &Lookups {
        &self.lookups
    }

    /// Adds a body to the cache, unless it is large.
    pub fn keep(&self, etag: ETag, body: &Arc<Spool>) {
        if body.bytes() <= self.body_bytes_max {
            self.bodies.insert(etag, body.clone());
        }
    }
}

impl Weighter<ETag, Arc<Spool>> for ByteWeight {
    fn weight(&self, _: &ETag, body: &Arc<Spool>) -> u64 {
        body.bytes() + ENTRY_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: u64 = 1 << 10;

    fn body(memory: &Memory, bytes: u64) -> Arc<Spool> {
        let mut spool = Spool::new(memory);
        spool.append(vec![b'x'; bytes as usize]).unwrap();
        Arc::new(spool)
    }

    fn etag(number: usize) -> ETag {
        ETag::for_tests(&number.to_string())
    }

    #[test]
    fn a_cached_body_is_found_and_no_other() {
        let memory = Memory::new(1024 * KIB);
        let cache = BodyCache::new(&memory);
        let one = body(&memory, 1);
        cache.keep(etag(1), &one);
        assert!(cache.has(&etag(1)) && !cache.has(&etag(2)));
        assert!(Arc::ptr_eq(&cache.find(&etag(1)).unwrap(), &one));
        assert!(cache.find(&etag(2)).is_none());
    }

    #[test]
    fn evicted_bodies_release_their_memory() {
        let memory = Memory::new(1024 * KIB);
        let cache = BodyCache::new(&memory);
        for number in 0..1_000 {
            cache.keep(etag(number), &body(&memory, 8 * KIB));
            assert!(memory.bytes_held() <= 256 * KIB, "a quarter of the bound");
        }
        let bytes = memory.bytes_held();
        assert!(bytes > 128 * KIB, "{bytes}: most of it is used");
        let cached = (0..1_000).filter(|number| cache.has(&etag(*number)));
        assert_eq!(cached.count() as u64, bytes / (8 * KIB));
        assert!(cache.has(&etag(999)), "the newest is there");
    }

    #[test]
    fn small_bodies_count_for_more_than_their_bytes() {
        let memory = Memory::new(64 * KIB);
        let cache = BodyCache::new(&memory);
        for number in 0..1_000 {
            cache.keep(etag(number), &body(&memory, 1));
        }
        assert!(memory.bytes_held() <= 16 * KIB / ENTRY_BYTES);
    }

    #[test]
    fn a_large_body_is_not_cached() {
        let memory = Memory::new(1024 * KIB);
        let cache = BodyCache::new(&memory);
        cache.keep(etag(1), &body(&memory, 32 * KIB));
        cache.keep(etag(2), &body(&memory, 32 * KIB + 1));
        assert!(cache.has(&etag(1)) && !cache.has(&etag(2)));
    }

    #[test]
    fn a_body_in_a_file_is_cached_too() {
        let memory = Memory::new(1024 * KIB);
        let cache = BodyCache::new(&memory);
        let _others = body(&memory, 1024 * KIB);
        cache.keep(etag(1), &body(&memory, 1));
        assert!(cache.has(&etag(1)));
    }
}
