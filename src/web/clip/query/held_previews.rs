//! Holds what previews returned for a while, so that their rows can be sorted, filtered and drawn like a clip's, with
//! the text beside them. In this process only: after a restart, or on another server, the query is run again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::access::Queryable;
use crate::error::Error;
use crate::model::{Database, Slug, User};
use crate::web::rows::visible_rows::VisibleResult;

/// Counted from the last look at the rows.
const HELD_FOR: Duration = Duration::from_secs(30 * 60);
/// For each user, about one for each open tab; the least recently viewed one makes room.
const HELD_PER_USER: usize = 4;
const HELD_MAX: usize = 32;

/// The previews of all users, the last used one at the end.
#[derive(Default)]
pub struct HeldPreviews(Mutex<Vec<HeldPreview>>);

/// The form beside which a preview was run, as far as it was filled in.
#[derive(Clone)]
pub enum PreviewForm {
    /// Of a new clip.
    New {
        title: String,
        database: String,
        pinned: bool,
    },
    /// Of a clip's query.
    Edit {
        clip: Slug,
        base: Option<i32>,
        note: String,
    },
}

/// What a preview returned.
#[derive(Clone)]
pub struct HeldPreview {
    /// For its address.
    pub id: Slug,
    /// The user who ran it; nobody else sees it.
    by: i64,
    pub database: i64,
    pub form: PreviewForm,
    /// As typed in the form.
    pub sql: String,
    pub result: VisibleResult,
    used_at: Instant,
}

impl HeldPreviews {
    pub fn hold(
        &self,
        by: &User,
        database: &Queryable<Database>,
        result: VisibleResult,
        form: PreviewForm,
        sql: &str,
    ) -> Result<HeldPreview, Error> {
        let preview = HeldPreview {
            id: Slug::generate().map_err(Error::internal)?,
            by: by.id,
            database: database.id,
            form,
            sql: sql.to_owned(),
            result,
            used_at: Instant::now(),
        };
        let mut held = self.held();
        let is_theirs = |preview: &HeldPreview| preview.by == by.id;
        if held.iter().filter(|preview| is_theirs(preview)).count() >= HELD_PER_USER
            && let Some(oldest) = held.iter().position(is_theirs)
        {
            held.remove(oldest);
        }
        if held.len() >= HELD_MAX {
            held.remove(0);
        }
        held.push(preview.clone());
        Ok(preview)
    }

    /// The preview with this id, if this user ran it and it is still held.
    pub fn find(&self, id: &Slug, by: &User) -> Option<HeldPreview> {
        let mut held = self.held();
        let is_asked = |preview: &HeldPreview| preview.id == *id && preview.by == by.id;
        let index = held.iter().position(is_asked)?;
        let mut preview = held.remove(index);
        preview.used_at = Instant::now();
        held.push(preview.clone());
        Some(preview)
    }

    /// Releases the rows that nobody looked at for a while.
    pub fn sweep(&self) {
        let now = Instant::now();
        self.held()
            .retain(|preview| now.duration_since(preview.used_at) < HELD_FOR);
    }

    fn held(&self) -> MutexGuard<'_, Vec<HeldPreview>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
