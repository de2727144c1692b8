//! Changes to who may see a clip, for pages and the API.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::access::Owned;
use crate::error::Error;
use crate::model::{Actor, Clip, Email, Grant, Grantee, Person, Sharing, State, User};
use crate::web::app::App;
use crate::web::auth::invitation::Invited;
use crate::web::auth::{address_list, invitation, rate_limit};
use crate::web::clip::whole;
use crate::web::http::url;

/// The outcome of a change.
pub struct Shared {
    pub clip: Clip,
    /// The people who had no account yet.
    pub invited: Vec<(Email, Invited)>,
}

/// Reads the addresses and domains that people paste.
pub fn parse_grantees(text: &str) -> Result<Vec<Grantee>, Error> {
    let mut grantees = Vec::new();
    let mut unreadable = Vec::new();
    for word in address_list::addresses(text) {
        match Grantee::parse(word) {
            Some(grantee) => grantees.push(grantee),
            None => unreadable.push(word),
        }
    }
    match unreadable.is_empty() {
        true => Ok(grantees),
        false => Err(Error::invalid(
            "grants",
            format!(
                "Neither an address such as ann@example.com nor a domain such as @example.com: {}.",
                unreadable.join(", ")
            ),
        )),
    }
}

/// Changes who may see a clip, and invites as guests the people with a new grant who have no account yet.
pub async fn share(
    app: &Arc<App>,
    clip: &Owned<Clip>,
    sharing: &Sharing<'_>,
) -> Result<Shared, Error> {
    whole::expect(app, clip).await?;
    let strangers = strangers(app, clip, sharing.granted).await?;
    if !clip.by.is_administrator() {
        app.rate_limit
            .admit_invitations(clip.by.id, strangers.len())
            .await?;
    }
    let shared = clip.share(&app.store, &clip.by, sharing).await?;
    // In a task of its own: all mails are sent even if the client disconnects meanwhile.
    let inviting = invite(app.clone(), clip.by.clone(), strangers, url::clip(&shared));
    let inviting = tokio::spawn(Actor::current().act(inviting));
    let invited = inviting.await.map_err(Error::internal)??;
    Ok(Shared {
        clip: shared,
        invited,
    })
}

async fn invite(
    app: Arc<App>,
    by: User,
    strangers: Vec<Email>,
    page: String,
) -> Result<Vec<(Email, Invited)>, Error> {
    let inviting = strangers.into_iter().map(async |email| {
        let invited = invitation::invite(&app, &by, &email, &page).await?;
        Ok::<_, Error>((email, invited))
    });
    stream::iter(inviting)
        .buffered(invitation::MAILED_AT_ONCE)
        .try_collect()
        .await
}

/// The people among these grants to invite: first those who are new to the clip, then others whose earlier invitation did
/// not reach them.
async fn strangers(app: &App, clip: &Owned<Clip>, granted: &[Grant]) -> Result<Vec<Email>, Error> {
    let mut people: Vec<&Email> = granted
        .iter()
        .filter_map(|grant| grant.to.person())
        .collect();
    people.sort_unstable();
    people.dedup();
    let known = Person::among(&app.store, &people).await?;
    let is_known = |email: &Email| {
        let person = known.iter().find(|person| person.user.email == *email);
        // An invitation by an administrator confirms the address of a person who waits for that.
        person.is_some_and(|person| person.state != State::Waiting || !clip.by.is_administrator())
    };
    people.retain(|email| !is_known(email));
    let has_grant = |email: &&Email| {
        let mut grants = clip.grants.iter();
        grants.any(|grant| grant.to.person() == Some(*email))
    };
    let (old, mut new): (Vec<&Email>, Vec<&Email>) = people.into_iter().partition(has_grant);
    let most = rate_limit::INVITED_AT_ONCE_MAX;
    if new.len() > most {
        return Err(Error::invalid(
            "grants",
            format!(
                "{} of these addresses have no account yet. Invite at most {most} at once, or add their whole domain.",
                new.len()
            ),
        ));
    }
    new.extend(old);
    new.truncate(most);
    Ok(new.into_iter().cloned().collect())
}

/// What to consider before relying on these grants.
pub fn warnings(grants: &[Grant]) -> Vec<String> {
    let domains = grants.iter().filter_map(|grant| grant.to.public_domain());
    domains
        .map(|domain| {
            format!(
                "Anyone can get an address at {domain}, so @{domain} is as good as open to anyone."
            )
        })
        .collect()
}
