//! A row of the table: a request, and the status for each visitor.

use reqwest::Method;
use serde_json::Value;

use super::stage::{Stage, TITLE, VISITORS};
use crate::support::described;

/// Every visitor.
pub const ALL: &str = ".... .... ...... ....";

/// A request, and the status for each visitor.
pub struct Row {
    pub method: Method,
    pub route: &'static str,
    /// The route with its parameters filled in, except the clip's.
    pub path: String,
    body: Body,
    pub done: u16,
    pub open: &'static str,
    /// `None` for a route without a clip.
    pub protected: Option<&'static str>,
}

enum Body {
    None,
    Form(Vec<(&'static str, &'static str)>),
    Json(Value),
}

impl Row {
    /// A route that is not about one clip.
    pub fn new(method: Method, route: &'static str, done: u16, marks: &'static str) -> Self {
        Self {
            method,
            route,
            path: route.replace("{id}", "1"),
            body: Body::None,
            done,
            open: marks,
            protected: None,
        }
    }

    pub fn get(route: &'static str, marks: &'static str) -> Self {
        Self::new(Method::GET, route, 200, marks)
    }

    /// What a browser gets when it reloads a form's response: a redirect, the same for every visitor.
    pub fn back(route: &'static str) -> Self {
        Self::new(Method::GET, route, 303, ALL).of_clips(ALL, ALL)
    }

    pub fn post(route: &'static str, done: u16, marks: &'static str) -> Self {
        Self::new(Method::POST, route, done, marks)
    }

    /// The marks where a clip is open to anyone, and where it is protected.
    pub fn of_clips(self, open: &'static str, protected: &'static str) -> Self {
        Self {
            open,
            protected: self.is_of_clips().then_some(protected),
            ..self
        }
    }

    pub fn at(self, path: &str) -> Self {
        let path = path.to_owned();
        Self { path, ..self }
    }

    pub fn done(self, status: u16) -> Self {
        Self {
            done: status,
            ..self
        }
    }

    pub fn form(self, fields: &[(&'static str, &'static str)]) -> Self {
        let body = Body::Form(fields.to_vec());
        Self { body, ..self }
    }

    pub fn json(self, value: Value) -> Self {
        let body = Body::Json(value);
        Self { body, ..self }
    }

    pub fn statuses(&self, marks: &str) -> Vec<u16> {
        let marks = marks.chars().filter(|mark| *mark != ' ');
        let status = |mark| match mark {
            '.' => self.done,
            'o' => 200,
            '1' => 401,
            '2' => 422,
            '3' => 403,
            '4' => 404,
            '9' => 409,
            mark => panic!("{mark} in {}", self.route),
        };
        let statuses: Vec<u16> = marks.map(status).collect();
        assert_eq!(statuses.len(), VISITORS.len(), "{}", self.route);
        statuses
    }

    fn is_of_clips(&self) -> bool {
        self.route.contains("{segment}") || self.route.contains("/clips/{slug}")
    }

    /// Whether a request with this status changes the clip that it is sent to.
    pub fn changes_a_clip(&self, status: u16) -> bool {
        self.is_of_clips() && !self.method.is_safe() && status == self.done
    }

    /// Sends the request, and checks what the response reveals to visitors who may not see the clip.
    pub async fn ask(
        &self,
        stage: &mut Stage,
        visitor: &str,
        is_protected: bool,
        status: u16,
    ) -> u16 {
        let clip = match self.is_of_clips() {
            true if self.changes_a_clip(status) => {
                Some(stage.new_clip(visitor, is_protected).await)
            }
            true => Some(stage.shown(visitor, is_protected)),
            false => None,
        };
        let slug = clip.as_ref().map_or("", |clip| &clip.slug);
        let path = self.path.replace("{segment}", slug).replace("{slug}", slug);
        let request = stage
            .request(visitor, clip.as_ref(), self.method.clone(), &path)
            .await;
        let request = match &self.body {
            Body::None => request,
            Body::Form(fields) => request.header("sec-fetch-site", "same-origin").form(fields),
            Body::Json(value) => request.json(value),
        };
        let answer = request.send().await.unwrap();
        described::check(&self.method, &answer);
        let got = answer.status().as_u16();
        let what = format!("{} {path} by {visitor}", self.method);
        if got == 401 {
            assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{what}");
        }
        let headers = format!("{:?}", answer.headers());
        let text = answer.text().await.unwrap();
        if is_protected && matches!(got, 401 | 403) {
            for secret in [TITLE, "confidential", "disclosed", "etag", "x-dataclips"] {
                assert!(
                    !text.contains(secret) && !headers.contains(secret),
                    "{what}: {headers} {text}"
                );
            }
        }
        assert_ne!(got, 500, "{what}: {text}");
        got
    }
}
