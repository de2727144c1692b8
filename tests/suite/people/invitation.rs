//! An administrator invites people, with mail and without.

use dataclips::model::Role;

use super::*;
use crate::support::{Log, Server, free_port};

async fn invite(browser: &Client, emails: &str, role: &str) -> reqwest::Response {
    let typed = [("emails", emails), ("role", role)];
    browser.submit("/people", &typed).await
}

/// The page to which the response to an invitation leads.
async fn page_after(browser: &Client, answer: reqwest::Response) -> String {
    assert_eq!(answer.status(), 303);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    page(browser, location.split('#').next().unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_arrives_by_mail_and_lets_its_person_in() {
    let (server, mailbox) = Server::with_mail().await;
    let browser = server.signed_in("ada@example.com").await;
    let answer = invite(&browser, "ann@example.com", "member").await;
    let mail = mailbox.mail(1).await;
    assert_eq!(mail.to, "ann@example.com");
    assert!(
        mail.text.contains("ada@example.com invited you"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains(&server.url), "{}", mail.text);
    let shown = page_after(&browser, answer).await;
    assert!(
        shown.contains("is on its way to ann@example.com"),
        "{shown}"
    );
    assert_eq!(shown_links(&shown), [mail.link()]);
    let state = entry(&shown, "ann@example.com");
    assert!(
        state.contains("invited, link not used yet") && state.contains("member"),
        "{state}"
    );

    let ann = server.anonymous();
    let chosen = [("password", "battery staple")];
    assert_eq!(ann.submit(&mail.link(), &chosen).await.status(), 303);
    assert!(is_signed_in(&ann).await);
    let list = page(&browser, "/people").await;
    let state = entry(&list, "ann@example.com");
    assert!(
        state.contains("active") && state.contains("last seen"),
        "{state}"
    );
    assert_eq!(verified(&server, "ann@example.com").await, Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_mail_the_links_are_shown_once() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    let many = "ann@example.com, Ben@example.com\r\ncid@example.com ann@example.com";
    let answer = invite(&browser, many, "guest").await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for rule in ["HttpOnly", "SameSite=Strict", "Path=/people", "Max-Age=60"] {
        assert!(cookie.contains(rule), "{cookie}");
    }
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(!location.contains("enter"), "{location}");
    let answer = browser.get("/people").await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let shown = answer.text().await.unwrap();
    let links = shown_links(&shown);
    assert_eq!(links.len(), 3);
    for (link, address) in links.iter().zip(["ann@", "ben@", "cid@"]) {
        let opened = page(&server.anonymous(), link).await;
        assert!(
            opened.contains(&format!("{address}example.com")),
            "{opened}"
        );
    }
    assert_eq!(shown_links(&page(&browser, "/people").await), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_is_reported_and_the_link_shown() {
    let url = format!("smtp://127.0.0.1:{}", free_port());
    let server = Server::with_mail_by(&url).await;
    let browser = server.signed_in("ada@example.com").await;
    let answer = invite(&browser, "ann@example.com", "member").await;
    let shown = page_after(&browser, answer).await;
    assert!(
        shown.contains("The e-mail to ann@example.com could not be sent: "),
        "{shown}"
    );
    let [link] = &shown_links(&shown)[..] else {
        panic!("{shown}");
    };
    let person = page(&browser, &path_of(&server, "ann@example.com").await).await;
    assert!(
        person.contains("The e-mail could not be sent: "),
        "{person}"
    );
    assert_eq!(server.anonymous().get(link).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_addresses_come_back_as_typed_and_nobody_is_invited() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    for (emails, role, words) in [
        (
            "ann@example.com nonsense",
            "member",
            "“nonsense” is not an e-mail address",
        ),
        (
            "ann@example.com ada@example.com",
            "member",
            "ada@example.com already has an account",
        ),
        ("", "member", "Enter at least one"),
        ("ann@example.com", "king", "Give the role"),
    ] {
        let answer = invite(&browser, emails, role).await;
        assert_eq!(answer.status(), 422, "{emails}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(words), "{page}");
        assert!(page.contains(&format!(">\n{emails}</textarea>")), "{page}");
        assert_eq!(verified(&server, "ann@example.com").await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_replaces_the_first_and_a_reset_is_for_people_who_have_signed_in() {
    let (server, mailbox) = Server::with_mail().await;
    let browser = server.signed_in("ada@example.com").await;
    invite(&browser, "ann@example.com", "member").await;
    let ann = path_of(&server, "ann@example.com").await;
    let answer = browser
        .submit(&format!("{ann}/link"), &[("purpose", "invitation")])
        .await;
    let shown = page_after(&browser, answer).await;
    let second = mailbox.mail(2).await.link();
    assert_eq!(shown_links(&shown), [second]);
    let first = mailbox.mail(1).await.link();
    assert_eq!(server.anonymous().get(&first).await.status(), 404);
    // Somebody else's page does not show it.
    browser
        .submit(&format!("{ann}/link"), &[("purpose", "invitation")])
        .await;
    let ada = path_of(&server, "ada@example.com").await;
    assert_eq!(shown_links(&page(&browser, &ada).await), [""; 0]);

    let third = mailbox.mail(3).await.link();
    let chosen = [("password", "battery staple")];
    let first_browser = server.anonymous();
    assert_eq!(first_browser.submit(&third, &chosen).await.status(), 303);
    assert!(page(&browser, &ann).await.contains("Create reset link"));
    browser
        .submit(&format!("{ann}/link"), &[("purpose", "reset")])
        .await;
    let mail = mailbox.mail(4).await;
    assert!(
        mail.text.contains("ada@example.com sent you this link"),
        "{}",
        mail.text
    );
    let chosen = [("password", "tea and biscuits")];
    let status = server
        .anonymous()
        .submit(&mail.link(), &chosen)
        .await
        .status();
    assert_eq!(status, 303);
    assert!(!is_signed_in(&first_browser).await);
    let answer = browser
        .submit(&format!("{ann}/link"), &[("purpose", "sign-in")])
        .await;
    assert_eq!(answer.status(), 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_waits_is_confirmed() {
    let server = Server::start().await;
    add(&server, "ann@example.com").await;
    let browser = server.signed_in("ada@example.com").await;
    let list = page(&browser, "/people").await;
    assert!(entry(&list, "ann@example.com").contains("waiting for an administrator"));
    let ann = path_of(&server, "ann@example.com").await;
    assert!(page(&browser, &ann).await.contains("Confirm and invite"));
    assert_eq!(verified(&server, "ann@example.com").await, Some(false));
    let answer = browser
        .submit(&format!("{ann}/link"), &[("purpose", "invitation")])
        .await;
    let shown = page_after(&browser, answer).await;
    assert_eq!(shown_links(&shown).len(), 1);
    assert_eq!(verified(&server, "ann@example.com").await, Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_can_be_searched() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    assert!(!page(&browser, "/people").await.contains("Search addresses"));
    let many: String = (0..20)
        .map(|number| format!("user{number}@example.com "))
        .collect();
    invite(&browser, &many, "guest").await;
    let list = page(&browser, "/people").await;
    assert!(list.contains("Search addresses") && list.contains("ada@example.com</strong>"));
    let found = page(&browser, "/people?search=USER1").await;
    let count = found.matches("</strong></a>").count();
    assert_eq!(count, 11, "{found}");
    let none = page(&browser, "/people?search=%25").await;
    assert!(none.contains("No address matches"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_for_administrators_alone() {
    let server = Server::start().await;
    let ada = path_of(&server, "ada@example.com").await;
    server.user("ann@example.com", Role::Member).await;
    server.user("gus@example.com", Role::Guest).await;
    for (browser, status) in [
        (server.anonymous(), 401),
        (server.signed_in("ann@example.com").await, 403),
        (server.signed_in("gus@example.com").await, 403),
    ] {
        for path in ["/people", &ada] {
            assert_eq!(browser.get(path).await.status(), status, "{path}");
        }
        let answer = invite(&browser, "eve@example.com", "administrator").await;
        assert_eq!(answer.status(), status);
        for (action, fields) in [
            ("role", &[("role", "guest")][..]),
            ("link", &[("purpose", "reset")]),
            ("deactivation", &[]),
            ("reactivation", &[]),
        ] {
            let answer = browser.submit(&format!("{ada}/{action}"), fields).await;
            assert_eq!(answer.status(), status, "{action}");
        }
        assert!(
            !browser
                .get("/")
                .await
                .text()
                .await
                .unwrap()
                .contains("/people")
        );
    }
    assert_eq!(verified(&server, "eve@example.com").await, None);
    let browser = server.signed_in("ada@example.com").await;
    assert!(page(&browser, "/").await.contains("href=\"/people\""));
    for path in ["/people/0", "/people/abc"] {
        assert_eq!(browser.get(path).await.status(), 404, "{path}");
    }
}

/// On one thread, which the log follows.
#[tokio::test]
async fn the_log_contains_invitations_and_never_their_links() {
    let log = Log::keep();
    let (server, mailbox) = Server::with_mail().await;
    let browser = server.signed_in("ada@example.com").await;
    invite(&browser, "ann@example.com nobody@example.com", "member").await;
    let links = shown_links(&page(&browser, "/people").await);
    assert_eq!(links.len(), 2);
    let text = log.text();
    assert!(text.contains("a mail could not be sent"), "{text}");
    // The test's own client logs its cookies.
    let lines = || {
        text.lines()
            .filter(|line| !line.contains(" cookie_store::"))
    };
    for secret in links.iter().map(|link| link.replace("/enter/", "")) {
        assert_eq!(lines().find(|line| line.contains(&secret)), None);
    }
    assert!(!text.contains(crate::support::Mailbox::PASSWORD));
    assert_eq!(mailbox.count(), 1);
}
