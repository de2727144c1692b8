//! Requests for a link by mail. The response is the same for every address, and takes the same time: the address is looked
//! up only after the response.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::error::Error;
use crate::model::{Email, Purpose, RequestedMail};
use crate::web::app::App;
use crate::web::http::form::FieldErrors;
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Typed {
    email: String,
    /// The page to go on to.
    #[serde(default)]
    next: String,
}

/// What the link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailRequest {
    Reset,
    SignIn,
}

/// What the page shows.
enum Step {
    NoMailer,
    Form,
    Sent,
}

#[derive(Template)]
#[template(path = "auth/mail_request.html")]
struct MailRequestPage<'a> {
    visitor: &'a Visitor,
    request: MailRequest,
    step: Step,
    email: &'a str,
    next: &'a str,
    problems: FieldErrors,
}

impl MailRequest {
    /// The form, or a sentence that the server sends no mails.
    pub fn page(self, app: &App, visitor: &Visitor, next: &str) -> Response {
        let step = match app.settings.mailer {
            Some(_) => Step::Form,
            None => Step::NoMailer,
        };
        render(&MailRequestPage {
            visitor,
            request: self,
            step,
            email: "",
            next,
            problems: FieldErrors::default(),
        })
    }

    /// Stores the request, and responds. The mail is sent afterwards, if a person with this address may get it.
    pub async fn create(
        self,
        app: &Arc<App>,
        visitor: &Visitor,
        from: IpAddr,
        typed: &Typed,
    ) -> Result<Response, Error> {
        if app.settings.mailer.is_none() {
            return Ok(self.page(app, visitor, &typed.next));
        }
        let email = match admit(app, from, typed).await {
            Ok(email) => email,
            Err(error) => return self.refuse(visitor, typed, error),
        };
        let next = url::local(&typed.next);
        RequestedMail::create(&app.store, &email, self.purpose(), next).await?;
        app.mail_requested.notify_one();
        Ok(render(&MailRequestPage {
            visitor,
            request: self,
            step: Step::Sent,
            email: "",
            next: "",
            problems: FieldErrors::default(),
        }))
    }

    /// The form again, with the reason beside the address.
    fn refuse(self, visitor: &Visitor, typed: &Typed, error: Error) -> Result<Response, Error> {
        let status = error_response::status(&error);
        let mut headers = HeaderMap::new();
        error_response::add_headers(&error, &mut headers);
        let error = match error {
            error @ Error::TooManyAttempts { .. } => Error::invalid("email", error.to_string()),
            error => error,
        };
        let page = MailRequestPage {
            visitor,
            request: self,
            step: Step::Form,
            email: &typed.email,
            next: &typed.next,
            problems: FieldErrors::from_error(error)?,
        };
        Ok((status, headers, render(&page)).into_response())
    }

    fn purpose(self) -> Purpose {
        match self {
            Self::Reset => Purpose::Reset,
            Self::SignIn => Purpose::SignIn,
        }
    }
}

/// For the page.
impl MailRequest {
    fn heading(self) -> &'static str {
        match self {
            Self::Reset => "Forgot your password?",
            Self::SignIn => "Sign in by e-mail",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Reset => {
                "We will e-mail you a link to choose a new password. It works for an hour."
            }
            Self::SignIn => "We will e-mail you a link that signs you in. It works for 15 minutes.",
        }
    }

    fn sent(self) -> &'static str {
        match self {
            Self::Reset => {
                "If this address has an account here, an e-mail with a link is on its way. The link works for an hour."
            }
            Self::SignIn => {
                "If this address has access to anything here, an e-mail with a link is on its way. The link works for 15 minutes."
            }
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Reset => "/sign-in/forgotten",
            Self::SignIn => "/sign-in/link",
        }
    }
}

async fn admit(app: &App, from: IpAddr, typed: &Typed) -> Result<Email, Error> {
    let email = Email::parse(&typed.email).ok_or_else(|| {
        Error::invalid("email", "Enter an e-mail address such as ann@example.com.")
    })?;
    app.rate_limit.admit_mail(from, &email).await?;
    Ok(email)
}
