//! `/api/v1/clips/{slug}/access`: who may see and edit a clip.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::permissions;
use crate::error::Error;
use crate::model::{Clip, Email, Grant, Grantee, May, Revoked, Sharing};
use crate::web::app::App;
use crate::web::auth::invitation;
use crate::web::auth::invitation::Invited;
use crate::web::clip::clip_api::find;
use crate::web::http::extract::{Body, Path};
use crate::web::visitor::ApiUser;

/// Who may see and edit a clip, besides its owner and administrators.
#[derive(Serialize, ToSchema)]
pub struct AccessBody {
    /// Whether anyone with the link sees it.
    anyone: bool,
    grants: Vec<GrantBody>,
    /// What to consider before relying on these grants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// The people who had no account yet. Only in the response to the request that grants them something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invited: Vec<InvitedBody>,
}

#[derive(Serialize, ToSchema)]
struct InvitedBody {
    to: String,
    state: StateBody,
    /// A link to pass on; only for administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// Why the e-mail with the link could not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    undelivered: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum StateBody {
    Invited,
    /// Waits until an administrator confirms the address.
    Waiting,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    /// An e-mail address, or `@example.com` for everyone with an address there.
    to: String,
    may: MayBody,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", try_from = "String")]
enum MayBody {
    See,
    Edit,
}

/// An absent field leaves its setting unchanged; `grants` replaces all existing grants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessChanges {
    anyone: Option<bool>,
    grants: Option<Vec<GrantBody>>,
}

/// Who can see and edit a clip.
#[utoipa::path(get, operation_id = "read_access", path = "/api/v1/clips/{slug}/access", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 200, body = AccessBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<Json<AccessBody>, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    Ok(Json(AccessBody::new(&clip)))
}

/// Changes who can see and edit a clip. People without an account are invited as guests.
#[utoipa::path(put, operation_id = "change_access", path = "/api/v1/clips/{slug}/access", tag = "clips",
    params(("slug" = String, Path)),
    request_body = AccessChanges,
    responses((status = 200, body = AccessBody)))]
pub async fn update(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    Body(changes): Body<AccessChanges>,
) -> Result<Json<AccessBody>, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    let granted = match &changes.grants {
        Some(grants) => parse(grants)?,
        None => Vec::new(),
    };
    let sharing = Sharing {
        anyone: changes.anyone,
        granted: &granted,
        changed: &[],
        revoked: match changes.grants {
            Some(_) => Revoked::AllButGranted,
            None => Revoked::Those(&[]),
        },
    };
    let shared = permissions::share(&app, &clip, &sharing).await?;
    let invited = shared.invited.into_iter();
    let invited = invited.filter_map(|(to, invited)| InvitedBody::new(&app, &to, invited));
    Ok(Json(AccessBody {
        invited: invited.collect(),
        ..AccessBody::new(&shared.clip)
    }))
}

fn parse(grants: &[GrantBody]) -> Result<Vec<Grant>, Error> {
    let parse = |(place, grant): (usize, &GrantBody)| {
        let to = Grantee::parse(&grant.to).ok_or_else(|| Error::Invalid {
            field: format!("grants[{place}].to").into(),
            message:
                "Give an address such as ann@example.com, or @example.com for everyone at that domain."
                    .to_owned(),
        })?;
        let may = grant.may.into();
        Ok(Grant { to, may })
    };
    grants.iter().enumerate().map(parse).collect()
}

impl AccessBody {
    fn new(clip: &Clip) -> Self {
        let grants = clip.grants.iter().map(|grant| GrantBody {
            to: grant.to.to_string(),
            may: grant.may.into(),
        });
        Self {
            anyone: clip.anyone,
            grants: grants.collect(),
            warnings: permissions::warnings(&clip.grants),
            invited: Vec::new(),
        }
    }
}

impl InvitedBody {
    /// `None` if the person got an account meanwhile.
    fn new(app: &App, to: &Email, invited: Invited) -> Option<Self> {
        let (state, link, undelivered) = match invited {
            Invited::Known => return None,
            Invited::Link(link) => {
                let url = invitation::url(app, &link);
                (StateBody::Invited, Some(url), link.undelivered)
            }
            Invited::Mailed => (StateBody::Invited, None, None),
            Invited::MailFailed(why) => (StateBody::Invited, None, Some(why)),
            Invited::Waits => (StateBody::Waiting, None, None),
        };
        Some(Self {
            to: to.to_string(),
            state,
            link,
            undelivered,
        })
    }
}

impl TryFrom<String> for MayBody {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        let may = May::parse(&word);
        may.map(Self::from).ok_or("it must be `see` or `edit`")
    }
}

impl From<May> for MayBody {
    fn from(may: May) -> Self {
        match may {
            May::See => Self::See,
            May::Edit => Self::Edit,
        }
    }
}

impl From<MayBody> for May {
    fn from(may: MayBody) -> Self {
        match may {
            MayBody::See => Self::See,
            MayBody::Edit => Self::Edit,
        }
    }
}
