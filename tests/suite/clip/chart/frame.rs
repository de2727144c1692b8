//! The chart in a frame on another page.

use super::*;

const SCRIPT: &str = "/static/chart-";

async fn framed(server: &Server, clip: &Clip, query: &str) -> (String, String) {
    let answer = server
        .anonymous()
        .get(&format!("/{}/embed{query}", clip.slug))
        .await;
    assert_eq!(answer.status(), 200, "{query}");
    let policy = answer.headers()["content-security-policy"].to_str();
    let policy = policy.unwrap().to_owned();
    (policy, answer.text().await.unwrap().replace("&#38;", "&"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_shows_what_the_clip_opens_with_or_what_its_address_asks_for() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let opening = |opens_first: bool| {
        let mut chart = line();
        chart["opens_first"] = json!(opens_first);
        chart
    };
    for (kept, query, is_chart) in [
        (None, "", false),
        (None, "?view=chart", true),
        (Some(false), "", false),
        (Some(true), "", true),
        (Some(true), "?sort=1&filter=1", true),
        (Some(true), "?view=table", false),
        (Some(false), "?view=chart&theme=dark", true),
    ] {
        if let Some(opens_first) = kept {
            let kept = keep(&server.administrator, &clip, &opening(opens_first)).await;
            assert_eq!(kept.0, 200);
        }
        let (policy, page) = framed(&server, &clip, query).await;
        assert_eq!(page.contains("data-chart="), is_chart, "{query}: {page}");
        assert_eq!(page.contains(SCRIPT), is_chart, "{query}: {page}");
        assert_eq!(page.contains("<td"), !is_chart, "{query}: {page}");
        assert_eq!(policy.contains("script-src 'self'"), is_chart, "{policy}");
        assert!(policy.contains("frame-ancestors *"), "{policy}");
        assert!(page.contains("rel=\"icon\""), "{page}");
        for absent in ["<form", "data-chart-save", "Save chart"] {
            assert!(!page.contains(absent), "{query}: {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_leads_to_its_own_table() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let (_, page) = framed(&server, &clip, "?view=chart&theme=dark&version=1").await;
    let table = format!("/{}/embed?version=1&theme=dark&view=table", clip.slug);
    assert!(page.contains(&format!("href=\"{table}\"")), "{page}");
    let long = server
        .create_clip("select n from generate_series(1, 300) as n")
        .await;
    let (_, page) = framed(&server, &long, "?view=table").await;
    assert!(page.contains("view=table&page=2"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_view_is_refused_with_a_sentence() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let path = format!("/{}/embed?view=map", clip.slug);
    let answer = server.anonymous().get(&path).await;
    assert_eq!(answer.status(), 400);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("either <code>chart</code> or <code>table</code>"),
        "{page}"
    );
}
