//! Requesting a link by mail: every address gets the same response, and only those who may come in get a mail.

use reqwest::{Method, Response};

use crate::people::{add, is_signed_in, page, verified};
use crate::support::Client;
use crate::support::{Mailbox, Server};

async fn ask(browser: &Client, path: &str, address: &str, next: &str) -> Response {
    let typed = [("email", address), ("next", next)];
    browser.submit(path, &typed).await
}

/// The response, which has to be the same for every address.
async fn answered(browser: &Client, path: &str, address: &str) -> String {
    let answer = ask(browser, path, address, "/account").await;
    assert_eq!(answer.status(), 200, "{address}");
    assert_eq!(answer.headers().get("set-cookie"), None);
    answer.text().await.unwrap()
}

async fn grant(server: &Server, grantee: &str) {
    let store = server.app.store.client().await.unwrap();
    let sql = "insert into clip_grants (clip_id, grantee, may) values (1, $1, 'see')";
    store.execute(sql, &[&grantee]).await.unwrap();
}

/// Who got a mail, sorted by address. Waits for one more mail first, so that any other had time to arrive.
async fn mailed(server: &Server, mailbox: &Mailbox, count: usize) -> Vec<String> {
    mailbox.wait_for(count).await;
    let last = server.signed_in("ada@example.com").await;
    let typed = [("emails", "last@example.com"), ("role", "guest")];
    assert_eq!(last.submit("/people", &typed).await.status(), 303);
    let mails = mailbox.wait_for(count + 1).await;
    let mut to: Vec<String> = mails.into_iter().map(|mail| mail.to).collect();
    to.sort_unstable();
    to.retain(|address| address != "last@example.com");
    to
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_by_mail() {
    let (server, mailbox) = Server::with_mail().await;
    let old = server.signed_in("ada@example.com").await;
    let browser = server.anonymous();
    let form = page(&browser, "/sign-in/forgotten").await;
    assert!(form.contains("name=\"email\""), "{form}");
    answered(&browser, "/sign-in/forgotten", " Ada@example.com").await;
    let mail = mailbox.mail(1).await;
    assert_eq!(mail.to, "ada@example.com");
    assert!(mail.text.contains("choose a new password"), "{}", mail.text);
    assert!(is_signed_in(&old).await);
    let chosen = [("password", "battery staple")];
    let answer = browser.submit(&mail.link(), &chosen).await;
    assert_eq!(answer.status(), 303);
    assert!(!is_signed_in(&old).await);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_active_users_are_mailed_a_reset() {
    let (server, mailbox) = Server::with_mail().await;
    server.create_clip("select 1 as a").await;
    for address in ["ann@example.com", "out@example.com"] {
        add(&server, address).await;
    }
    let store = server.app.store.client().await.unwrap();
    let sql =
        "insert into user_deactivations (user_id) select id from users where email like 'out@%'";
    store.execute(sql, &[]).await.unwrap();
    grant(&server, "granted@example.com").await;
    let mut pages = Vec::new();
    for address in [
        "ann@example.com",
        "out@example.com",
        "granted@example.com",
        "eve@example.com",
        "ada@example.com",
    ] {
        pages.push(answered(&server.anonymous(), "/sign-in/forgotten", address).await);
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let to = mailed(&server, &mailbox, 2).await;
    assert_eq!(to, ["ada@example.com", "ann@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_link_goes_to_users_and_to_people_with_a_grant() {
    let (server, mailbox) = Server::with_mail().await;
    server.create_clip("select 1 as a").await;
    grant(&server, "granted@example.com").await;
    grant(&server, "@example.org").await;
    grant(&server, "out@example.com").await;
    add(&server, "out@example.com").await;
    let store = server.app.store.client().await.unwrap();
    let sql =
        "insert into user_deactivations (user_id) select id from users where email like 'out@%'";
    store.execute(sql, &[]).await.unwrap();
    let mut pages = Vec::new();
    for address in [
        "ada@example.com",
        "granted@example.com",
        "ben@example.org",
        "cid@mail.example.org",
        "out@example.com",
        "eve@example.com",
    ] {
        pages.push(answered(&server.anonymous(), "/sign-in/link", address).await);
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let to = mailed(&server, &mailbox, 3).await;
    assert_eq!(
        to,
        ["ada@example.com", "ben@example.org", "granted@example.com"]
    );
    for address in ["ben@example.org", "granted@example.com"] {
        assert_eq!(verified(&server, address).await, None);
    }

    let mails = mailbox.wait_for(3).await;
    let granted = mails.iter().find(|mail| mail.to == "granted@example.com");
    let link = granted.unwrap().link();
    let browser = server.anonymous();
    let answer = browser.submit(&link, &[]).await;
    assert_eq!(answer.headers()["location"], "/account");
    assert!(is_signed_in(&browser).await);
    assert_eq!(verified(&server, "granted@example.com").await, Some(true));
    // What was granted to the other domain was taken back before its link was followed.
    let sql = "delete from clip_grants";
    store.execute(sql, &[]).await.unwrap();
    let ben = mails.iter().find(|mail| mail.to == "ben@example.org");
    let status = server
        .anonymous()
        .submit(&ben.unwrap().link(), &[])
        .await
        .status();
    assert_eq!(status, 404);
    assert_eq!(verified(&server, "ben@example.org").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_clip_offers_a_link_that_leads_back_to_it() {
    let (server, mailbox) = Server::with_mail().await;
    let clip = server.create_clip("select 1 as a").await;
    let store = server.app.store.client().await.unwrap();
    let sql = "update clips set anyone = false";
    store.execute(sql, &[]).await.unwrap();
    let path = format!("/{}-orders?version=1", clip.slug);
    let browser = server.anonymous();
    let answer = browser.get(&path).await;
    assert_eq!(answer.status(), 401);
    let page = answer.text().await.unwrap();
    let (_, form) = page.split_once("action=\"/sign-in/link\"").unwrap();
    assert!(
        form.contains(&format!("name=\"next\" value=\"{path}\"")),
        "{form}"
    );
    ask(&browser, "/sign-in/link", "ada@example.com", &path).await;
    let answer = browser.submit(&mailbox.mail(1).await.link(), &[]).await;
    assert_eq!(answer.headers()["location"], *path);
    assert_eq!(browser.get(&path).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_mail_the_page_refers_to_an_administrator() {
    let server = Server::start().await;
    let browser = server.anonymous();
    let sign_in = page(&browser, "/sign-in").await;
    assert!(!sign_in.contains("/sign-in/link"), "{sign_in}");
    let told = page(&browser, "/sign-in/forgotten").await;
    assert!(
        told.contains("Ask an administrator for a new link"),
        "{told}"
    );
    for path in ["/sign-in/forgotten", "/sign-in/link"] {
        let told = answered(&browser, path, "ada@example.com").await;
        assert!(
            told.contains("Ask an administrator for a new link"),
            "{told}"
        );
    }
    let store = server.app.store.client().await.unwrap();
    let sql = "select count(*) from one_time_links";
    let made: i64 = store.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(made, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn requesting_a_link_is_limited_for_every_address_and_needs_a_valid_one() {
    let (server, _mailbox) = Server::with_mail().await;
    for path in ["/sign-in/forgotten", "/sign-in/link"] {
        let answer = ask(&server.anonymous(), path, "nobody", "/").await;
        assert_eq!(answer.status(), 422);
        let page = answer.text().await.unwrap();
        assert!(page.contains("Enter an e-mail address"), "{page}");
        assert!(page.contains("value=\"nobody\""), "{page}");
    }
    for address in ["ada@example.com", "eve@example.com"] {
        for _ in 0..5 {
            answered(&server.anonymous(), "/sign-in/link", address).await;
        }
        let answer = ask(&server.anonymous(), "/sign-in/forgotten", address, "/").await;
        assert_eq!(answer.status(), 429);
        assert!(answer.headers().contains_key("retry-after"));
        assert!(answer.text().await.unwrap().contains("Wait"));
    }
    let request = server.anonymous().request(Method::POST, "/sign-in/link");
    let foreign = request.header("sec-fetch-site", "cross-site");
    let foreign = foreign.form(&[("email", "ada@example.com")]).send().await;
    assert_eq!(foreign.unwrap().status(), 403);
}
