//! Attempts are counted for all servers together, by a hash of who makes them.

use dataclips::model::Role;
use reqwest::Response;
use serde_json::{Value, json};

use crate::people::add;
use crate::support::{Client, Server};

async fn guess(browser: &Client) -> Response {
    browser.sign_in("ada@example.com", "wrong password").await
}

fn wait(refused: &Response) -> u64 {
    refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_do_not_allow_twice_as_many_guesses() {
    let server = Server::start().await;
    let other = server.beside().await;
    let browsers = [server.anonymous(), other.anonymous()];
    for number in 0..10 {
        assert_eq!(guess(&browsers[number % 2]).await.status(), 422, "{number}");
    }
    for browser in &browsers {
        let refused = guess(browser).await;
        assert_eq!(refused.status(), 429);
        assert!((1..=31).contains(&wait(&refused)), "{}", wait(&refused));
    }
    // Not even with the right password, until one is available again.
    let right = browsers[0]
        .sign_in("ada@example.com", "correct horse")
        .await;
    assert_eq!(right.status(), 429);
    let store = server.app.store.client().await.unwrap();
    let later = "update attempts set used_until = used_until - interval '30 s'";
    store.execute(later, &[]).await.unwrap();
    let right = browsers[1]
        .sign_in("ada@example.com", "correct horse")
        .await;
    assert_eq!(right.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_recipient_gets_few_mails_whichever_servers_are_asked() {
    let (server, mailbox) = Server::with_mail().await;
    let other = server.beside().await;
    add(&server, "ann@example.com").await;
    let browsers = [server.anonymous(), other.anonymous()];
    let ask = async |number: usize| {
        let typed = [("email", "ann@example.com"), ("next", "/")];
        let browser = &browsers[number % 2];
        browser.submit("/sign-in/link", &typed).await.status()
    };
    for number in 0..5 {
        assert_eq!(ask(number).await, 200);
        // The next request would replace a link whose mail was not sent yet.
        mailbox.wait_for(number + 1).await;
    }
    assert_eq!(ask(5).await, 429);
    assert_eq!(ask(6).await, 429);
    assert_eq!(mailbox.count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_invites_fifty_people_at_once_at_all_servers_together() {
    let server = Server::start().await;
    let other = server.beside().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as one").await;
    let mia = [&server, &other].map(|server| server.anonymous().with_token(mia.token()));
    let invite = async |at: usize, from: usize, to: usize| {
        let granted: Vec<Value> = (from..to)
            .map(|number| json!({"to": format!("n{number}@example.com"), "may": "see"}))
            .collect();
        let path = format!("/api/v1/clips/{}/access", clip.slug);
        let access = json!({"anyone": false, "grants": granted});
        mia[at].put(&path, &access).await
    };
    assert_eq!(invite(0, 0, 30).await.status(), 200);
    let refused = invite(1, 30, 60).await;
    assert_eq!(refused.status(), 429);
    assert!((500..=601).contains(&wait(&refused)), "{}", wait(&refused));
    assert_eq!(invite(1, 30, 50).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_does_not_say_who_tried_and_forgets_it() {
    let server = Server::start().await;
    guess(&server.anonymous()).await;
    let store = server.app.store.client().await.unwrap();
    let sql = "select string_agg(attempts::text || encode(key, 'escape'), ' ') from attempts";
    let kept: String = store.query_one(sql, &[]).await.unwrap().get(0);
    assert!(!kept.contains("ada") && !kept.contains("127.0.0"), "{kept}");
    let count = async || {
        let sql = "select count(*) from attempts";
        store.query_one(sql, &[]).await.unwrap().get::<_, i64>(0)
    };
    assert_eq!(count().await, 2);
    let later = "update attempts set used_until = now() - interval '1 s'";
    store.execute(later, &[]).await.unwrap();
    server.app.tidy().await;
    assert_eq!(count().await, 0);
}
