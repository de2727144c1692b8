//! People: their invitations, roles and removal, and the links by which they sign in.

mod deletion;
mod granted;
mod invitation;
mod old_addresses;
mod people_api;
mod roles;
mod withdrawn_invitation;

use dataclips::model::{Email, OneTimeLink, Purpose, Way};

use crate::support::{Client, Server};

pub fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// Adds somebody with no password yet and an unverified address.
pub async fn add(server: &Server, address: &str) {
    let store = server.app.store.client().await.unwrap();
    let sql = "insert into users (email, role) values ($1, 'guest')";
    store.execute(sql, &[&address]).await.unwrap();
}

/// The path of a new link that went by mail.
pub async fn link(server: &Server, address: &str, purpose: Purpose, next: &str) -> String {
    link_by(server, address, purpose, Way::Mailed, next).await
}

pub async fn link_by(
    server: &Server,
    address: &str,
    purpose: Purpose,
    way: Way,
    next: &str,
) -> String {
    let store = &server.app.store;
    let link = OneTimeLink::create(store, &email(address), purpose, way, next).await;
    format!("/enter/{}", link.unwrap().secret())
}

/// The links that a page shows to hand over, as paths.
fn shown_links(page: &str) -> Vec<String> {
    let links = page.split("/enter/").skip(1);
    let links = links.map(|link| link.split('<').next().unwrap());
    links.map(|secret| format!("/enter/{secret}")).collect()
}

pub async fn page(browser: &Client, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

/// The path of a person's page.
async fn path_of(server: &Server, address: &str) -> String {
    let store = server.app.store.client().await.unwrap();
    let sql = "select id from users where email = $1";
    let id: i64 = store.query_one(sql, &[&address]).await.unwrap().get(0);
    format!("/people/{id}")
}

/// A person's entry in the list.
fn entry<'a>(page: &'a str, address: &str) -> &'a str {
    let link = format!("<strong>{address}</strong>");
    let (_, rest) = page.split_once(&link).unwrap_or_else(|| panic!("{page}"));
    rest.split_once("</li>").unwrap().0
}

pub async fn is_signed_in(browser: &Client) -> bool {
    let page = browser.get("/").await.text().await.unwrap();
    page.contains("Sign out")
}

/// Whether the user with this address is verified, if there is one.
pub async fn verified(server: &Server, address: &str) -> Option<bool> {
    let store = server.app.store.client().await.unwrap();
    let sql = "select verified_at is not null from users where email = $1";
    let row = store.query_opt(sql, &[&address]).await.unwrap();
    row.map(|row| row.get(0))
}
