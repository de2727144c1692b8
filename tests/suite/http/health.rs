//! `/readyz` and `/version` for programs.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn readiness_has_its_reasons_in_json_too() {
    let server = Server::start().await;
    let ask = || async {
        let request = server.anonymous().request(Method::GET, "/readyz");
        let request = request.header("accept", "application/json");
        status_and_body(request.send().await.unwrap()).await
    };
    assert_eq!(ask().await, (200, json!({"ready": true, "reasons": []})));
    let text = server.anonymous().get("/readyz").await;
    assert_eq!(text.text().await.unwrap(), "ready\n");
    server.app.draining.begin();
    let reasons = json!([{"code": "stopping", "message": "This server is about to stop."}]);
    let stopping = json!({"ready": false, "reasons": reasons});
    assert_eq!(ask().await, (503, stopping));
    let text = server.anonymous().get("/readyz").await;
    assert_eq!(
        text.text().await.unwrap(),
        "This server is about to stop.\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_know_the_version() {
    let server = Server::start().await;
    let (status, body) = status_and_body(server.anonymous().get("/version").await).await;
    assert_eq!(status, 200);
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert!(body["schema"].as_i64().unwrap() > 0, "{body}");
}
