//! Clip links are made, shown once and revoked on a clip's share page.

use dataclips::model::Role;
use serde_json::json;

use super::*;
use crate::http::change;
use crate::support::{Client, status_and_body};

/// An analyst in a browser, with a protected clip.
struct Stage {
    server: Server,
    browser: Client,
    clip: Clip,
}

impl Stage {
    async fn set() -> Self {
        let server = Server::start().await;
        let ann = server.user("ann@example.com", Role::Member).await;
        let clip = ann.create_clip("select 1 as a").await;
        protect(&server, &clip).await;
        Self {
            browser: server.signed_in("ann@example.com").await,
            server,
            clip,
        }
    }

    fn path(&self, below: &str) -> String {
        format!("/{}/{below}", self.clip.slug)
    }

    async fn share(&self) -> String {
        let answer = self.browser.get(&self.path("share")).await;
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    async fn make(&self, fields: &[(&str, &str)]) -> Response {
        self.browser.submit(&self.path("links"), fields).await
    }

    /// The links section of the page to which a response redirects.
    async fn after(&self, answer: Response) -> String {
        assert_eq!(answer.status(), 303);
        let location = header(&answer, "location").split('#').next().unwrap();
        let page = self.browser.get(location).await.text().await.unwrap();
        section(&page).to_owned()
    }
}

fn section(page: &str) -> &str {
    let (_, section) = page.split_once("id=\"links\"").unwrap();
    section.split_once("</section>").unwrap().0
}

fn secret(section: &str) -> Option<String> {
    let (_, rest) = section.split_once("Bearer ")?;
    Some(rest.split('&').next()?.to_owned())
}

fn rows(section: &str) -> Vec<&str> {
    section.split("<li>").skip(1).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_shown_once_with_lines_that_work() {
    let stage = Stage::set().await;
    let made = stage
        .make(&[("label", " sales "), ("expires", "90-days")])
        .await;
    let carrier = header(&made, "set-cookie").to_owned();
    let path = format!("Path={}", stage.path("share"));
    for rule in ["HttpOnly", "SameSite=Strict", &path, "Max-Age=60"] {
        assert!(carrier.contains(rule), "{carrier}");
    }
    let shown = stage.after(made).await;
    assert!(shown.contains("Link “sales” created."), "{shown}");
    let secret = carrier.split(['=', ';']).nth(1).unwrap();
    let csv = format!("{}/{}.csv", stage.server.url, stage.clip.slug);
    for line in [
        format!("=IMPORTDATA(&#34;{csv}?access-token={secret}&#34;)"),
        format!("curl -H &#39;Authorization: Bearer {secret}&#39; {csv}"),
    ] {
        assert!(shown.contains(&line), "{line}: {shown}");
    }
    for id in ["link-sheets", "link-address", "link-script"] {
        assert!(shown.contains(&format!("data-copy=\"{id}\"")), "{shown}");
    }
    let newest = rows(&shown)[0];
    for words in [
        "<strong>sales</strong>",
        "every format",
        "created by ann@example.com, <time",
        "never used",
    ] {
        assert!(newest.contains(words), "{words}: {newest}");
    }
    let answer = ask_by(&stage.server, &stage.clip, ".csv", secret).await;
    assert_eq!(answer.text().await.unwrap(), "a\n1\n");
    let again = stage.share().await;
    assert!(!again.contains(secret), "{again}");
    assert!(rows(section(&again))[0].contains("last used <time"));
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_and_an_expiry_are_chosen() {
    let stage = Stage::set().await;
    for (expires, words) in [
        ("30-days", "expires <time"),
        ("1-year", "expires <time"),
        ("never", "does not expire"),
    ] {
        let fields = [
            ("label", "json alone"),
            ("expires", expires),
            ("json", "1"),
            ("xlsx", "1"),
        ];
        let shown = stage.after(stage.make(&fields).await).await;
        let newest = rows(&shown)[0];
        assert!(newest.contains("<span>JSON, Excel</span>"), "{newest}");
        assert!(newest.contains(words), "{newest}");
        assert!(!shown.contains("IMPORTDATA"), "{shown}");
        let secret = secret(&shown).unwrap();
        for (rest, status) in [(".json", 200), (".csv", 403)] {
            let answer = ask_by(&stage.server, &stage.clip, rest, &secret).await;
            assert_eq!(answer.status(), status);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_cannot_be_made_comes_back_as_typed() {
    let stage = Stage::set().await;
    let long = "x".repeat(101);
    for label in ["", " ", &long] {
        let fields = [("label", label), ("expires", "1-year"), ("xml", "1")];
        let answer = stage.make(&fields).await;
        assert_eq!(answer.status(), 422, "{label}");
        let page = answer.text().await.unwrap();
        let section = section(&page);
        for words in [
            "Give the link a label of 1 to 100 characters, on one line.",
            "<option value=\"1-year\" selected>",
            "name=\"xml\" value=\"1\" checked>",
            &format!("value=\"{label}\""),
        ] {
            assert!(section.contains(words), "{words}: {section}");
        }
        assert!(!section.contains("name=\"csv\" value=\"1\" checked>"));
        assert!(rows(section).is_empty(), "{section}");
    }
    let fields = [("label", "a"), ("expires", "tomorrow")];
    assert_eq!(stage.make(&fields).await.status(), 400);
    let hostile = "<script>alert(1)</script>\"'";
    let fields = [("label", hostile), ("expires", "never")];
    let shown = stage.after(stage.make(&fields).await).await;
    assert!(!shown.contains("<script>"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_link_leaves_the_page_and_opens_nothing() {
    let stage = Stage::set().await;
    let mut secrets = Vec::new();
    for label in ["one", "two"] {
        let made = stage.make(&[("label", label), ("expires", "never")]).await;
        let carrier = header(&made, "set-cookie").to_owned();
        secrets.push(carrier.split(['=', ';']).nth(1).unwrap().to_owned());
    }
    let page = stage.share().await;
    let oldest = rows(section(&page))[1].to_owned();
    let (_, action) = oldest.split_once("action=\"").unwrap();
    let action = action.split('"').next().unwrap();
    let eve = stage.server.user("eve@example.com", Role::Member).await;
    let eve = [eve, stage.server.signed_in("eve@example.com").await];
    for stranger in eve.iter() {
        assert_eq!(stranger.submit(action, &[]).await.status(), 403);
    }
    let shown = stage.after(stage.browser.submit(action, &[]).await).await;
    assert!(shown.contains("Link revoked."), "{shown}");
    assert!(!shown.contains("<strong>one</strong>") && shown.contains("<strong>two</strong>"));
    for (secret, status) in secrets.iter().zip([401, 200]) {
        let answer = ask_by(&stage.server, &stage.clip, ".csv", secret).await;
        assert_eq!(answer.status(), status);
    }
    assert!(!stage.share().await.contains("Link revoked."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_shows_on_its_own_clips_page_alone() {
    let stage = Stage::set().await;
    let made = stage
        .make(&[("label", "sales"), ("expires", "never")])
        .await;
    let carrier = header(&made, "set-cookie").to_owned();
    let secret = carrier.split(['=', ';']).nth(1).unwrap();
    let other = stage.server.create_clip("select 2 as b").await;
    let ada = stage.server.signed_in("ada@example.com").await;
    let cookie = format!("dataclips_new_link={secret}");
    let path = format!("/{}/share", other.slug);
    let request = ada.request(reqwest::Method::GET, &path);
    let page = request.header("cookie", cookie).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(!page.contains(secret), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_of_the_forms_lead_to_the_page() {
    let stage = Stage::set().await;
    for below in ["links", "links/1/revocation"] {
        let answer = stage.browser.get(&stage.path(below)).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(header(&answer, "location"), stage.path("share"));
        let nobody = stage.server.anonymous();
        assert_eq!(nobody.submit(&stage.path(below), &[]).await.status(), 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_fixes_the_values_that_are_filled_in() {
    let stage = Stage::set().await;
    let plain = stage.share().await;
    assert!(
        !plain.contains("Fixed values"),
        "the query has no parameters"
    );
    let changed = json!({"sql": "select {{country}} as country, {{day = 1}} as day"});
    change(&stage.server, &stage.clip, changed).await;
    let page = stage.share().await;
    assert!(section(&page).contains("name=\"fixed.country\""), "{page}");
    let mut fields = [
        ("label", ""),
        ("expires", "never"),
        ("fixed.country", "<France>"),
        ("fixed.day", ""),
    ];
    let refused = stage.make(&fields).await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    assert!(
        section(&page).contains("value=\"&#60;France&#62;\""),
        "{page}"
    );
    fields[0] = ("label", "sheet");
    let with_query = [&fields[..], &[("sql", "1"), ("csv", "1")]].concat();
    let refused = stage.make(&with_query).await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    let sentence = "opens rows, and not the query: leave out SQL, or fix no values.</p>";
    assert!(section(&page).contains(sentence), "{page}");
    let made = stage.make(&fields).await;
    let section = stage.after(made).await;
    assert!(section.contains("country = &#60;France&#62;"), "{section}");
    assert!(!section.contains("day = "), "{section}");
    let secret = secret(&section).unwrap();
    let rows = ask_by(&stage.server, &stage.clip, ".csv?day=2", &secret).await;
    assert_eq!(rows.text().await.unwrap(), "country,day\n<France>,2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_a_hidden_query_alone_is_refused() {
    let stage = Stage::set().await;
    change(&stage.server, &stage.clip, json!({"show_sql": false})).await;
    let sentence = "a link for SQL alone opens nothing";
    let fields = [("label", "query"), ("expires", "never"), ("sql", "1")];
    let refused = stage.make(&fields).await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    assert!(section(&page).contains(sentence), "{page}");
    let links = format!("/api/v1/clips/{}/links", stage.clip.slug);
    for (formats, status) in [
        (json!(["sql"]), 422),
        (json!(["sql", "sql"]), 422),
        (json!(["csv", "sql"]), 201),
        (json!(["csv"]), 201),
    ] {
        let link = json!({"label": "query", "formats": formats});
        let made = stage.server.administrator.post(&links, &link).await;
        let (found, body) = status_and_body(made).await;
        assert_eq!(found, status, "{body}");
        if status == 422 {
            assert_eq!(body["error"]["field"], "formats");
            let message = body["error"]["message"].as_str().unwrap();
            assert!(message.contains(sentence), "{message}");
        }
    }
    change(&stage.server, &stage.clip, json!({"show_sql": true})).await;
    assert_eq!(stage.make(&fields).await.status(), 303);
}
