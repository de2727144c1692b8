//! The fields of a page's form, and the errors beside them.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::extract::unreadable;
use crate::error::Error;

/// A form's fields, parsed.
pub struct Form<T>(pub T);

/// Sentences to show beside the fields of a refused form.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<(String, String)>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let form = axum::Form::from_request(request, state).await;
        // The library's message would quote what was typed, which may be a password.
        form.map(|axum::Form(form)| Self(form))
            .map_err(|rejection| {
                let otherwise = "Part of the form was missing. Go back and send it again.";
                unreadable(rejection.status(), &rejection, otherwise)
            })
    }
}

impl FieldErrors {
    /// From an error about one field; any other error is returned.
    pub fn from_error(error: Error) -> Result<Self, Error> {
        match error {
            Error::Invalid { field, message } => Ok(Self(vec![(field.into_owned(), message)])),
            other => Err(other),
        }
    }

    /// For templates.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For templates: the sentence beside this field.
    pub fn at(&self, field: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == field);
        found.map(|(_, sentence)| sentence.as_str())
    }
}
