//! Browsers in which somebody is signed in.

use dataclips::model::Role;

use super::{FIREFOX, account, addresses, cookie, is_signed_in, location, sign_in_as};
use crate::support::{Client, Server};

/// What a browser's row says, in the order of the page.
async fn rows(browser: &Client) -> Vec<String> {
    let page = account(browser).await;
    let (_, section) = page.split_once("<section id=\"browsers\"").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    section.split("<li>").skip(1).map(str::to_owned).collect()
}

/// Addresses that end the other sessions.
async fn ends(browser: &Client) -> Vec<String> {
    addresses(&account(browser).await, "/end")
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_are_listed_by_names_that_people_know() {
    let server = Server::start().await;
    let (firefox, curl) = (server.anonymous(), server.anonymous());
    sign_in_as(&firefox, "ada@example.com", FIREFOX).await;
    sign_in_as(&curl, "ada@example.com", "<b>curl</b>/8").await;
    let rows = rows(&firefox).await;
    assert_eq!(rows.len(), 2);
    let (curl, firefox) = (&rows[0], &rows[1]);
    assert!(firefox.contains("Firefox on Linux"), "{firefox}");
    assert!(firefox.contains("this browser"), "{firefox}");
    assert!(firefox.contains("action=\"/sign-out\""), "{firefox}");
    assert!(curl.contains("&#60;b&#62;curl"), "{curl}");
    assert!(!curl.contains("this browser"), "{curl}");
    for row in &rows {
        assert!(row.contains("signed in <time datetime=\"20"), "{row}");
        assert!(row.contains("last used <time datetime=\"20"), "{row}");
        assert!(row.contains(">just now</time>"), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_sessions_cookie_stops_working_at_once_and_the_others_still_work() {
    let server = Server::start().await;
    let (here, there, third) = (
        server.signed_in("ada@example.com").await,
        server.signed_in("ada@example.com").await,
        server.signed_in("ada@example.com").await,
    );
    // The one that signed in last stands first.
    let ends = ends(&here).await;
    assert_eq!(ends.len(), 2);
    let next = location(&here.submit(&ends[1], &[]).await);
    let page = here.get(&next).await.text().await.unwrap();
    assert!(page.contains("That browser is signed out."), "{page}");
    assert_eq!(there.get("/account").await.status(), 401);
    assert!(is_signed_in(&here).await && is_signed_in(&third).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_other_sessions_are_ended_at_once_and_only_ones_own() {
    let server = Server::start().await;
    server.user("ann@example.com", Role::Member).await;
    let somebody_else = server.signed_in("ann@example.com").await;
    let here = server.signed_in("ada@example.com").await;
    assert!(!account(&here).await.contains("Sign out all others"));
    let others = [
        server.signed_in("ada@example.com").await,
        server.signed_in("ada@example.com").await,
    ];
    assert!(account(&here).await.contains("Sign out all others"));
    let next = location(&here.submit("/account/sessions/end-others", &[]).await);
    let page = here.get(&next).await.text().await.unwrap();
    assert!(
        page.contains("All other browsers are signed out."),
        "{page}"
    );
    assert_eq!(rows(&here).await.len(), 1);
    for other in &others {
        assert!(!is_signed_in(other).await);
    }
    assert!(is_signed_in(&somebody_else).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_the_current_session_is_signing_out() {
    let server = Server::start().await;
    let (here, there) = (
        server.signed_in("ada@example.com").await,
        server.signed_in("ada@example.com").await,
    );
    let own = ends(&there).await;
    let answer = here.submit(&own[0], &[]).await;
    assert_eq!(location(&answer), "/");
    let cookie = cookie(&answer, "dataclips_session");
    assert!(cookie.starts_with("dataclips_session=;"), "{cookie}");
    assert!(!is_signed_in(&here).await);
    assert!(is_signed_in(&there).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_session_is_neither_shown_nor_ended() {
    let server = Server::start().await;
    server.user("eve@example.com", Role::Guest).await;
    let eve = server.signed_in("eve@example.com").await;
    let here = server.signed_in("ada@example.com").await;
    let there = server.signed_in("ada@example.com").await;
    assert_eq!(rows(&eve).await.len(), 1);
    for end in ends(&here).await.iter().chain(&ends(&there).await) {
        assert_eq!(eve.submit(end, &[]).await.status(), 303);
    }
    assert!(is_signed_in(&here).await && is_signed_in(&there).await);
    let answer = eve.submit("/account/sessions/abc/end", &[]).await;
    assert_eq!(answer.status(), 404);
}
