//! What a clip's page says once, after a form led to it. Cookies ask for it, so that it is neither in the address nor said
//! again after a reload.

use axum_extra::extract::cookie::CookieJar;

use super::created::{self, CreatedNote};
use crate::model::Clip;
use crate::web::app::App;
use crate::web::auth::one_time_cookie::OneTimeCookie;
use crate::web::http::url;

#[derive(Default)]
pub struct Notes {
    /// On the page to which the form for a new clip leads.
    pub created: Option<CreatedNote>,
    /// Whether the server that executes the run has not responded to *Cancel*.
    pub is_cancel_unanswered: bool,
}

impl Notes {
    pub fn find(app: &App, clip: &Clip, cookies: &CookieJar) -> Self {
        Self {
            created: CreatedNote::find(app, clip, cookies),
            is_cancel_unanswered: unanswered(clip).secret(cookies).is_some(),
        }
    }
}

/// Says on the page that comes next that nobody responded to *Cancel*.
pub fn announce_unanswered_cancel(app: &App, clip: &Clip, cookies: CookieJar) -> CookieJar {
    unanswered(clip).set(&app.settings, cookies, "1")
}

pub fn forget(clip: &Clip, cookies: CookieJar) -> CookieJar {
    unanswered(clip).remove(created::forget(clip, cookies))
}

fn unanswered(clip: &Clip) -> OneTimeCookie {
    OneTimeCookie::new("dataclips_unanswered_cancel", url::clip(clip))
}
