//! What runs now, in a browser that stays open.

use super::{Browser, Device, Server, sign_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_appears_by_itself_and_is_cancelled() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit("/running").await;
    browser.sees("Nothing runs at the moment.").await;
    let clip = server.create_clip("select pg_sleep(60)").await;
    let rows = tokio::spawn({
        let (client, path) = (server.administrator.clone(), format!("/{}.csv", clip.slug));
        async move { client.get(&path).await.status().as_u16() }
    });
    browser.sees("Running for").await;
    browser.sees("for ada@example.com").await;
    let cancel = format!("Cancel the run of clip {}", clip.body["number"]);
    browser.press(&cancel).await;
    browser.sees("Nothing runs at the moment.").await;
    assert_eq!(rows.await.unwrap(), 409);
}
