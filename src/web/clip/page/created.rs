//! The note on a clip's page that it was just created: its link, and who sees the rows. A cookie requests it once, so
//! it is neither in the address that people pass on nor shown again after a reload.

use askama::Template;
use axum_extra::extract::cookie::CookieJar;

use crate::model::Clip;
use crate::web::app::App;
use crate::web::auth::one_time_cookie::OneTimeCookie;
use crate::web::http::url;

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/page/created.html")]
pub struct CreatedNote {
    /// The address of the clip's page, with the server.
    link: String,
    share: String,
    anyone: bool,
}

impl CreatedNote {
    /// `None` unless the clip was created just now, in this browser.
    pub fn find(app: &App, clip: &Clip, cookies: &CookieJar) -> Option<Self> {
        cookie(clip).secret(cookies)?;
        Some(Self {
            link: format!("{}{}", app.settings.public_url, url::clip(clip)),
            share: url::share(clip),
            anyone: clip.anyone,
        })
    }
}

/// Shows the note on the page that comes next.
pub fn announce(app: &App, clip: &Clip, cookies: CookieJar) -> CookieJar {
    cookie(clip).set(&app.settings, cookies, "1")
}

pub fn forget(clip: &Clip, cookies: CookieJar) -> CookieJar {
    cookie(clip).remove(cookies)
}

fn cookie(clip: &Clip) -> OneTimeCookie {
    OneTimeCookie::new("dataclips_created", url::clip(clip))
}
