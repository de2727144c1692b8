//! Who may see a clip, as pages and the API change it.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::invitation::{self, Invited};
use super::{App, address};
use crate::access::Owned;
use crate::error::Error;
use crate::model::{Clip, Email, Grant, Grantee, Person, Sharing};

const INVITED_AT_ONCE_MAX: usize = 50;
/// Mail servers take few connections at a time.
const MAILED_AT_ONCE: usize = 5;

/// What became of a change.
pub struct Shared {
    pub clip: Clip,
    /// Whoever was new here.
    pub invited: Vec<(Email, Invited)>,
}

/// Reads what people paste: addresses and domains between commas, semicolons, white space or line breaks.
pub fn parse_grantees(text: &str) -> Result<Vec<Grantee>, Error> {
    let words = text.split(|character: char| character.is_whitespace() || ",;".contains(character));
    let words = words.filter(|word| !word.is_empty());
    let mut grantees = Vec::new();
    let mut unreadable = Vec::new();
    for word in words {
        let bare = word.trim_matches(['<', '>', '"']);
        match Grantee::parse(bare) {
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

/// Changes who may see a clip, and invites as guests whom it was granted to and nobody knows yet.
pub async fn share(app: &App, clip: &Owned<Clip>, sharing: &Sharing<'_>) -> Result<Shared, Error> {
    let strangers = strangers(app, clip, sharing.granted).await?;
    if strangers.len() > INVITED_AT_ONCE_MAX {
        return Err(Error::invalid(
            "grants",
            format!(
                "{} of these addresses are new here. Invite {INVITED_AT_ONCE_MAX} at once at most, or grant their whole domain.",
                strangers.len()
            ),
        ));
    }
    let shared = clip.share(&app.store, &clip.by, sharing).await?;
    let page = address::clip(&shared);
    let inviting = strangers.into_iter().map(async |email| {
        let invited = invitation::invite(app, &clip.by, &email, &page).await?;
        Ok::<_, Error>((email, invited))
    });
    let invited = stream::iter(inviting).buffered(MAILED_AT_ONCE);
    Ok(Shared {
        clip: shared,
        invited: invited.try_collect().await?,
    })
}

/// The people among these grants who are new to the clip and to the server.
async fn strangers(app: &App, clip: &Clip, granted: &[Grant]) -> Result<Vec<Email>, Error> {
    let has_grant = |to: &Grantee| clip.grants.iter().any(|grant| grant.to == *to);
    let new = granted.iter().filter(|grant| !has_grant(&grant.to));
    let mut people: Vec<&Email> = new.filter_map(|grant| grant.to.person()).collect();
    people.sort_unstable();
    people.dedup();
    let known = Person::among(&app.store, &people).await?;
    people.retain(|email| !known.iter().any(|person| person.user.email == **email));
    Ok(people.into_iter().cloned().collect())
}

/// What to think of before these grants are relied on.
pub fn warnings(grants: &[Grant]) -> Vec<String> {
    let domains = grants.iter().filter_map(|grant| grant.to.public_domain());
    domains
        .map(|domain| {
            format!(
                "Everybody can get an address at {domain}: the grant to @{domain} is as good as one to anyone who has an account here."
            )
        })
        .collect()
}
