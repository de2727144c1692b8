//! Holds what previews returned for a while, so that their rows can be sorted, filtered and drawn like a clip's, with
//! the text beside them. In this process: another server asks for them (`previews_elsewhere.rs`), and after a restart the
//! query is run again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::access::Queryable;
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
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreviewForm {
    /// Of a new clip.
    New {
        title: String,
        database: String,
        pinned: bool,
        /// Whether the clip is for authorized users alone, whatever the server's default.
        #[serde(default)]
        protected: bool,
    },
    /// Of a clip's query.
    Edit {
        #[serde(with = "slug")]
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
    pub by: i64,
    pub database: i64,
    pub form: PreviewForm,
    /// As typed in the form.
    pub sql: String,
    pub result: VisibleResult,
    used_at: Instant,
}

impl HeldPreview {
    pub fn new(
        id: Slug,
        by: &User,
        database: &Queryable<Database>,
        result: VisibleResult,
        form: PreviewForm,
        sql: String,
    ) -> Self {
        Self {
            id,
            by: by.id,
            database: database.id,
            form,
            sql,
            result,
            used_at: Instant::now(),
        }
    }
}

impl HeldPreviews {
    pub fn hold(&self, preview: &HeldPreview) {
        let mut held = self.held();
        // Two requests may have fetched it at the same time.
        held.retain(|other| other.id != preview.id);
        let is_theirs = |other: &HeldPreview| other.by == preview.by;
        if held.iter().filter(|other| is_theirs(other)).count() >= HELD_PER_USER
            && let Some(oldest) = held.iter().position(is_theirs)
        {
            held.remove(oldest);
        }
        if held.len() >= HELD_MAX {
            held.remove(0);
        }
        held.push(preview.clone());
    }

    /// The preview whose id this accepts, if the user with this number ran it and it is still held.
    pub fn find(&self, by: i64, is_asked: impl Fn(&Slug) -> bool) -> Option<HeldPreview> {
        let mut held = self.held();
        let index = held
            .iter()
            .position(|preview| preview.by == by && is_asked(&preview.id))?;
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

/// As text: it is a secret, which only the store gets.
mod slug {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::Slug;

    pub fn serialize<S: Serializer>(slug: &Slug, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(slug.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Slug, D::Error> {
        let text = String::deserialize(deserializer)?;
        Slug::parse(&text).ok_or_else(|| D::Error::custom("not a slug"))
    }
}
