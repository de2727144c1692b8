//! The bare table in a frame on somebody else's page.

use crate::clip::*;
use crate::http::{change, header, protect, remove};
use serde_json::json;

async fn embed(analyst: &Analyst, clip: &Clip, query: &str) -> Response {
    let path = format!("{}/embed{query}", path(clip));
    analyst.server.anonymous().get(&path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_open_clips_table_may_be_framed() {
    let analyst = Analyst::new().await;
    let clip = analyst.server.create_clip("select 1 as a").await;
    let answer = embed(&analyst, &clip, "").await;
    assert_eq!(answer.status(), 200);
    let policy = header(&answer, "content-security-policy").to_owned();
    assert!(policy.contains("frame-ancestors *"), "{policy}");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(header(&answer, "x-frame-options"), "");
    let page = answer.text().await.unwrap();
    assert!(
        page.contains(">1</td>") || page.contains("1</td>"),
        "{page}"
    );
    let link = format!(
        "href=\"{}\" target=\"_blank\" rel=\"noopener\">A test</a>",
        path(&clip)
    );
    assert!(page.contains(&link), "{page}");
    for absent in ["class=\"site\"", "<form", "<script", "select 1"] {
        assert!(!page.contains(absent), "{absent}: {page}");
    }
    let nobody = analyst.server.anonymous();
    for below in ["", "/share", "/history", ".csv", "/table"] {
        let other = nobody.get(&format!("{}{below}", path(&clip))).await;
        let policy = header(&other, "content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{below}");
        assert_eq!(header(&other, "x-frame-options"), "DENY", "{below}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_comes_first_and_a_protected_clip_is_embedded_for_nobody() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let clip = server.create_clip("select 1 as a").await;
    protect(server, &clip).await;
    let path = format!("{}/embed", path(&clip));
    assert_eq!(server.anonymous().get(&path).await.status(), 401);
    assert_eq!(analyst.browser.get(&path).await.status(), 403);
    let owner = server.signed_in("ada@example.com").await.get(&path).await;
    assert_eq!(header(&owner, "x-frame-options"), "DENY");
    let (status, page) = seen(owner).await;
    assert_eq!(status, 403);
    assert!(
        page.contains("open to anyone with the link can be embedded"),
        "{page}"
    );
    let open = server.create_clip("select 1 as a").await;
    remove(server, &open).await;
    assert_eq!(embed(&analyst, &open, "").await.status(), 410);
}

/// Even though a frame on one of our own pages sends the cookie.
#[tokio::test(flavor = "multi_thread")]
async fn a_frame_shows_its_owner_no_more_than_a_stranger() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let clip = server.create_clip("select nonsense from orders").await;
    change(server, &clip, json!({"show_sql": false})).await;
    let owner = server.signed_in("ada@example.com").await;
    let (status, page) = seen(owner.get(&format!("{}/embed", path(&clip))).await).await;
    assert_eq!(status, 422);
    assert!(!page.contains("nonsense"), "{page}");
    assert_eq!(page, embed(&analyst, &clip, "").await.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_keeps_its_theme_version_and_order() {
    let analyst = Analyst::new().await;
    let clip = analyst
        .server
        .create_clip("select n from generate_series(1, 150) as n")
        .await;
    assert_eq!(embed(&analyst, &clip, "?theme=pink").await.status(), 400);
    for (theme, seen) in [("light", "light"), ("dark", "dark"), ("", "system")] {
        let answer = embed(&analyst, &clip, &format!("?theme={theme}")).await;
        let page = answer.text().await.unwrap();
        assert!(page.contains(&format!("data-theme=\"{seen}\"")), "{page}");
    }
    let page = embed(&analyst, &clip, "?theme=dark&version=1&sort=-1").await;
    let page = page.text().await.unwrap();
    let next = format!(
        "href=\"{}/embed?version=1&#38;theme=dark&#38;sort=-1&#38;page=2#rows\"",
        path(&clip)
    );
    assert!(page.contains(&next), "{page}");
    assert!(page.contains("Rows 1 to 100 of 150"), "{page}");
    let next = next.replace("&#38;", "&");
    let next = next.strip_prefix("href=\"").unwrap().split('#').next();
    let page = analyst.server.anonymous().get(next.unwrap()).await;
    let page = page.text().await.unwrap();
    assert!(page.contains("Rows 101 to 150 of 150"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_waits_for_rows_that_take_long() {
    let analyst = Analyst::new().await;
    let sql = "select pg_sleep(3)::text as a, 'there' as b";
    let clip = analyst.server.create_clip(sql).await;
    let page = embed(&analyst, &clip, "?theme=dark").await;
    let page = page.text().await.unwrap();
    assert!(page.contains("The rows are on their way."), "{page}");
    let (_, rest) = page
        .split_once("http-equiv=\"refresh\" content=\"3; url=")
        .unwrap();
    let mut next = rest.split('"').next().unwrap().replace("&#38;", "&");
    let page = loop {
        let page = analyst.server.anonymous().get(&next).await;
        let page = page.text().await.unwrap();
        match page.split_once("content=\"3; url=") {
            Some((_, rest)) => {
                next = rest.split('"').next().unwrap().replace("&#38;", "&");
            }
            None => break page,
        }
    };
    assert!(
        page.contains("there") && page.contains("data-theme=\"dark\""),
        "{page}"
    );
}
