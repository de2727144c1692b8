//! Powers that no role for clips may have: READ ONLY does not restrain them.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    Superuser,
    CreateRole,
    CreateDatabase,
    Replication,
    BypassRowSecurity,
    ReadServerFiles,
    WriteServerFiles,
    ExecuteServerProgram,
    WriteAllData,
    SignalBackend,
    SignalAutovacuumWorker,
}

impl fmt::Display for Power {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Superuser => "is a superuser",
            Self::CreateRole => "can create roles (CREATEROLE)",
            Self::CreateDatabase => "can create databases (CREATEDB)",
            Self::Replication => "can replicate the server (REPLICATION)",
            Self::BypassRowSecurity => "bypasses row security (BYPASSRLS)",
            Self::ReadServerFiles => "can read the server's files",
            Self::WriteServerFiles => "can write the server's files",
            Self::ExecuteServerProgram => "can execute programs on the server",
            Self::WriteAllData => "can write to every table",
            Self::SignalBackend => "can end other people's sessions",
            Self::SignalAutovacuumWorker => "can stop the server's autovacuum",
        })
    }
}
