//! The parts of a request, with errors in our own form.

use std::borrow::Cow;
use std::error::Error as StdError;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::error::Error;
use crate::web::transport::TooSlow;

/// A request's JSON object, parsed.
pub struct Body<T>(pub T);

/// A request's query string, parsed.
pub struct Query<T>(pub T);

/// The parameters of a request's path, parsed.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::BadRequest(
                "Send JSON, with the header `Content-Type: application/json`.".to_owned(),
            ));
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| {
            let otherwise = "The body arrived incomplete. Send it again.";
            unreadable(rejection.status(), &rejection, otherwise)
        })?;
        read(&bytes).map(Self)
    }
}

/// `None` where the body is empty.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Error> {
        let headers = request.headers();
        let is_empty = match headers.get(CONTENT_LENGTH) {
            Some(length) => length == "0",
            None => !headers.contains_key(TRANSFER_ENCODING),
        };
        match is_empty {
            true => Ok(None),
            false => <Self as FromRequest<S>>::from_request(request, state)
                .await
                .map(Some),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let cause = StdError::source(&rejection).map(ToString::to_string);
                let cause = cause.unwrap_or_else(|| rejection.body_text());
                Err(Error::BadRequest(format!(
                    "The query string cannot be read: {cause}."
                )))
            }
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(name)) => Ok(Self(name)),
            Err(_) => Err(Error::BadRequest("The address is not UTF-8.".to_owned())),
        }
    }
}

/// Why a body could not be read, by the library's status and error; `otherwise` is said where they give no reason.
pub fn unreadable(
    status: StatusCode,
    rejection: &(dyn StdError + 'static),
    otherwise: &str,
) -> Error {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLong,
        _ if is_too_slow(rejection) => Error::TooSlow,
        _ => Error::BadRequest(otherwise.to_owned()),
    }
}

fn is_too_slow(error: &(dyn StdError + 'static)) -> bool {
    error.is::<TooSlow>() || error.source().is_some_and(is_too_slow)
}

/// Reads a flag of a query string: `1`, as opposed to `0`, nothing or absent.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Cow::<str>::deserialize(deserializer)?.as_ref() {
        "" | "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(D::Error::custom("must be 1, or left out")),
    }
}

/// Distinguishes a field that is `null` from one that is absent.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// Names the field that is wrong, where it is a single one. Serde's messages quote values of a wrong type, so they are
/// shown only where such a value cannot be a secret: in an object, where every secret is a string, as expected.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Error::BadRequest(
            "The body is not a JSON object.".to_owned(),
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let cause = error.into_inner();
        match cause.is_data() && field != "." {
            true => Error::Invalid {
                message: format!("This cannot be `{field}`: {}.", without_position(&cause)),
                field: field.into(),
            },
            false => Error::BadRequest(format!("The body cannot be read: {cause}.")),
        }
    })?;
    json.end()
        .map_err(|error| Error::BadRequest(format!("The body cannot be read: {error}.")))?;
    Ok(read)
}

/// The message of an error in a field, which is found by its name.
fn without_position(error: &serde_json::Error) -> String {
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    message
        .strip_suffix(&position)
        .unwrap_or(&message)
        .to_owned()
}
