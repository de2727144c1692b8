//! A clip's chart goes with it: into forks and backups.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_has_its_own_copy_of_the_chart() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let origin = sales(&server).await;
    assert_eq!(keep(ada, &origin, &line()).await.0, 200);
    let path = format!("/api/v1/clips/{}/fork", origin.slug);
    let (status, body) = status_and_body(ada.post(&path, &json!({})).await).await;
    assert_eq!(status, 201, "{body}");
    let slug = body["slug"].as_str().unwrap().to_owned();
    let fork = Clip { slug, body };
    let chart = status_and_body(ada.get(&chart_of(&fork)).await).await;
    assert_eq!(chart, (200, line()));
    assert_eq!(ada.delete(&chart_of(&origin)).await.status(), 204);
    assert_eq!(ada.get(&chart_of(&fork)).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_the_charts_and_brings_them_back() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = sales(&server).await;
    let plain = server.create_clip("select 1 as a").await;
    let mut chart = line();
    chart["look"] = json!({"goal": "10.0"});
    assert_eq!(keep(ada, &clip, &chart).await.0, 200);
    let document = server.export().await;
    assert_eq!(document["clips"][0]["chart"]["kept_by"], "ada@example.com");
    assert!(document["clips"][1].get("chart").is_none());

    let client = server.app.store.client().await.unwrap();
    client.execute("delete from clips", &[]).await.unwrap();
    assert_eq!(ada.get(&chart_of(&clip)).await.status(), 404);
    let imported = server.import(&document).await.unwrap();
    assert_eq!((imported.clips, imported.known), (2, 0));
    assert_eq!(
        status_and_body(ada.get(&chart_of(&clip)).await).await,
        (200, chart)
    );
    assert_eq!(ada.get(&chart_of(&plain)).await.status(), 404);
    assert_eq!(server.export().await, document);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_with_an_impossible_chart_is_damaged() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    assert_eq!(keep(&server.administrator, &clip, &line()).await.0, 200);
    let document = server.export().await;
    for (key, value) in [("kind", json!("pie")), ("y", json!([])), ("x", json!(""))] {
        let mut damaged = document.clone();
        damaged["clips"][0]["chart"][key] = value;
        let refused = server.import(&damaged).await.unwrap_err();
        assert!(refused.to_string().contains("damaged"), "{key}: {refused}");
    }
}
