//! What is changed at one server holds at the others within a second.

use super::*;

/// Asks until the answer is this one. What is sent a second after the acknowledgement has to have it at once.
async fn holds(client: &Client, path: &str, what: &str, is_so: impl AsyncFn(Response) -> bool) {
    let acknowledged = Instant::now();
    loop {
        let sent = acknowledged.elapsed();
        if is_so(client.get(path).await).await {
            return;
        }
        assert!(sent < HOLDS_AFTER, "{what}: not yet, {sent:?} afterwards");
    }
}

/// The same of a status, at all of these at once.
async fn holds_elsewhere(clients: &[Client], path: &str, what: &str, status: u16) {
    let checks = clients.iter().map(|client| {
        let is_so = async move |answer: Response| answer.status() == status;
        holds(client, path, what, is_so)
    });
    join_all(checks).await;
}

/// Until a moment before, everybody was answered like this.
async fn held(clients: &[Client], path: &str, status: u16) {
    for client in clients {
        assert_eq!(client.get(path).await.status(), status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_links_and_removal_hold_at_the_other_servers() {
    let servers = Servers::behind_haproxy().await;
    let ada = servers.at(0);
    let visitors: [Client; 2] = [1, 2].map(|server| servers.visitor_at(server));
    let clip = ada.create_clip("select 1 as one").await;
    let (rows, api) = (
        format!("/{}.csv", clip.slug),
        format!("/api/v1/clips/{}", clip.slug),
    );
    held(&visitors, &rows, 200).await;

    let closed = json!({"anyone": false, "grants": []});
    assert_eq!(
        ada.put(&format!("{api}/access"), &closed).await.status(),
        200
    );
    holds_elsewhere(&visitors, &rows, "protected", 401).await;

    let links = format!("{api}/links");
    let (status, link) = status_and_body(ada.post(&links, &json!({"label": "a"})).await).await;
    assert_eq!(status, 201, "{link}");
    let linked = format!("{rows}?access-token={}", link["token"].as_str().unwrap());
    held(&visitors, &linked, 200).await;
    let revoked = ada.delete(&format!("{links}/{}", link["id"])).await;
    assert_eq!(revoked.status(), 204);
    holds_elsewhere(&visitors, &linked, "revoked", 401).await;

    let open = json!({"anyone": true, "grants": []});
    assert_eq!(ada.put(&format!("{api}/access"), &open).await.status(), 200);
    holds_elsewhere(&visitors, &rows, "open", 200).await;
    assert_eq!(ada.delete(&api).await.status(), 204);
    holds_elsewhere(&visitors, &rows, "removed", 410).await;
    assert_eq!(
        ada.post(&format!("{api}/restore"), &json!({}))
            .await
            .status(),
        200
    );
    holds_elsewhere(&visitors, &rows, "restored", 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_person_is_refused_at_the_other_servers() {
    let servers = Servers::behind_haproxy().await;
    let ada = servers.at(0);
    let clip = ada.create_clip("select 1 as one").await;
    let rows = format!("/{}.csv", clip.slug);
    let access = format!("/api/v1/clips/{}/access", clip.slug);
    let ann = servers.add_member("ann@example.com");
    let granted = json!({"anyone": false, "grants": [{"to": "ann@example.com", "may": "see"}]});
    assert_eq!(ada.put(&access, &granted).await.status(), 200);
    let ann: [Client; 2] = [1, 2].map(|server| servers.visitor_at(server).with_token(&ann));
    held(&ann, &rows, 200).await;

    let nobody = json!({"anyone": false, "grants": []});
    assert_eq!(ada.put(&access, &nobody).await.status(), 200);
    holds_elsewhere(&ann, &rows, "no longer granted", 403).await;
    assert_eq!(ada.put(&access, &granted).await.status(), 200);
    holds_elsewhere(&ann, &rows, "granted", 200).await;
    let person = "/api/v1/people/ann@example.com";
    let gone = ada.patch(person, &json!({"active": false})).await;
    assert_eq!(gone.status(), 200);
    holds_elsewhere(&ann, &rows, "deactivated", 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_a_new_query_and_a_new_title_hold_at_the_other_servers() {
    let servers = Servers::behind_haproxy().await;
    let moods = Moods::create_by(servers.superuser().await).await;
    let [ada, others @ ..] = servers.each();
    let clip = ada.create_clip(MOOD).await;
    let rows = format!("/{}.json", clip.slug);
    let shows = async |what: &str, key: &str, value: Value| {
        let checks = others.iter().map(|other| {
            let value = &value;
            holds(other, &rows, what, async move |answer: Response| {
                status_and_body(answer).await.1[key] == *value
            })
        });
        join_all(checks).await;
    };
    shows("first", "values", json!([["calm"]])).await;

    assert_eq!(pin(&ada, &clip, None).await.status(), 200);
    // Who does not know of the pin sees this.
    moods.turn("cross").await;
    shows("pinned", "values", json!([["calm"]])).await;
    shows("renamed before", "title", json!("A test")).await;
    change(&ada, &clip, json!({"title": "Renamed"})).await;
    shows("renamed", "title", json!("Renamed")).await;
    assert_eq!(unpin(&ada, &clip).await.status(), 204);
    shows("unpinned", "values", json!([["cross"]])).await;
    change(&ada, &clip, json!({"sql": "select 2 as two"})).await;
    shows("edited", "version", json!(2)).await;
}
