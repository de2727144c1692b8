//! PostgreSQL's own roles, and what a member of each may do.

use Predefined::{Harmless, Refused, Warned};

use super::{Grade, Power};

/// What membership in a role of PostgreSQL's means for a role that clips use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predefined {
    /// Reads, or only has the rights that the catalogue grants it.
    Harmless,
    Warned(Grade, &'static str),
    Refused(Power),
}

/// All of PostgreSQL 13 to 18.
const ROLES: [(&str, Predefined); 16] = [
    (
        "pg_checkpoint",
        Warned(
            Grade::Note,
            "can make the server write all its memory to the disk (CHECKPOINT)",
        ),
    ),
    (
        "pg_create_subscription",
        Warned(
            Grade::Danger,
            "can subscribe this database to another server, whose rows are then written here",
        ),
    ),
    ("pg_database_owner", Harmless),
    (
        "pg_execute_server_program",
        Refused(Power::ExecuteServerProgram),
    ),
    (
        "pg_maintain",
        Warned(
            Grade::Note,
            "can lock, vacuum and rebuild every table: READ ONLY does not stop that",
        ),
    ),
    ("pg_monitor", Harmless),
    ("pg_read_all_data", Harmless),
    ("pg_read_all_settings", Harmless),
    ("pg_read_all_stats", Harmless),
    ("pg_read_server_files", Refused(Power::ReadServerFiles)),
    (
        "pg_signal_autovacuum_worker",
        Refused(Power::SignalAutovacuumWorker),
    ),
    ("pg_signal_backend", Refused(Power::SignalBackend)),
    ("pg_stat_scan_tables", Harmless),
    (
        "pg_use_reserved_connections",
        Warned(
            Grade::Note,
            "can use up the connections that the server keeps in reserve for others",
        ),
    ),
    ("pg_write_all_data", Refused(Power::WriteAllData)),
    ("pg_write_server_files", Refused(Power::WriteServerFiles)),
];

/// `None` for one that only a newer PostgreSQL has.
pub fn predefined(role: &str) -> Option<Predefined> {
    let mut roles = ROLES.into_iter();
    roles.find(|(name, _)| *name == role).map(|(_, of)| of)
}
