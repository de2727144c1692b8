//! Changing one's password, and who may open the account's page at all.

use dataclips::model::{Email, Role, User};
use reqwest::{Method, Response};

use super::{FORMS, account, beside, cookie, is_signed_in, location};
use crate::support::{Client, PASSWORD, Server};

const NEW_PASSWORD: &str = "battery staple";

async fn change(browser: &Client, current: &str, new: &str) -> Response {
    let fields = [("current_password", current), ("password", new)];
    browser.submit("/account/password", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_is_not_signed_in_gets_the_sign_in_form_and_changes_nothing() {
    let server = Server::start().await;
    let stranger = server.anonymous();
    let page = stranger.get("/account").await;
    assert_eq!(page.status(), 401);
    let page = page.text().await.unwrap();
    assert!(page.contains("name=\"next\" value=\"/account\""), "{page}");
    assert!(page.contains("action=\"/sign-in\""), "{page}");
    for (address, fields) in FORMS {
        let answer = stranger.submit(address, fields).await;
        assert_eq!(answer.status(), 401, "{address}");
        // Signing in from there leads to a page.
        let answer = stranger.get(address).await;
        assert_eq!(location(&answer), "/account", "{address}");
    }
    server.signed_in("ada@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_not_open_the_account_that_it_acts_for() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    assert_eq!(server.administrator.get("/account").await.status(), 401);
    for (address, fields) in FORMS {
        let answer = server.administrator.submit(address, fields).await;
        assert_eq!(answer.status(), 401, "{address}");
    }
    assert!(is_signed_in(&browser).await);
    assert!(!account(&browser).await.contains("night shift"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_send_the_accounts_forms() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    for (address, fields) in FORMS {
        let request = browser.request(Method::POST, address).form(fields);
        let request = request.header("sec-fetch-site", "cross-site");
        assert_eq!(request.send().await.unwrap().status(), 403, "{address}");
    }
    assert!(!account(&browser).await.contains("night shift"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_signs_out_all_other_browsers_and_says_so() {
    let server = Server::start().await;
    let other_user = server.user("ann@example.com", Role::Guest).await;
    let somebody_else = server.signed_in("ann@example.com").await;
    let (here, there) = (
        server.signed_in("ada@example.com").await,
        server.signed_in("ada@example.com").await,
    );
    let answer = change(&here, PASSWORD, NEW_PASSWORD).await;
    let next = location(&answer);
    let page = here.get(&next).await.text().await.unwrap();
    assert!(page.contains("Password changed."), "{page}");
    assert!(is_signed_in(&here).await);
    assert!(!is_signed_in(&there).await);
    assert!(is_signed_in(&somebody_else).await);
    assert_eq!(other_user.get("/api/v1/clips").await.status(), 200);
    // Tokens are revoked one by one: a change of the password leaves them.
    assert_eq!(
        server.administrator.get("/api/v1/clips").await.status(),
        200
    );

    let old = server
        .anonymous()
        .sign_in("ada@example.com", PASSWORD)
        .await;
    assert_eq!(old.status(), 422);
    let new = server.anonymous();
    let new = new.sign_in("ada@example.com", NEW_PASSWORD).await;
    assert_eq!(new.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_from_before_the_change_no_longer_works() {
    let server = Server::start().await;
    let browser = server.anonymous();
    let answer = browser.sign_in("ada@example.com", PASSWORD).await;
    let cookie = cookie(&answer, "dataclips_session");
    let cookie = cookie.split(';').next().unwrap();
    let ask = || async {
        let request = server.anonymous().request(Method::GET, "/account");
        let answer = request.header("cookie", cookie).send().await.unwrap();
        answer.status()
    };
    assert_eq!(ask().await, 200);
    assert_eq!(change(&browser, PASSWORD, NEW_PASSWORD).await.status(), 303);
    assert_eq!(ask().await, 401);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_password_is_reported_beside_its_field_and_changes_nothing() {
    let server = Server::start().await;
    let (here, there) = (
        server.signed_in("ada@example.com").await,
        server.signed_in("ada@example.com").await,
    );
    let long = "x".repeat(1_001);
    for (current, new, field, sentence) in [
        (
            "wrong horse",
            NEW_PASSWORD,
            "current_password",
            "This is not your current password.",
        ),
        (
            "",
            NEW_PASSWORD,
            "current_password",
            "This is not your current password.",
        ),
        (
            PASSWORD,
            "short",
            "password",
            "Choose a password of at least 8 characters.",
        ),
        (PASSWORD, &long, "password", "Choose a password"),
    ] {
        let answer = change(&here, current, new).await;
        assert_eq!(answer.status(), 422, "{field}");
        let page = answer.text().await.unwrap();
        assert!(beside(&page, field).starts_with(sentence), "{page}");
        assert_eq!(page.matches("aria-invalid").count(), 1, "{page}");
        assert!(!page.contains("wrong horse") && !page.contains(NEW_PASSWORD));
    }
    assert!(is_signed_in(&there).await);
    server.signed_in("ada@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_the_current_password_is_throttled() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    for attempt in 0..10 {
        let answer = change(&browser, "wrong horse", NEW_PASSWORD).await;
        assert_eq!(answer.status(), 422, "{attempt}");
    }
    let answer = change(&browser, PASSWORD, NEW_PASSWORD).await;
    assert_eq!(answer.status(), 429);
    let seconds: u32 = answer.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    let page = answer.text().await.unwrap();
    assert!(beside(&page, "current_password").contains("Wait"), "{page}");
    // Counted together with sign-ins from this browser, and separately from those elsewhere.
    let again = browser.sign_in("ada@example.com", PASSWORD).await;
    assert_eq!(again.status(), 429);
    server.signed_in("ada@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_has_an_account_too() {
    let server = Server::start().await;
    server.user("guest@example.com", Role::Guest).await;
    let browser = server.signed_in("guest@example.com").await;
    let page = account(&browser).await;
    assert!(page.contains("guest@example.com") && page.contains("guest</span>"));
    assert_eq!(change(&browser, PASSWORD, NEW_PASSWORD).await.status(), 303);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_reports_only_actions_that_it_knows() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    for query in [
        "done=%3Cb%3Ehello",
        "done=hello",
        "done=",
        "done",
        "done=x&done=y",
    ] {
        let answer = browser.get(&format!("/account?{query}")).await;
        assert_eq!(answer.status(), 200, "{query}");
        let page = answer.text().await.unwrap();
        assert!(!page.contains("note success"), "{query}: {page}");
        assert!(!page.contains("<b>hello"), "{query}: {page}");
    }
}

/// A sign-in with the old password while it is changed leaves no session.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_began_with_the_old_password_is_not_valid() {
    let server = Server::start().await;
    let email = Email::parse("ada@example.com").unwrap();
    let store = &server.app.store;
    let before = User::authenticate(store, &email, PASSWORD).await.unwrap();
    let browser = server.signed_in("ada@example.com").await;
    let changed = before.clone().unwrap();
    changed
        .change_password(store, "battery staple")
        .await
        .unwrap();
    assert_eq!(browser.get("/account").await.status(), 401);
    // As a sign-in that was in progress leaves it.
    let client = store.client().await.unwrap();
    let sql = "insert into sessions (hash, user_id, password_set_at, browser, expires_at)
               values ($1, $2, $3, '', now() + interval '1 day')";
    let user = before.unwrap();
    let hash = blake3::hash(&7_i128.to_le_bytes());
    let hash = hash.as_bytes().as_slice();
    client
        .execute(sql, &[&hash, &user.id, &user.password_set_at])
        .await
        .unwrap();
    let late = async || {
        let request = server.anonymous().request(Method::GET, "/account");
        let request = request.header("cookie", "dataclips_session=BwAAAAAAAAAAAAAAAAAAAA");
        request.send().await.unwrap().status()
    };
    assert_eq!(late().await, 401);
    let sql = "update sessions set password_set_at = (select password_set_at from users where id = user_id)";
    client.execute(sql, &[]).await.unwrap();
    assert_eq!(late().await, 200);
    // A request that loaded the user before cannot change the password either.
    let again = user.change_password(store, "yet another").await;
    assert!(again.unwrap_err().to_string().contains("elsewhere"));
}
