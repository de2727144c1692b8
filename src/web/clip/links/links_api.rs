//! `/api/v1/clips/{slug}/links`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::create_link;
use super::links_section::with_secret;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{ClipLink, FixedValues, NewClipLink};
use crate::web::app::App;
use crate::web::clip::clip_api::find;
use crate::web::http::extract::{Body, Path};
use crate::web::http::url;
use crate::web::parameter_types;
use crate::web::rows::values_body::ValuesBody;
use crate::web::visitor::ApiUser;

#[derive(Serialize, ToSchema)]
pub struct LinksBody {
    links: Vec<LinkBody>,
}

/// A link to the rows of a clip. Its secret is returned only when it is created.
#[derive(Serialize, ToSchema)]
#[schema(as = ClipLink)]
struct LinkBody {
    id: i64,
    label: String,
    /// E-mail address of the person who made it, or keeps it; `null` if they are no longer a user.
    made_by: Option<String>,
    /// Whether that person may no longer manage the clip: then the link does not work.
    ended: bool,
    /// `null`: every format.
    formats: Option<Vec<&'static str>>,
    /// The values of parameters that it fixes, by name.
    #[schema(value_type = Object)]
    values: FixedValues,
    created_at: String,
    /// `null`: does not expire.
    expires_at: Option<String>,
    /// To the minute; `null`: never used.
    last_used_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MadeClipLink)]
pub struct CreatedBody {
    #[serde(flatten)]
    link: LinkBody,
    /// The secret, which is returned only now.
    token: String,
    /// The address of the rows with this link, in the first format that it opens.
    url: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewClipLink)]
pub struct CreateBody {
    /// The purpose of the link, in 1 to 100 characters.
    label: String,
    /// When it expires (RFC 3339); without it, never.
    expires_at: Option<String>,
    /// The formats that it opens; without them, all.
    formats: Option<Vec<String>>,
    /// Values of parameters that it fixes, by name: it opens the rows of these values only.
    #[schema(value_type = Option<Object>)]
    values: Option<ValuesBody>,
}

/// The links to a clip's rows, the newest first. For its owner and administrators.
#[utoipa::path(get, operation_id = "list_links", path = "/api/v1/clips/{slug}/links", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 200, body = LinksBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<Json<LinksBody>, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    let links = ClipLink::all(&app.store, &clip).await?;
    Ok(Json(LinksBody {
        links: links.into_iter().map(LinkBody::new).collect(),
    }))
}

/// Creates a link that opens a clip's rows, and nothing else, without a user's token.
#[utoipa::path(post, operation_id = "create_link", path = "/api/v1/clips/{slug}/links", tag = "clips",
    params(("slug" = String, Path)),
    request_body = CreateBody,
    responses((status = 201, body = CreatedBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    Body(body): Body<CreateBody>,
) -> Result<(StatusCode, Json<CreatedBody>), Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    let formats = body.formats.as_deref().map(parse_formats).transpose()?;
    let values = match &body.values {
        Some(values) => {
            let mut version = clip.version.clone();
            parameter_types::complete(&app, &clip, &mut version).await;
            Some(values.values(&version.parameter_types)?)
        }
        None => None,
    };
    let new = NewClipLink {
        label: &body.label,
        formats: formats.as_deref(),
        values: values.as_ref(),
        expires_at: body.expires_at.as_deref().map(parse_expiry).transpose()?,
    };
    let (link, secret) = create_link::create(&app, &clip, &new).await?;
    let format = link.allowed().first().copied().unwrap_or(Format::Csv);
    let created = CreatedBody {
        url: with_secret(&app, &clip, format, secret.as_str()),
        token: secret.as_str().to_owned(),
        link: LinkBody::new(link),
    };
    Ok((StatusCode::CREATED, Json(created)))
}

/// Revokes one link; the others stay valid.
#[utoipa::path(delete, operation_id = "revoke_link", path = "/api/v1/clips/{slug}/links/{id}", tag = "clips",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 204)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path((slug, id)): Path<(String, String)>,
) -> Result<StatusCode, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    let id = url::id(&id).map_err(|_| Error::not_found("link"))?;
    match ClipLink::revoke(&app.store, &clip, &clip.by, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::not_found("link")),
    }
}

fn parse_formats(names: &[String]) -> Result<Vec<Format>, Error> {
    if names.is_empty() {
        return Err(Error::invalid(
            "formats",
            "Name at least one format, or leave `formats` out for all of them.",
        ));
    }
    let parse = |name: &String| {
        Format::parse(name).ok_or_else(|| {
            Error::invalid(
                "formats",
                format!(
                    "There is no format “{name}”. Choose from {}.",
                    Format::SUFFIXES.join(", ")
                ),
            )
        })
    };
    names.iter().map(parse).collect()
}

fn parse_expiry(text: &str) -> Result<Timestamp, Error> {
    let end = text.parse::<Timestamp>().ok();
    end.filter(|end| *end > Timestamp::now()).ok_or_else(|| {
        Error::invalid(
            "expires_at",
            "Give a time in the future, before the year 9999, such as 2030-01-31T12:00:00Z, or leave it out.",
        )
    })
}

impl LinkBody {
    fn new(link: ClipLink) -> Self {
        let allowed = link.allowed().into_iter().map(Format::extension).collect();
        Self {
            formats: link.formats.map(|_| allowed),
            values: link.values,
            id: link.id,
            label: link.label,
            made_by: link.made_by,
            ended: link.is_ended,
            created_at: link.created_at.to_string(),
            expires_at: link.expires_at.map(|at| at.to_string()),
            last_used_at: link.last_used_at.map(|at| at.to_string()),
        }
    }
}
