//! Lets one read of live rows be one run. Programs read a file by several requests: HEAD and then GET, GET and then HEAD
//! and GET, or one range after the other. For a short time a result answers such requests again, unchanged.

pub mod shared;

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE, IF_RANGE, RANGE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};

use crate::model::StoredResult;
use crate::web::app::App;
use crate::web::auth::client_address::{ClientAddress, is_hidden};

/// How long after its last answer a result answers again.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// How long in all.
const AGE_MAX: Duration = Duration::from_secs(60);
/// The addresses that are remembered, the reads of each, and the clients of a read. Beyond them the oldest is forgotten.
const ADDRESSES_MAX: usize = 1_000;
const READS_MAX: usize = 8;
const CLIENTS_MAX: usize = 100;

type Hash = [u8; blake3::OUT_LEN];

/// The results that were answered a short time ago, by address. Holds the facts of each; its rows are where all recent
/// rows are.
#[derive(Default)]
pub struct RecentReads(Mutex<HashMap<Hash, Vec<Read>>>);

/// Answers from one result.
struct Read {
    result: ReadResult,
    began: Instant,
    answered: Instant,
    clients: Vec<Client>,
}

/// The facts of a result; or its id alone, as another server told it.
#[derive(Clone)]
pub enum ReadResult {
    Known(StoredResult),
    Heard(i64),
}

struct Client {
    hash: Hash,
    /// It asked by HEAD or for a range, so that its plain GET belongs to the same read.
    reads_in_steps: bool,
}

/// A read that goes on.
#[derive(Clone)]
pub struct Continued {
    pub result: ReadResult,
    /// A HEAD that follows a plain GET of its client. Other servers do not know of that GET, and may have answered newer ones.
    pub follows_plain: bool,
}

/// What of a request decides whether it continues a read.
pub struct ReadRequest {
    /// Of the path, the options and the credentials.
    address: Hash,
    /// `None` where clients cannot be told apart.
    client: Option<Hash>,
    pub is_head: bool,
    /// It asks for a part, or makes sure that there is no change.
    pub is_ranged: bool,
}

impl ReadRequest {
    /// `client` is the address that the outermost of our own `proxies` saw. The hashes go to other servers by way of the
    /// store, so they need a key.
    fn new(parts: &Parts, client: IpAddr, proxies: usize, key: &[u8; 32]) -> Self {
        let (headers, method) = (&parts.headers, &parts.method);
        let mut address = blake3::Hasher::new();
        depends_on(&mut address, parts.uri.path().as_bytes());
        depends_on(
            &mut address,
            parts.uri.query().unwrap_or_default().as_bytes(),
        );
        for name in [AUTHORIZATION, COOKIE] {
            depends_on_header(&mut address, headers, &name);
        }
        let is_head = method == Method::HEAD;
        Self {
            address: *address.finalize().as_bytes(),
            client: hash_client(headers, client, proxies, key),
            is_head,
            is_ranged: !is_head && (headers.contains_key(RANGE) || headers.contains_key(IF_RANGE)),
        }
    }

    /// For bytes that also depend on this.
    pub fn depending_on(mut self, rest: &str) -> Self {
        let mut address = blake3::Hasher::new();
        depends_on(&mut address, &self.address);
        depends_on(&mut address, rest.as_bytes());
        self.address = *address.finalize().as_bytes();
        self
    }

    /// Nobody reads whole rows by it alone.
    pub fn is_step(&self) -> bool {
        self.is_head || self.is_ranged
    }

    /// The read that this request continues: the client's own, or for a range the newest.
    fn choose<'a>(&self, reads: &'a mut [Read]) -> Option<&'a mut Read> {
        let own = reads.iter().rposition(|read| {
            read.client(self)
                .is_some_and(|client| self.is_step() || client.reads_in_steps)
        });
        let newest = reads.len().checked_sub(1).filter(|_| self.is_ranged);
        reads.get_mut(own.or(newest)?)
    }
}

impl RecentReads {
    /// The read that this request continues.
    pub fn find(&self, request: &ReadRequest) -> Option<Continued> {
        self.find_at(Instant::now(), request)
    }

    /// Remembers the result of a run that answers this request.
    pub fn note(&self, request: &ReadRequest, result: StoredResult) {
        self.note_at(Instant::now(), request, ReadResult::Known(result));
    }

    /// Notes a step of a read at another server.
    fn hear(&self, request: &ReadRequest, result: i64) {
        let now = Instant::now();
        let mut all = self.lock();
        let mut reads = all.get_mut(&request.address).into_iter().flatten();
        match reads.find(|read| read.result.id() == result) {
            Some(read) => read.note(now, request),
            None => {
                drop(all);
                self.note_at(now, request, ReadResult::Heard(result));
            }
        }
    }

    /// The result that answers ranges of this address, if there is one.
    fn newest(&self, address: &Hash) -> Option<i64> {
        let all = self.lock();
        let newest = all.get(address)?.last()?;
        (!newest.has_ended(Instant::now())).then_some(newest.result.id())
    }

    fn find_at(&self, now: Instant, request: &ReadRequest) -> Option<Continued> {
        let mut all = self.lock();
        let reads = all.get_mut(&request.address)?;
        reads.retain(|read| !read.has_ended(now));
        let read = request.choose(reads)?;
        let client = read.client(request);
        let follows_plain = request.is_head && client.is_some_and(|client| !client.reads_in_steps);
        read.note(now, request);
        Some(Continued {
            result: read.result.clone(),
            follows_plain,
        })
    }

    fn note_at(&self, now: Instant, request: &ReadRequest, result: ReadResult) {
        let mut all = self.lock();
        if all.len() >= ADDRESSES_MAX && !all.contains_key(&request.address) {
            make_room(now, &mut all);
        }
        let reads = all.entry(request.address).or_default();
        reads.retain(|read| !read.has_ended(now));
        if reads.len() >= READS_MAX {
            // Whoever reads in steps comes back; others probably do not.
            let is_whole = |read: &Read| !read.clients.iter().any(|client| client.reads_in_steps);
            reads.remove(reads.iter().position(is_whole).unwrap_or_default());
        }
        let mut read = Read::new(now, result);
        read.note(now, request);
        reads.push(read);
    }

    /// Forgets reads that have ended.
    pub fn sweep(&self) {
        forget_ended(Instant::now(), &mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, Vec<Read>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadResult {
    pub fn id(&self) -> i64 {
        match self {
            Self::Known(result) => result.id,
            Self::Heard(id) => *id,
        }
    }
}

impl Read {
    fn new(now: Instant, result: ReadResult) -> Self {
        Self {
            result,
            began: now,
            answered: now,
            clients: Vec::new(),
        }
    }

    fn has_ended(&self, now: Instant) -> bool {
        now - self.answered > IDLE_MAX || now - self.began > AGE_MAX
    }

    fn client(&self, request: &ReadRequest) -> Option<&Client> {
        let hash = request.client?;
        self.clients.iter().find(|client| client.hash == hash)
    }

    fn note(&mut self, now: Instant, request: &ReadRequest) {
        self.answered = now;
        let Some(hash) = request.client else {
            return;
        };
        let was_in_steps = self
            .client(request)
            .is_some_and(|client| client.reads_in_steps);
        self.clients.retain(|client| client.hash != hash);
        if self.clients.len() >= CLIENTS_MAX {
            self.clients.remove(0);
        }
        self.clients.push(Client {
            hash,
            reads_in_steps: was_in_steps || request.is_step(),
        });
    }
}

impl FromRequestParts<Arc<App>> for ReadRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let ClientAddress(client) = ClientAddress::from_request_parts(parts, app).await?;
        let key = app.servers.tag_key();
        Ok(Self::new(parts, client, app.settings.proxies, &key))
    }
}

fn forget_ended(now: Instant, all: &mut HashMap<Hash, Vec<Read>>) {
    all.retain(|_, reads| reads.iter().any(|read| !read.has_ended(now)));
}

fn make_room(now: Instant, all: &mut HashMap<Hash, Vec<Read>>) {
    forget_ended(now, all);
    let answered = |reads: &[Read]| reads.last().map(|read| read.answered);
    let oldest = all.iter().min_by_key(|(_, reads)| answered(reads));
    let oldest = oldest.map(|(address, _)| *address);
    if let Some(address) = oldest.filter(|_| all.len() >= ADDRESSES_MAX) {
        all.remove(&address);
    }
}

/// By address and program, unless a proxy that is not ours hides them.
fn hash_client(
    headers: &HeaderMap,
    client: IpAddr,
    proxies: usize,
    key: &[u8; 32],
) -> Option<Hash> {
    if is_hidden(headers, proxies) {
        return None;
    }
    let mut hasher = blake3::Hasher::new_keyed(key);
    depends_on(&mut hasher, client.to_string().as_bytes());
    depends_on_header(&mut hasher, headers, &USER_AGENT);
    Some(*hasher.finalize().as_bytes())
}

fn depends_on(hasher: &mut blake3::Hasher, part: &[u8]) {
    hasher.update(&part.len().to_le_bytes());
    hasher.update(part);
}

fn depends_on_header(hasher: &mut blake3::Hasher, headers: &HeaderMap, name: &HeaderName) {
    for value in headers.get_all(name) {
        depends_on(hasher, value.as_bytes());
    }
    depends_on(hasher, name.as_str().as_bytes());
}

#[cfg(test)]
mod tests;
