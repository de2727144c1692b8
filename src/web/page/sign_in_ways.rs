//! How people can sign in here, for the templates that offer it.

use crate::web::app::App;

pub struct SignInWays<'a> {
    /// The name of the OpenID provider.
    pub provider: Option<&'a str>,
    /// Whether only one administrator has a password.
    pub hides_passwords: bool,
    pub mails_links: bool,
}

impl<'a> SignInWays<'a> {
    pub fn new(app: &'a App) -> Self {
        Self {
            provider: app.settings.provider_name(),
            hides_passwords: app.settings.password_only_for().is_some(),
            mails_links: app.settings.mailer.is_some(),
        }
    }
}
