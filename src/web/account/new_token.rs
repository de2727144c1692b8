//! A token that was just made, for the page that shows it once.

use axum_extra::extract::cookie::CookieJar;

use super::signed_in::Person;
use crate::error::Error;
use crate::model::Token;
use crate::web::app::App;
use crate::web::auth::one_time_cookie::OneTimeCookie;

/// Its name and its secret.
pub struct ShownToken {
    pub name: String,
    pub secret: String,
}

/// The token that was just made, if it is this person's.
pub async fn take(
    app: &App,
    person: &Person,
    cookies: &CookieJar,
) -> Result<Option<ShownToken>, Error> {
    let cookie = cookie();
    let Some(secret) = cookie.secret(cookies) else {
        return Ok(None);
    };
    let name = Token::find_name(&app.store, &person.user, secret).await?;
    Ok(name.map(|name| ShownToken {
        name,
        secret: secret.to_owned(),
    }))
}

pub fn forget(cookies: CookieJar) -> CookieJar {
    cookie().remove(cookies)
}

pub fn cookie() -> OneTimeCookie {
    OneTimeCookie::new("dataclips_new_token", "/account")
}
