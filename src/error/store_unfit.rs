//! Why the store cannot serve requests now, in one sentence each, which `/readyz` returns too.

use thiserror::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StoreUnfit {
    #[error("The server's own database does not answer. Try again in a moment.")]
    Silent,
    #[error(
        "A table of the server's own database is locked, for example by a change of its structure. Try again in a moment."
    )]
    Locked,
    #[error(
        "DATACLIPS_SECRET_KEY is not the key of this store, so the URLs of its databases cannot be read. Start this server with the key that the others have."
    )]
    OtherKey,
    #[error(
        "The secret key of this store is half replaced, and this server lacks the old key. Set DATACLIPS_OLD_SECRET_KEY to it, restart this server, and run `dataclips key rotate` again."
    )]
    KeyHalfReplaced,
    #[error(
        "The schema of the store is {applied}, older than this program's ({known}): it was restored or changed meanwhile. Restart this server, which brings it up to date."
    )]
    Older { applied: i32, known: i32 },
    #[error(
        "The schema of the store is {applied}, newer than this program's ({known}): a newer Dataclips has upgraded it. Start that release; docs/upgrading.md tells how to go back to this one."
    )]
    Newer { applied: i32, known: i32 },
}
