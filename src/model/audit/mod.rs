//! The audit: who did what, and when. Each change writes its entry in its own transaction ([`Note`]); runs are written a
//! second after they ended ([`RunLog`]). Entries are never changed, and hold no secret: no slug, token, password or URL.

mod actor;
pub mod clip_change;
mod entry;
mod filter;
mod named;
mod note;
mod retention;
mod run_log;
mod what;

pub(in crate::model) use actor::stored_via;
pub use actor::{Actor, Via};
pub use entry::{AuditEntry, AuditPlace, RunFacts};
pub use filter::AuditFilter;
pub use named::Named;
pub(in crate::model) use note::Note;
pub use note::{note_audit_export, note_export};
pub use retention::{AUDIT_KEPT_MIN, sweep as sweep_audit};
pub use run_log::{RunLog, RunRecord};
pub use what::What;
