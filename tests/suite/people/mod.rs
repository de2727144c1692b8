//! People come in by links, mailed or handed over.

mod enter;
mod mail;

use dataclips::model::{Email, OneTimeLink, Purpose, Way};

use crate::support::{Client, Server};

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// Somebody who was added and has no password yet; his address is not verified.
async fn add(server: &Server, address: &str) {
    let store = server.app.store.client().await.unwrap();
    let sql = "insert into users (email, role) values ($1, 'guest')";
    store.execute(sql, &[&address]).await.unwrap();
}

/// The path of a new link that went by mail.
async fn link(server: &Server, address: &str, purpose: Purpose, next: &str) -> String {
    link_by(server, address, purpose, Way::Mailed, next).await
}

async fn link_by(server: &Server, address: &str, purpose: Purpose, way: Way, next: &str) -> String {
    let store = &server.app.store;
    let link = OneTimeLink::create(store, &email(address), purpose, way, next).await;
    format!("/enter/{}", link.unwrap().secret())
}

async fn is_signed_in(browser: &Client) -> bool {
    let page = browser.get("/").await.text().await.unwrap();
    page.contains("Sign out")
}

/// Whether the user with this address is verified, if there is one.
async fn verified(server: &Server, address: &str) -> Option<bool> {
    let store = server.app.store.client().await.unwrap();
    let sql = "select verified_at is not null from users where email = $1";
    let row = store.query_opt(sql, &[&address]).await.unwrap();
    row.map(|row| row.get(0))
}
