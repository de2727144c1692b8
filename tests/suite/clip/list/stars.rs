//! Stars: each user's own.

use crate::clip::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_star_is_set_and_removed_and_is_nobody_elses() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Marked", "select 1 as a").await;
    analyst.create("Other", "select 1 as a").await;
    let back = [("back", "/?search=a&sort=name")];
    let star = format!("{clip}/star");
    for _ in 0..2 {
        assert_eq!(path_of(analyst.submit(&star, &back).await).await, back[0].1);
    }
    let starred = analyst.page("/?starred=1").await;
    assert!(
        starred.contains(">Marked</a>") && !starred.contains(">Other</a>"),
        "{starred}"
    );
    assert!(
        starred.contains("aria-pressed=\"true\" aria-label=\"Star Marked\""),
        "{starred}"
    );
    let ada = analyst.server.signed_in("ada@example.com").await;
    let (_, hers) = seen(ada.get("/?starred=1").await).await;
    assert!(hers.contains("No clip matches"), "{hers}");
    let removal = format!("{star}/removal");
    assert_eq!(path_of(analyst.submit(&removal, &[]).await).await, clip);
    assert!(
        analyst
            .page("/?starred=1")
            .await
            .contains("No clip matches")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_leads_back_to_no_other_site() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Marked", "select 1 as a").await;
    let star = format!("{clip}/star");
    for back in ["https://example.com/", "//example.com", "/\\example.com"] {
        let answer = analyst.submit(&star, &[("back", back)]).await;
        assert_eq!(path_of(answer).await, "/", "{back}");
    }
}
