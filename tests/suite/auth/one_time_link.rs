//! One-time links: what they open, once, until when, and for whom.

use std::sync::Arc;

use dataclips::model::{OneTimeLink, Purpose, Way};
use futures_util::future::join_all;
use reqwest::{Method, Response};

use crate::people::{add, email, is_signed_in, link, link_by, verified};
use crate::support::{Log, Server};

const CHOSEN: [(&str, &str); 1] = [("password", "battery staple")];

/// A response that caches do not store, and whose links do not send its path as the referrer.
fn is_kept_secret(answer: &Response) {
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "strict-origin");
}

async fn does_not_work(server: &Server, path: &str) {
    for answer in [
        server.anonymous().get(path).await,
        server.anonymous().submit(path, &CHOSEN).await,
    ] {
        assert_eq!(answer.status(), 404);
        is_kept_secret(&answer);
        let page = answer.text().await.unwrap();
        assert!(page.contains("Get a new one"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_lets_somebody_choose_a_password_once() {
    let server = Server::start().await;
    add(&server, "ann@example.com").await;
    let path = link(&server, "ann@example.com", Purpose::Invitation, "/account").await;
    let browser = server.anonymous();
    // Mail scanners open links, and so do people who come back later.
    for _ in 0..3 {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status(), 200);
        is_kept_secret(&answer);
        let page = answer.text().await.unwrap();
        assert!(page.contains("ann@example.com"), "{page}");
        let answer = browser.request(Method::HEAD, &path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert!(!is_signed_in(&browser).await);
    let answer = browser.submit(&path, &[("password", "short")]).await;
    assert_eq!(answer.status(), 422);
    is_kept_secret(&answer);
    let page = answer.text().await.unwrap();
    assert!(page.contains("at least 8 characters"), "{page}");
    assert_eq!(browser.submit(&path, &[]).await.status(), 422);

    let answer = browser.submit(&path, &CHOSEN).await;
    assert_eq!(answer.status(), 303);
    is_kept_secret(&answer);
    assert_eq!(answer.headers()["location"], "/account");
    assert!(is_signed_in(&browser).await);
    assert_eq!(verified(&server, "ann@example.com").await, Some(true));
    does_not_work(&server, &path).await;
    let again = server.anonymous();
    let answer = again.sign_in("ann@example.com", "battery staple").await;
    assert_eq!(answer.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_never_made_opens_nothing() {
    let server = Server::start().await;
    for path in ["/enter/abc", "/enter/%00", "/enter/ä"] {
        does_not_work(&server, path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_stops_working_when_it_expires_and_is_deleted() {
    let server = Server::start().await;
    let store = server.app.store.client().await.unwrap();
    for (purpose, minutes) in [
        (Purpose::Invitation, 7 * 24 * 60),
        (Purpose::Reset, 60),
        (Purpose::SignIn, 15),
    ] {
        let path = link(&server, "ada@example.com", purpose, "/").await;
        let later = async |minutes: i32| {
            let sql =
                "update one_time_links set expires_at = expires_at - make_interval(mins => $1)";
            store.execute(sql, &[&minutes]).await.unwrap();
            let sql = "update jobs set due_at = due_at - make_interval(mins => $1)";
            store.execute(sql, &[&minutes]).await.unwrap();
        };
        later(minutes - 1).await;
        assert_eq!(server.anonymous().get(&path).await.status(), 200);
        server.app.tidy().await;
        assert_eq!(server.anonymous().get(&path).await.status(), 200);
        later(1).await;
        does_not_work(&server, &path).await;
        server.app.tidy().await;
        let sql = "select count(*) from one_time_links";
        let left: i64 = store.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(left, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_takes_the_place_of_the_one_before_for_the_same_purpose() {
    let server = Server::start().await;
    let first = link(&server, "ada@example.com", Purpose::Reset, "/").await;
    let sign_in = link(&server, "ada@example.com", Purpose::SignIn, "/").await;
    let second = link(&server, "ada@example.com", Purpose::Reset, "/").await;
    does_not_work(&server, &first).await;
    for path in [&second, &sign_in] {
        assert_eq!(server.anonymous().get(path).await.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_every_session_and_every_other_link() {
    let server = Server::start().await;
    let elsewhere = server.signed_in("ada@example.com").await;
    let other = link(&server, "ada@example.com", Purpose::SignIn, "/").await;
    let path = link(&server, "ada@example.com", Purpose::Reset, "/").await;
    let browser = server.anonymous();
    assert_eq!(browser.submit(&path, &CHOSEN).await.status(), 303);
    assert!(is_signed_in(&browser).await);
    assert!(!is_signed_in(&elsewhere).await);
    does_not_work(&server, &other).await;
    for (password, status) in [("correct horse", 422), ("battery staple", 303)] {
        let answer = server
            .anonymous()
            .sign_in("ada@example.com", password)
            .await;
        assert_eq!(answer.status(), status);
    }
    assert_eq!(
        server.administrator.get("/api/v1/clips").await.status(),
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_mailed_link_verifies_an_address() {
    let server = Server::start().await;
    for (address, way, is_verified) in [
        ("ann@example.com", Way::Mailed, true),
        ("ben@example.com", Way::HandedOver, false),
    ] {
        add(&server, address).await;
        let path = link_by(&server, address, Purpose::Invitation, way, "/").await;
        let answer = server.anonymous().submit(&path, &CHOSEN).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(verified(&server, address).await, Some(is_verified));
        let path = link_by(&server, address, Purpose::SignIn, way, "/").await;
        let answer = server.anonymous().submit(&path, &[]).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(verified(&server, address).await, Some(is_verified));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_link_makes_a_person_with_a_grant_a_guest() {
    let server = Server::start().await;
    server.create_clip("select 1 as a").await;
    let store = server.app.store.client().await.unwrap();
    for (grantee, address, is_let_in) in [
        ("ann@example.com", "ann@example.com", true),
        ("@example.org", "ben@example.org", true),
        ("@example.org", "cid@mail.example.org", false),
        ("ann@example.com", "dan@example.com", false),
    ] {
        let sql = "insert into clip_grants (clip_id, grantee, may) values (1, $1, 'see')";
        store.execute(sql, &[&grantee]).await.unwrap();
        let path = link(&server, address, Purpose::SignIn, "/").await;
        let browser = server.anonymous();
        assert_eq!(browser.get(&path).await.status(), 200);
        assert_eq!(verified(&server, address).await, None);
        let status = browser.submit(&path, &[]).await.status();
        assert_eq!(status, if is_let_in { 303 } else { 404 }, "{address}");
        assert_eq!(is_signed_in(&browser).await, is_let_in);
        let made = verified(&server, address).await;
        assert_eq!(made, is_let_in.then_some(true));
        store.execute("delete from clip_grants", &[]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_follow_a_link_at_once_one_is_signed_in() {
    let server = Arc::new(Server::start().await);
    for purpose in [Purpose::Reset, Purpose::SignIn] {
        let path = link(&server, "ada@example.com", purpose, "/").await;
        let attempts = (0..4).map(|_| {
            let (browser, path) = (server.anonymous(), path.clone());
            async move { browser.submit(&path, &CHOSEN).await.status().as_u16() }
        });
        let mut statuses = join_all(attempts).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404, 404, 404]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_leads_to_pages_of_ours_only() {
    let server = Server::start().await;
    for next in ["https://example.com/", "//example.com/"] {
        let path = link(&server, "ada@example.com", Purpose::SignIn, next).await;
        let answer = server.anonymous().submit(&path, &[]).await;
        assert_eq!(answer.headers()["location"], "/");
    }
}

/// Otherwise an attacker could sign a visitor in to the attacker's account.
#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_link_is_accepted_only_from_our_own_page() {
    let server = Server::start().await;
    let path = link(&server, "ada@example.com", Purpose::SignIn, "/").await;
    for (header, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("origin", "https://example.com", 403),
        ("origin", "null", 403),
        ("origin", server.url.as_str(), 303),
    ] {
        let request = server.anonymous().request(Method::POST, &path);
        let answer = request.header(header, value).form(&CHOSEN).send().await;
        assert_eq!(answer.unwrap().status(), status, "{header}: {value}");
    }
}

/// On one thread, which the log follows.
#[tokio::test]
async fn the_log_shows_that_links_are_followed_and_never_which() {
    let log = Log::keep();
    let server = Server::start().await;
    let mut secrets = Vec::new();
    for purpose in [Purpose::Reset, Purpose::SignIn] {
        let path = link(&server, "ada@example.com", purpose, "/").await;
        let browser = server.anonymous();
        browser.get(&path).await;
        browser.submit(&path, &[("password", "short")]).await;
        browser.submit(&path, &CHOSEN).await;
        browser.get(&path).await;
        secrets.push(path.replace("/enter/", ""));
    }
    let text = log.text();
    assert!(text.contains("/enter/{secret}"), "{text}");
    for secret in secrets {
        assert!(!text.contains(&secret), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_prints_without_its_secret() {
    let server = Server::start().await;
    let ada = email("ada@example.com");
    let link = OneTimeLink::create(&server.app.store, &ada, Purpose::Reset, Way::Mailed, "/");
    let link = link.await.unwrap();
    assert!(!format!("{link:?}").contains(link.secret()));
}
