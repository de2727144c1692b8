//! Clip links: secrets that open one clip's rows, and nothing else.

mod access;
mod fixed;
mod fixed_types;
mod links_api;
mod links_section;
mod makers;
mod responses;

use dataclips::encode::Format;
use dataclips::model::{self, ClipLink, Email, NewClipLink, Slug, User};
use jiff::{SignedDuration, Timestamp};
use reqwest::Response;

use crate::http::{ask, ask_with, header, protect, remove};
use crate::support::{Clip, Server};

/// A link that opens every format and does not expire.
const EVERY: NewClipLink = NewClipLink {
    label: "sheet",
    formats: None,
    values: None,
    expires_at: None,
};

/// A link that opens one format.
const CSV: NewClipLink = NewClipLink {
    formats: Some(&[Format::Csv]),
    ..EVERY
};

async fn protected(server: &Server, sql: &str) -> Clip {
    let clip = server.create_clip(sql).await;
    protect(server, &clip).await;
    clip
}

async fn model_of(server: &Server, clip: &Clip) -> model::Clip {
    let slug = Slug::parse(&clip.slug).unwrap();
    let found = model::Clip::find_by_slug(&server.app.store, &slug).await;
    found.unwrap().unwrap()
}

async fn user(server: &Server, email: &str) -> User {
    let email = Email::parse(email).unwrap();
    let found = User::find_by_email(&server.app.store, &email).await;
    found.unwrap().unwrap()
}

/// Makes a link; returns its number and its secret.
async fn link(server: &Server, clip: &Clip, new: &NewClipLink<'_>) -> (i64, String) {
    let (clip, ada) = (
        model_of(server, clip).await,
        user(server, "ada@example.com").await,
    );
    let made = ClipLink::create(&server.app.store, &clip, &ada, new).await;
    let (link, secret) = made.unwrap();
    (link.id, secret.as_str().to_owned())
}

async fn expired(server: &Server, clip: &Clip) -> String {
    let ended = Timestamp::now() - SignedDuration::from_secs(1);
    let new = NewClipLink {
        expires_at: Some(ended),
        ..EVERY
    };
    link(server, clip, &new).await.1
}

async fn revoked(server: &Server, clip: &Clip) -> String {
    let (id, secret) = link(server, clip, &EVERY).await;
    let clip = model_of(server, clip).await;
    let ada = user(server, "ada@example.com").await;
    let revoked = ClipLink::revoke(&server.app.store, &clip, &ada, id).await;
    assert!(revoked.unwrap());
    secret
}

/// Sends the secret once in the header and once in the URL. Both get the same response.
async fn ask_by(server: &Server, clip: &Clip, rest: &str, secret: &str) -> Response {
    let bearer = format!("Bearer {secret}");
    let nobody = server.anonymous();
    let by_header = ask_with(&nobody, clip, rest, ("authorization", &bearer)).await;
    let by_address = ask(&nobody, clip, &with_token(rest, secret)).await;
    assert_eq!(by_header.status(), by_address.status(), "{rest}");
    by_address
}

fn with_token(rest: &str, secret: &str) -> String {
    let separator = if rest.contains('?') { '&' } else { '?' };
    format!("{rest}{separator}access-token={secret}")
}
