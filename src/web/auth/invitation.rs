//! How one-time links reach people: shown to the administrator who made them, and mailed where mail is set up.

use futures_util::future::try_join_all;

use super::mail_queue::{self, MailQueue};
use crate::access::{Administrator, Viewer};
use crate::error::Error;
use crate::mail;
use crate::mail::Mail;
use crate::model::{
    Email, Letter, NewLetter, OneTimeLink, Person, Purpose, Role, State, User, Way,
};
use crate::web::app::App;
use crate::web::http::url;

/// Mail servers take few connections at a time.
pub const MAILED_AT_ONCE: usize = 5;

/// What was done for a person to whom something is granted.
#[derive(Debug)]
pub enum Invited {
    /// There is a user with this address already: nothing was done.
    Known,
    /// For an administrator: a link that they can hand over. It was mailed too where mail is set up; the link says if the
    /// mail could not be sent.
    Link(OneTimeLink),
    /// A link was mailed to the address, and is shown to nobody.
    Mailed,
    /// Why the mail could not be sent. An administrator can make another link.
    MailFailed(String),
    /// No mails are sent: an administrator has to confirm the address.
    Waits,
}

/// The whole address of a link.
pub fn url(app: &App, link: &OneTimeLink) -> String {
    format!("{}{}", app.settings.public_url, url::one_time_link(link))
}

/// Adds a guest with this address, if there is no person with it yet; the link leads on to the page at `next`. An
/// administrator's invitation also confirms a person who waits for one.
pub async fn invite(app: &App, by: &User, email: &Email, next: &str) -> Result<Invited, Error> {
    let is_new = Person::add(&app.store, email, Role::Guest, by).await?;
    let is_invited = is_new || by.is_administrator() && waits(app, email).await?;
    if !is_invited {
        return Ok(Invited::Known);
    }
    if let Ok(administrator) = Viewer::User(by.clone()).administrate() {
        let link = make(app, &administrator, email, Purpose::Invitation, next).await?;
        return Ok(Invited::Link(link));
    }
    if app.settings.mailer.is_none() {
        return Ok(Invited::Waits);
    }
    let link = OneTimeLink::generate(email, Purpose::Invitation)?;
    let url = url(app, &link);
    let mail = Mail::invitation(email, &by.email, &mail_link(app, &link, &url));
    let letter = keep(app, &link, Way::Mailed, next, &mail).await?;
    match send(app, letter).await? {
        Some(why) => Ok(Invited::MailFailed(why)),
        None => Ok(Invited::Mailed),
    }
}

/// Adds people with this role, all of them or none, and makes an invitation for each.
pub async fn invite_all(
    app: &App,
    by: &Administrator,
    emails: &[Email],
    role: Role,
) -> Result<Vec<OneTimeLink>, Error> {
    Person::add_all(&app.store, emails, role, by.user()).await?;
    let mut links = Vec::with_capacity(emails.len());
    for some in emails.chunks(MAILED_AT_ONCE) {
        let made = some
            .iter()
            .map(|email| make(app, by, email, Purpose::Invitation, "/"));
        links.extend(try_join_all(made).await?);
    }
    Ok(links)
}

async fn waits(app: &App, email: &Email) -> Result<bool, Error> {
    let person = Person::find_by_email(&app.store, email).await?;
    Ok(person.is_some_and(|person| person.state == State::Waiting))
}

/// Makes a link for a person who was added, by which the administrator vouches for the address. The link says if its mail
/// could not be sent.
pub async fn make(
    app: &App,
    by: &Administrator,
    email: &Email,
    purpose: Purpose,
    next: &str,
) -> Result<OneTimeLink, Error> {
    let mut link = OneTimeLink::generate(email, purpose)?;
    let url = url(app, &link);
    let link_in_mail = mail_link(app, &link, &url);
    let mail = match purpose {
        Purpose::Invitation => Mail::invitation(email, &by.user().email, &link_in_mail),
        Purpose::Reset => Mail::reset_by(email, &by.user().email, &link_in_mail),
        Purpose::SignIn => Mail::sign_in(email, &link_in_mail),
    };
    let letter = keep(app, &link, Way::HandedOver, next, &mail).await?;
    Person::vouch(&app.store, email).await?;
    link.undelivered = send(app, letter).await?;
    Ok(link)
}

/// The mail with a link that its recipient requested.
pub fn requested_mail(app: &App, link: &OneTimeLink) -> Mail {
    let url = url(app, link);
    let link_in_mail = mail_link(app, link, &url);
    match link.purpose {
        Purpose::Invitation | Purpose::Reset => Mail::reset(&link.email, &link_in_mail),
        Purpose::SignIn => Mail::sign_in(&link.email, &link_in_mail),
    }
}

fn mail_link<'a>(app: &'a App, link: &OneTimeLink, url: &'a str) -> mail::Link<'a> {
    mail::Link {
        url,
        expires_at: link.expires_at,
        server: &app.settings.public_url,
    }
}

/// Stores a link, with its letter if mail is set up.
async fn keep(
    app: &App,
    link: &OneTimeLink,
    way: Way,
    next: &str,
    mail: &Mail,
) -> Result<Option<Letter>, Error> {
    let letter = match app.settings.mailer {
        Some(_) => Some(NewLetter::new(&app.key, mail_queue::text(mail)?)),
        None => None,
    };
    link.keep(&app.store, way, next, letter.as_ref()).await
}

/// Makes the first try to send a letter, if there is one. Returns why it failed.
async fn send(app: &App, letter: Option<Letter>) -> Result<Option<String>, Error> {
    match MailQueue::new(app).zip(letter) {
        Some((queue, letter)) => queue.send(letter).await,
        None => Ok(None),
    }
}
