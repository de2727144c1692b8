//! What other programs show of a link to a clip.

use crate::clip::*;
use crate::http::{change, header, protect};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_an_open_clip_describes_what_is_behind_it() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let path = analyst
        .create("Orders & \"more\"", "select id from orders limit 5")
        .await;
    let page = server.anonymous().get(&path).await;
    assert_eq!(header(&page, "x-robots-tag"), "noindex");
    let page = page.text().await.unwrap();
    for (name, content) in [
        ("property=\"og:title\"", "Orders &#38; &#34;more&#34;"),
        ("property=\"og:type\"", "website"),
        ("property=\"og:site_name\"", "Dataclips"),
        ("property=\"og:url\"", &format!("{}{path}", server.url)),
        (
            "property=\"og:description\"",
            "5 rows from data, checked just now",
        ),
        ("name=\"twitter:card\"", "summary"),
    ] {
        let tag = format!("<meta {name} content=\"{content}\">");
        assert!(page.contains(&tag), "{tag}: {page}");
    }
    assert!(page.contains("<title>Orders &#38; &#34;more&#34; – Dataclips</title>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_protected_clip_reveals_nothing() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let clip = server.create_clip("select 1 as a").await;
    change(server, &clip, json!({"title": "Salaries"})).await;
    protect(server, &clip).await;
    let (status, page) = seen(server.anonymous().get(&path(&clip)).await).await;
    assert_eq!(status, 401);
    assert!(page.contains("<title>This clip is protected – Dataclips</title>"));
    for absent in ["og:", "twitter:", "Salaries", "data"] {
        let head = page.split("<link rel=\"icon\"").next().unwrap();
        assert!(
            !head
                .replace("clip", "")
                .replace("data-theme", "")
                .contains(absent),
            "{absent}: {head}"
        );
    }
    assert!(!page.contains("Salaries"), "{page}");
    let owner = server.signed_in("ada@example.com").await;
    let page = owner.get(&path(&clip)).await.text().await.unwrap();
    assert!(page.contains("Salaries") && !page.contains("og:"), "{page}");
}
