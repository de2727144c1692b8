//! The nouns of the product: their rules, and their SQL on our own store. Knows nothing of HTTP, nor of the databases
//! that clips query.

mod audit;
pub mod backup;
mod chart;
mod clip;
mod database;
mod fixed_values;
mod line;
mod secret;
mod server;
mod slug;
mod stored_result;
mod user;

pub use audit::{
    AUDIT_KEPT_MIN, Actor, AuditEntry, AuditFilter, AuditPlace, Named, RunFacts, RunLog, RunRecord,
    Via, What, note_audit_export, note_export, sweep_audit,
};
pub use chart::{
    CHART_COLUMNS_MAX, Chart, ChartKind, ChartLook, NumberFormat, Opening, Picture,
    Role as ColumnRole, Stacking,
};
pub use clip::activity::Activity;
pub use clip::clip_link::{ClipLink, FormerLinks, LinkSecret, NewClipLink};
pub use clip::fetch::Fetch;
pub use clip::fork::Fork;
pub use clip::grant::{Grant, Grantee, May, Revoked, Sharing};
pub use clip::history::{Entry, History, HistoryPlace, HistorySelection, Topic};
pub use clip::max_age::{MaxAge, Unit};
pub use clip::new_owner::NewOwner;
pub use clip::parameter::{ParameterOptions, ParameterSettings};
pub use clip::pin::Pin;
pub use clip::sample::{create_sample_clips, follow_sample_database};
pub use clip::version::{NOTE_LENGTH_MAX, OfferedVersion, Version};
pub use clip::view::View;
pub use clip::{
    Changes, Clip, DESCRIPTION_BYTES_MAX, Key, LastRun, Listed, Listing, NewClip, Order, Place,
    RemovedClip, Sort, Star, TAG_LENGTH_MAX, TAGS_MAX, TITLE_LENGTH_MAX,
};
pub use database::environment::EnvironmentDatabase;
pub use database::follower::Follower;
pub use database::health_look::{CheckCounts, HealthLook, LookFound, RedFinding, TableSize};
pub use database::open_to::OpenTo;
pub use database::source::Source;
pub use database::{Database, DatabaseChanges, NewDatabase};
pub use fixed_values::FixedValues;
pub use secret::secret_key::SecretKey;
pub use secret::secret_key::rotation::{Rotated, rotate_key};
pub use secret::secret_key::store_key::{adopt_key, expect_key, take_over as take_over_store_key};
pub use server::ServerId;
pub use server::job::Job;
pub use server::lease::{Claim, Ended, LeaseState, Look};
pub use server::notice::{Notice, ReadStep};
pub use server::run_key::{Lease, RunKey};
pub use server::running::{RunningFacts, RunningId, RunningNames, RunningRun, note_cancelled_run};
pub use server::settings::ServerSettings;
pub use server::tag::Tag;
pub use slug::Slug;
pub use stored_result::{
    Checked, FailedRun, Kept, Newest, RowsKey, StoredPreview, StoredResult, Subject, Swept,
    sweep as sweep_results,
};
pub use user::attempt::{Admission, Attempt};
pub use user::author::Author;
pub use user::deletion::{Estate, LeftClips};
pub use user::email::Email;
pub use user::first_steps::FirstSteps;
pub use user::identity::{AccountRules, Identity, RoleMapping};
pub use user::letter::{Letter, NewLetter, NextTry};
pub use user::one_time_link::{Entered, OneTimeLink, Purpose, Way};
pub use user::person::{Person, PersonChanges, State};
pub use user::requested_mail::{Answer, RequestedMail};
pub use user::scope::{Scope, TokenDatabase, TokenUser, UsedToken};
pub use user::session::Session;
pub use user::token::{IssuedToken, NewToken, Token};
pub use user::welcome::Welcome;
pub use user::{Role, User};
