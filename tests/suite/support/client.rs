//! A client that sends requests, and its verbs.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::described;

/// Sends requests, with a token or without.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// A clip, as its creator got it.
pub struct Clip {
    pub slug: String,
    pub body: Value,
}

impl Client {
    pub fn new(url: &str) -> Self {
        Self {
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .cookie_store(true)
                .build()
                .unwrap(),
            url: url.to_owned(),
            token: None,
        }
    }

    pub fn with_token(self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self
        }
    }

    /// The same browser at another address of the site: it has the same cookies.
    pub fn at(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self.clone()
        }
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// A request to complete and send.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request that [`Client::request`] made. The response of the API has to be as described.
    pub async fn send(&self, request: RequestBuilder) -> Response {
        let request = request.build().unwrap();
        let method = request.method().clone();
        let answer = self.http.execute(request).await.unwrap();
        described::check(&method, &answer);
        answer
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Sends a page's form, as a browser does.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .form(fields)
            .send()
            .await
            .unwrap()
    }

    /// Signs in; from then on the client's cookie says who it is.
    pub async fn sign_in(&self, email: &str, password: &str) -> Response {
        self.submit("/sign-in", &[("email", email), ("password", password)])
            .await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Response {
        self.send(self.request(Method::PATCH, path).json(body))
            .await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Response {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn create_clip(&self, sql: &str) -> Clip {
        self.create_clip_on("data", sql).await
    }

    pub async fn create_clip_on(&self, database: &str, sql: &str) -> Clip {
        let new = json!({"title": "A test", "database": database, "sql": sql});
        let answer = self.post("/api/v1/clips", &new).await;
        assert_eq!(
            answer.status(),
            StatusCode::CREATED,
            "{}",
            answer.text().await.unwrap()
        );
        let body: Value = answer.json().await.unwrap();
        Clip {
            slug: body["slug"].as_str().unwrap().to_owned(),
            body,
        }
    }
}

/// Status and body of an API response; `null` where it has no body.
pub async fn status_and_body(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    if text.is_empty() {
        return (status, Value::Null);
    }
    let body = serde_json::from_str(&text);
    (
        status,
        body.unwrap_or_else(|error| panic!("{status} {text}: {error}")),
    )
}
