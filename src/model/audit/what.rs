//! The kinds of changes that the audit knows. Those of a clip are its activity's; runs have kinds of their own.

use std::borrow::Cow;

use super::clip_change::Kind;

/// What somebody did. `docs/audit.md` has a line for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Clip(Kind),
    RunFinished,
    RunFailed,
    RunCancelled,
    PreviewFinished,
    PreviewFailed,
    PreviewCancelled,
    DatabaseAdded,
    DatabaseChanged,
    DatabaseMoved,
    DatabaseRemoved,
    DatabaseRestored,
    FollowerAdded,
    FollowerRemoved,
    PersonAdded,
    PersonJoined,
    PersonVerified,
    PersonRoleChanged,
    PersonDeactivated,
    PersonReactivated,
    PersonDeleted,
    PersonRemoved,
    PersonLinkMade,
    PersonLinked,
    PersonUnlinked,
    SignInSucceeded,
    SignInFailed,
    SignInEnded,
    SignInLinkRequested,
    PasswordChanged,
    SessionsEnded,
    TokenCreated,
    TokenRevoked,
    SettingsChanged,
    KeyRotated,
    StoreExported,
    StoreImported,
    AuditExported,
    AuditSwept,
    /// Of runs.
    AuditLost,
}

impl What {
    const OTHERS: [Self; 39] = [
        Self::RunFinished,
        Self::RunFailed,
        Self::RunCancelled,
        Self::PreviewFinished,
        Self::PreviewFailed,
        Self::PreviewCancelled,
        Self::DatabaseAdded,
        Self::DatabaseChanged,
        Self::DatabaseMoved,
        Self::DatabaseRemoved,
        Self::DatabaseRestored,
        Self::FollowerAdded,
        Self::FollowerRemoved,
        Self::PersonAdded,
        Self::PersonJoined,
        Self::PersonVerified,
        Self::PersonRoleChanged,
        Self::PersonDeactivated,
        Self::PersonReactivated,
        Self::PersonDeleted,
        Self::PersonRemoved,
        Self::PersonLinkMade,
        Self::PersonLinked,
        Self::PersonUnlinked,
        Self::SignInSucceeded,
        Self::SignInFailed,
        Self::SignInEnded,
        Self::SignInLinkRequested,
        Self::PasswordChanged,
        Self::SessionsEnded,
        Self::TokenCreated,
        Self::TokenRevoked,
        Self::SettingsChanged,
        Self::KeyRotated,
        Self::StoreExported,
        Self::StoreImported,
        Self::AuditExported,
        Self::AuditSwept,
        Self::AuditLost,
    ];

    pub fn all() -> impl Iterator<Item = Self> {
        Kind::ALL.into_iter().map(Self::Clip).chain(Self::OTHERS)
    }

    /// The first word of each kind.
    pub fn groups() -> Vec<String> {
        let names = Self::all().map(|what| what.name());
        let mut groups: Vec<String> = names
            .filter_map(|name| name.split('.').next().map(str::to_owned))
            .collect();
        groups.dedup();
        groups
    }

    /// Such as `clip.edited`.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Clip(kind) => return Cow::Owned(format!("clip.{}", kind.as_str())),
            Self::RunFinished => "run.finished",
            Self::RunFailed => "run.failed",
            Self::RunCancelled => "run.cancelled",
            Self::PreviewFinished => "preview.finished",
            Self::PreviewFailed => "preview.failed",
            Self::PreviewCancelled => "preview.cancelled",
            Self::DatabaseAdded => "database.added",
            Self::DatabaseChanged => "database.changed",
            Self::DatabaseMoved => "database.moved",
            Self::DatabaseRemoved => "database.removed",
            Self::DatabaseRestored => "database.restored",
            Self::FollowerAdded => "database.follower-added",
            Self::FollowerRemoved => "database.follower-removed",
            Self::PersonAdded => "person.added",
            Self::PersonJoined => "person.joined",
            Self::PersonVerified => "person.verified",
            Self::PersonRoleChanged => "person.role-changed",
            Self::PersonDeactivated => "person.deactivated",
            Self::PersonReactivated => "person.reactivated",
            Self::PersonDeleted => "person.deleted",
            Self::PersonRemoved => "person.removed",
            Self::PersonLinkMade => "person.link-made",
            Self::PersonLinked => "person.linked",
            Self::PersonUnlinked => "person.unlinked",
            Self::SignInSucceeded => "sign-in.succeeded",
            Self::SignInFailed => "sign-in.failed",
            Self::SignInEnded => "sign-in.ended",
            Self::SignInLinkRequested => "sign-in.link-requested",
            Self::PasswordChanged => "account.password-changed",
            Self::SessionsEnded => "account.sessions-ended",
            Self::TokenCreated => "token.created",
            Self::TokenRevoked => "token.revoked",
            Self::SettingsChanged => "settings.changed",
            Self::KeyRotated => "key.rotated",
            Self::StoreExported => "store.exported",
            Self::StoreImported => "store.imported",
            Self::AuditExported => "audit.exported",
            Self::AuditSwept => "audit.swept",
            Self::AuditLost => "audit.lost",
        })
    }
}
