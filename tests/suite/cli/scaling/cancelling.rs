//! Cancel, from a server that is not the run's, and by leaving.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_from_any_server() {
    let servers = Servers::behind_haproxy().await;
    let superuser = servers.superuser().await;
    let [one, two, three] = servers.each();
    let clip = one.create_clip("select pg_sleep(60)").await;
    let path = format!("/{}.csv", clip.slug);
    let reader = |client: Client| {
        let path = path.clone();
        tokio::spawn(async move { client.get(&path).await })
    };
    let here = reader(one);
    wait_until_run(&superuser, 1, 500.0).await;
    let elsewhere = reader(three);
    // Long enough for a query of its own, were there to be one.
    wait_until_run(&superuser, 1, 2_000.0).await;
    assert_eq!(running(&superuser, 0.0).await, 1, "executions");
    let browser = servers.visitor_at(1);
    let signed_in = browser.sign_in("ada@example.com", PASSWORD).await;
    assert_eq!(signed_in.status(), 303);
    let cancellation = format!("/{}/cancellation", clip.slug);
    let answer = browser.submit(&cancellation, &[("version", "1")]).await;
    assert_eq!(answer.status(), 303);
    wait_until_run(&superuser, 0, 0.0).await;
    for reader in [here, elsewhere] {
        let (status, body) = status_and_body(reader.await.unwrap()).await;
        assert_eq!((status, &body["error"]["code"]), (409, &json!("cancelled")));
    }
    // Its page says so, wherever it is shown, and starts no other.
    let outcome = header(&answer, "location").to_owned();
    for browser in [browser, two] {
        let page = browser.get(&outcome).await.text().await.unwrap();
        assert!(page.contains("Cancelled."), "{page}");
    }
    assert_eq!(running(&superuser, 0.0).await, 0, "a second run");
}

async fn leaving_cancels(servers: Servers) {
    let superuser = servers.superuser().await;
    let [one, ..] = servers.each();
    let clip = one.create_clip("select pg_sleep(60)").await;
    let (balanced, path) = (servers.balanced(), format!("/{}.csv", clip.slug));
    let reader = tokio::spawn(async move { balanced.get(&path).await });
    wait_until_run(&superuser, 1, 500.0).await;
    reader.abort();
    wait_until_run(&superuser, 0, 0.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_leaves_haproxy_cancels_the_query() {
    leaving_cancels(Servers::behind_haproxy().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-scaling"]
async fn a_reader_who_leaves_nginx_cancels_the_query() {
    leaving_cancels(Servers::behind(Balancer::nginx).await).await;
}
