//! What happened to a clip: versions of its query, what differs between them, and who did what.

mod activity;
mod diff;
mod notes;
mod versions;
