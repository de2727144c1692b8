//! People and their browsers: signing in and out, and what belongs to an account.

mod limited_token;
mod password;
mod scopes;
mod sessions;
mod tokens;

use crate::support::{Client, PASSWORD};
use reqwest::{Method, Response};

/// The forms of the account's page, filled in with valid values.
const FORMS: [(&str, &[(&str, &str)]); 5] = [
    (
        "/account/password",
        &[
            ("current_password", PASSWORD),
            ("password", "battery staple"),
        ],
    ),
    ("/account/sessions/1/end", &[]),
    ("/account/sessions/end-others", &[]),
    (
        "/account/tokens",
        &[("name", "night shift"), ("expires", "never"), ("read", "1")],
    ),
    ("/account/tokens/1/revoke", &[]),
];

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

pub async fn is_signed_in(browser: &Client) -> bool {
    let page = browser.get("/").await.text().await.unwrap();
    page.contains("Sign out")
}

pub async fn account(browser: &Client) -> String {
    let answer = browser.get("/account").await;
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// Signs in with this `User-Agent`.
async fn sign_in_as(browser: &Client, email: &str, user_agent: &str) {
    let fields = [("email", email), ("password", PASSWORD)];
    let request = browser.request(Method::POST, "/sign-in").form(&fields);
    let answer = request.header("user-agent", user_agent).send().await;
    assert_eq!(answer.unwrap().status(), 303);
}

/// A cookie that the response sets, with its attributes.
pub fn cookie(answer: &Response, name: &str) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter();
    let cookie = cookies
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with(&format!("{name}=")));
    cookie.unwrap().to_owned()
}

/// The URLs of a page's forms that end with this.
fn addresses(page: &str, end: &str) -> Vec<String> {
    let forms = page.split(" action=\"").skip(1);
    let addresses = forms.filter_map(|form| form.split_once('"'));
    let addresses = addresses.map(|(address, _)| address.to_owned());
    addresses.filter(|address| address.ends_with(end)).collect()
}

/// Where the response redirects to, without the fragment.
pub fn location(answer: &Response) -> String {
    assert_eq!(answer.status(), 303);
    let location = answer.headers()["location"].to_str().unwrap();
    location.split('#').next().unwrap().to_owned()
}

/// What the page says beside a field.
fn beside<'a>(page: &'a str, field: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("id=\"{field}-problem\">"))
        .unwrap();
    rest.split_once("</p>").unwrap().0
}
