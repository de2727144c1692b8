//! The first steps, on the list of an administrator.

use dataclips::model::Role;

use crate::clip::*;

async fn steps(browser: &Client) -> Option<usize> {
    let page = browser.get("/").await.text().await.unwrap();
    let (_, card) = page.split_once("<section class=\"card first-steps\"")?;
    Some(
        card.split("</section>")
            .next()
            .unwrap()
            .matches("class=\"done\"")
            .count(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_ticked_until_all_are_done() {
    let server = Server::start().await;
    let ada = server.signed_in("ada@example.com").await;
    let store = server.app.store.client().await.unwrap();
    let sql = "update databases set source = $1";
    store.execute(sql, &[&"embedded"]).await.unwrap();
    assert_eq!(steps(&ada).await, Some(0));
    server.create_clip("select 1").await;
    assert_eq!(steps(&ada).await, Some(1));
    store.execute(sql, &[&"added"]).await.unwrap();
    assert_eq!(steps(&ada).await, Some(2));
    server.user("mia@example.com", Role::Member).await;
    assert_eq!(steps(&ada).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_administrator_dismisses_them_for_themself() {
    let server = Server::start().await;
    server.user("mia@example.com", Role::Member).await;
    server.user("bob@example.com", Role::Administrator).await;
    let [ada, bob, mia] = [
        server.signed_in("ada@example.com").await,
        server.signed_in("bob@example.com").await,
        server.signed_in("mia@example.com").await,
    ];
    assert_eq!(steps(&mia).await, None);
    assert!(steps(&ada).await.is_some());
    assert_eq!(
        path_of(ada.submit("/first-steps/dismissal", &[]).await).await,
        "/"
    );
    assert_eq!(steps(&ada).await, None);
    assert!(steps(&bob).await.is_some());
}
