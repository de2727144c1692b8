//! API tokens: made, shown once, and revoked.

use dataclips::model::{Email, NewToken, Role, Token, User};
use jiff::{SignedDuration, Timestamp};
use reqwest::Response;

use super::{account, addresses, beside, cookie, location};
use crate::support::{Client, Server};

async fn make(browser: &Client, name: &str, expires: &str) -> Response {
    let fields = [("name", name), ("expires", expires), ("read", "1")];
    browser.submit("/account/tokens", &fields).await
}

/// What the tokens' rows say, the newest first.
fn rows(page: &str) -> Vec<&str> {
    let (_, section) = page.split_once("<section id=\"tokens\"").unwrap();
    let rows = section.split("<li>").skip(1);
    rows.map(|row| row.split("</li>").next().unwrap()).collect()
}

/// The secret that the page shows.
fn secret(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<code>dataclips_")?;
    let (secret, _) = rest.split_once("</code>")?;
    Some(secret)
}

async fn status(server: &Server, token: &str) -> u16 {
    let client = server.anonymous().with_token(token);
    client.get("/api/v1/clips").await.status().as_u16()
}

/// The time in a row that follows these words.
fn moment(row: &str, words: &str) -> Timestamp {
    let (_, rest) = row
        .split_once(&format!("{words} <time datetime=\""))
        .unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_with_a_command_and_works() {
    let server = Server::start().await;
    server.user("ann@example.com", Role::Guest).await;
    let browser = server.signed_in("ann@example.com").await;
    let made = make(&browser, " night shift ", "90-days").await;
    let carrier = cookie(&made, "dataclips_new_token");
    for rule in ["HttpOnly", "SameSite=Strict", "Path=/account", "Max-Age=60"] {
        assert!(carrier.contains(rule), "{carrier}");
    }
    let answer = browser.get(&location(&made)).await;
    assert!(cookie(&answer, "dataclips_new_token").contains("Max-Age=0"));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page = answer.text().await.unwrap();
    assert!(page.contains("Token “night shift” created."), "{page}");
    let token = format!("dataclips_{}", secret(&page).unwrap());
    let command = format!(
        "curl -H 'Authorization: Bearer {token}' {}/api/v1/clips",
        server.url
    );
    assert!(page.replace("&#39;", "'").contains(&command), "{page}");
    let newest = rows(&page)[0];
    assert!(
        newest.contains(">night shift<") && newest.contains("never used"),
        "{newest}"
    );
    assert_eq!(status(&server, &token).await, 200);

    let again = account(&browser).await;
    assert_eq!(secret(&again), None);
    assert!(!again.contains(&token), "{again}");
    // Beside the one with which the test's own client acts.
    assert_eq!(rows(&again).len(), 2);
    assert!(rows(&again)[0].contains("last used <time"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_is_shown_only_to_its_owner() {
    let server = Server::start().await;
    server.user("eve@example.com", Role::Member).await;
    let browser = server.signed_in("ada@example.com").await;
    let next = location(&make(&browser, "night shift", "never").await);
    browser.sign_in("eve@example.com", "correct horse").await;
    let page = browser.get(&next).await.text().await.unwrap();
    assert!(page.contains("eve@example.com"), "{page}");
    assert_eq!(secret(&page), None);
    assert!(!page.contains("night shift”"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_expires_at_the_chosen_time() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    for (expires, days) in [("30-days", 30), ("90-days", 90), ("1-year", 365)] {
        make(&browser, "night shift", expires).await;
        let page = account(&browser).await;
        let row = rows(&page)[0];
        let lasts = moment(row, "expires").duration_since(moment(row, "created"));
        let wanted = SignedDuration::from_hours(24 * days);
        assert!(
            (lasts - wanted).abs() <= SignedDuration::from_secs(1),
            "{row}"
        );
    }
    make(&browser, "night shift", "never").await;
    let page = account(&browser).await;
    assert!(rows(&page)[0].contains("does not expire"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_shown_as_expired_and_opens_nothing() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    let email = Email::parse("ada@example.com").unwrap();
    let store = &server.app.store;
    let ada = User::find_by_email(store, &email).await.unwrap().unwrap();
    let yesterday = Timestamp::now() - SignedDuration::from_hours(24);
    let new = NewToken {
        expires_at: Some(yesterday),
        ..NewToken::named("old")
    };
    let token = Token::create(store, &ada, &new).await.unwrap();
    assert_eq!(status(&server, token.as_str()).await, 401);
    let page = account(&browser).await;
    let row = rows(&page)[0];
    assert!(row.contains("class=\"badge bad\">expired<"), "{row}");
    assert_eq!(moment(row, "expired").as_second(), yesterday.as_second());
    assert!(row.contains("never used"), "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_stops_working_at_once_and_the_others_still_work() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    let mut tokens = Vec::new();
    for name in ["one", "two"] {
        let next = location(&make(&browser, name, "never").await);
        let page = browser.get(&next).await.text().await.unwrap();
        tokens.push(format!("dataclips_{}", secret(&page).unwrap()));
    }
    let revokes = addresses(&account(&browser).await, "/revoke");
    let next = location(&browser.submit(&revokes[1], &[]).await);
    let page = browser.get(&next).await.text().await.unwrap();
    assert!(page.contains("Token revoked."), "{page}");
    assert_eq!(status(&server, &tokens[0]).await, 401);
    assert_eq!(status(&server, &tokens[1]).await, 200);
    let names: Vec<bool> = rows(&page)
        .iter()
        .map(|row| row.contains(">one<"))
        .collect();
    assert_eq!(names, [false, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_token_is_neither_shown_nor_revoked() {
    let server = Server::start().await;
    server.user("eve@example.com", Role::Administrator).await;
    let browser = server.signed_in("ada@example.com").await;
    let eve = server.signed_in("eve@example.com").await;
    make(&browser, "night shift", "never").await;
    assert!(!account(&eve).await.contains("night shift"));
    let revokes = addresses(&account(&browser).await, "/revoke");
    assert_eq!(revokes.len(), 2);
    for revoke in &revokes {
        assert_eq!(eve.submit(revoke, &[]).await.status(), 303);
    }
    assert_eq!(addresses(&account(&browser).await, "/revoke"), revokes);
    assert_eq!(status(&server, server.administrator.token()).await, 200);
    let answer = browser.submit("/account/tokens/abc/revoke", &[]).await;
    assert_eq!(answer.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_1_to_100_characters_is_accepted_and_stays_text() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    let (longest, too_long) = ("ü".repeat(100), "ü".repeat(101));
    for name in ["", "   ", &too_long] {
        let answer = make(&browser, name, "1-year").await;
        assert_eq!(answer.status(), 422, "{name:?}");
        let page = answer.text().await.unwrap();
        let sentence = "Give the token a name of 1 to 100 characters.";
        assert_eq!(beside(&page, "name"), sentence);
        assert!(
            page.contains("<option value=\"1-year\" selected>"),
            "{page}"
        );
        assert!(page.contains(&format!("value=\"{name}\"")), "{page}");
        assert_eq!(rows(&page).len(), 1);
    }
    assert_eq!(
        make(&browser, "night shift", "tomorrow").await.status(),
        400
    );
    for name in [&longest, "<script>alert(1)</script>\"'"] {
        let next = location(&make(&browser, name, "never").await);
        let page = browser.get(&next).await.text().await.unwrap();
        assert!(!page.contains("<script>alert"), "{page}");
        assert_eq!(rows(&page)[0].contains(name), name == longest);
    }
}
