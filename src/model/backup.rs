//! Everything that makes a clip, as JSON: what `dataclips export` writes and `dataclips import` reads, clip by clip, so that
//! neither needs more memory where there are more clips or rows.

mod batches;
mod charts;
mod clips;
mod databases;
mod document;
mod export;
mod grants;
mod import;
mod json;
mod pages;
mod read_clip;
mod results;
mod source;
mod target;
mod users;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

pub use export::{ExportError, Exported, export};
pub use import::{ImportError, Imported, import};
pub use results::KeptResults;
pub use source::Source;
pub use target::{Document, Folder, Target};

use databases::DatabaseRecord;
use users::UserRecord;

/// Format 1 had no pins, format 2 no grants.
const FORMAT: u32 = 3;
const FORMATS_READ: RangeInclusive<u32> = 1..=FORMAT;

/// What all clips share: users without their passwords, databases with their URLs still sealed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Head {
    format: u32,
    users: Vec<UserRecord>,
    databases: Vec<DatabaseRecord>,
}
