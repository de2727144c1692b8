//! Who may see a clip, as pages and the API change it.

use super::App;
use crate::access::Owned;
use crate::error::Error;
use crate::model::{Clip, Grant, Grantee, Sharing};

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

/// Changes who may see a clip.
pub async fn share(app: &App, clip: &Owned<Clip>, sharing: &Sharing<'_>) -> Result<Clip, Error> {
    clip.share(&app.store, &clip.by, sharing).await
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
