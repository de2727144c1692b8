//! The note on the page of a clip that was just created.

use crate::clip::*;
use crate::http::header;
use crate::support::Client;

/// Creates a clip in a browser; returns its path and the page that comes next.
async fn create(browser: &Client) -> (String, String) {
    let typed = [("title", "New"), ("database", "data"), ("sql", "select 1")];
    let answer = browser.submit("/clips", &typed).await;
    assert_eq!(answer.status(), 303);
    let path = header(&answer, "location").to_owned();
    let (_, page) = seen(browser.get(&path).await).await;
    (path, page)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_clips_page_says_once_who_sees_it() {
    let analyst = Analyst::new().await;
    let (path, page) = create(&analyst.browser).await;
    let link = format!(">{}{path}</code>", analyst.server.url);
    for words in [
        "Anyone with this link sees the rows:",
        &link,
        ">Restrict</a>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let again = analyst.page(&path).await;
    assert!(!again.contains("id=\"created\""), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_begins_protected_is_not_promised_to_anyone() {
    let analyst = Analyst::new().await;
    let ada = analyst.server.signed_in("ada@example.com").await;
    let chosen = [("default_access", "authorized")];
    assert_eq!(ada.submit("/settings", &chosen).await.status(), 303);
    let (_, page) = create(&analyst.browser).await;
    for words in ["Only you and administrators see the rows:", ">Share</a>"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Anyone with this link"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn restrict_opens_the_access_with_people_chosen_and_changes_nothing_yet() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Counted", "select 1 as a").await;
    let page = analyst.page(&format!("{clip}/share?restrict=1")).await;
    let chosen = "name=\"anyone\" value=\"0\" checked";
    assert!(page.contains(chosen), "{page}");
    assert_eq!(analyst.server.anonymous().get(&clip).await.status(), 200);
    let page = analyst.page(&format!("{clip}/share")).await;
    assert!(!page.contains(chosen), "{page}");
}
