//! Who sees and edits what: grants, what follows from them, and what never leaks.

mod grants;
mod hidden;
mod permissions;
mod plans;
mod protected;
mod share_page;
mod snippets;

use serde_json::{Value, json};

use crate::support::{Client, Clip, Server, status_and_body};

/// Changes who may see a clip; returns status and body.
async fn share(by: &Client, clip: &Clip, access: &Value) -> (u16, Value) {
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    status_and_body(by.put(&path, access).await).await
}

/// Opens the clip to these alone, each with a right.
pub async fn grant(by: &Client, clip: &Clip, grants: &[(&str, &str)]) {
    let grants: Vec<Value> = grants
        .iter()
        .map(|(to, may)| json!({"to": to, "may": may}))
        .collect();
    let access = json!({"anyone": false, "grants": grants});
    let (status, body) = share(by, clip, &access).await;
    assert_eq!(status, 200, "{body}");
}

/// Marks an address as unverified, as if a member had typed it.
async fn unverify(server: &Server, email: &str) {
    let store = server.app.store.client().await.unwrap();
    let sql = "update users set verified_at = null where email = $1";
    assert_eq!(store.execute(sql, &[&email]).await.unwrap(), 1);
}
