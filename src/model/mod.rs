//! Our nouns: their rules, and their SQL on our own store. Knows nothing of HTTP or of the databases that clips query.

mod backup;
mod clip;
mod database;
mod email;
mod environment;
mod open_to;
mod password;
mod pin;
mod sample;
mod secret_key;
mod session;
mod slug;
mod source;
mod stored_result;
mod token;
mod user;
mod version;
mod welcome;

pub use backup::{Backup, Imported};
pub use clip::{Change, Changes, Clip, Listed, Listing, NewClip, Order, RemovedClip};
pub use database::{Database, DatabaseChanges, NewDatabase};
pub use email::Email;
pub use environment::EnvironmentDatabase;
pub use open_to::OpenTo;
pub use pin::Pin;
pub use sample::{create_sample_clips, follow_sample_database};
pub use secret_key::SecretKey;
pub use session::Session;
pub use slug::Slug;
pub use source::Source;
pub use stored_result::{FailedRun, Released, RowsKey, StoredResult, sweep as sweep_results};
pub use token::{IssuedToken, Token};
pub use user::{Role, User};
pub use version::Version;
pub use welcome::Welcome;
