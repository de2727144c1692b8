//! A clip's description and tags: who writes them, what is refused, and what becomes of them.

use serde_json::{Value, json};

use super::*;
use crate::support::status_and_body;

async fn body(analyst: &Analyst, clip: &str) -> Value {
    let api = format!("/api/v1/clips{clip}");
    let (status, body) = status_and_body(analyst.server.administrator.get(&api).await).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_says_what_a_clip_is_about() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Orders", "select 1 as a").await;
    let typed = [
        (
            "description",
            "All *paid* orders <b>\r\n\r\n[more](https://example.com)",
        ),
        ("tags", " Sales, EMEA ,sales,"),
    ];
    let saved = path_of(analyst.submit(&format!("{clip}/about"), &typed).await).await;
    assert_eq!(saved, format!("{clip}/settings?saved=about#about"));
    let page = analyst.page(&format!("{clip}/settings?saved=about")).await;
    for words in [
        "All <em>paid</em> orders &lt;b&gt;",
        "rel=\"nofollow noopener\">more</a>",
        "value=\"sales, emea\"",
        "href=\"/?tag=emea\"",
        "<option value=\"emea\">",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let body = body(&analyst, &clip).await;
    assert_eq!(body["tags"], json!(["sales", "emea"]));
    assert_eq!(
        body["description"],
        "All *paid* orders <b>\n\n[more](https://example.com)"
    );
    let trail = analyst.page(&format!("{clip}/history")).await;
    assert!(
        trail.contains("the description") && trail.contains("tags: sales, emea"),
        "{trail}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_refused_with_its_text_kept() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Orders", "select 1 as a").await;
    let long = "long ".repeat(2_001);
    let many = "a,b,c,d,e,f,g,h,i,j,k";
    for (description, tags, sentence) in [
        (
            long.as_str(),
            "",
            "Shorten the description: it has 10004 bytes",
        ),
        ("", many, "Give a clip at most 10 tags; these are 11."),
        ("", &"x".repeat(41), "is not a tag: use up to 40 characters"),
    ] {
        let typed = [("description", description), ("tags", tags)];
        let (status, page) = seen(analyst.submit(&format!("{clip}/about"), &typed).await).await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains(sentence), "{sentence}: {page}");
        assert!(page.contains(description) && page.contains(tags), "{page}");
        let api = format!("/api/v1/clips{clip}");
        let tags: Vec<_> = tags.split(',').collect();
        let changes = json!({"description": description, "tags": tags});
        let answer = analyst.server.administrator.patch(&api, &changes).await;
        let (status, body) = status_and_body(answer).await;
        assert_eq!(status, 422, "{body}");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(sentence), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_has_the_description_and_the_tags() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Orders", "select 1 as a").await;
    let typed = [("description", "Paid ones"), ("tags", "sales")];
    path_of(analyst.submit(&format!("{clip}/about"), &typed).await).await;
    path_of(analyst.submit(&format!("{clip}/star"), &[]).await).await;
    let fork = analyst
        .submit(&format!("{clip}/fork"), &[("version", "1")])
        .await;
    let fork = path_of(fork).await;
    let fork = format!("/{}", &fork[1..29]);
    let body = body(&analyst, &fork).await;
    assert_eq!(body["description"], "Paid ones");
    assert_eq!(body["tags"], json!(["sales"]));
    let starred = analyst.page("/?starred=1").await;
    assert!(
        starred.contains(&clip) && !starred.contains(&fork),
        "{starred}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_creates_a_clip_with_its_description_tags_and_note() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let new = json!({"title": "Orders", "database": "data", "sql": "select 1", "description": " Paid *ones*\r\n",
        "tags": ["Sales", "sales", " EMEA "], "note": " First draft "});
    let (status, body) = status_and_body(ada.post("/api/v1/clips", &new).await).await;
    assert_eq!(status, 201, "{body}");
    let told = (&body["description"], &body["tags"], &body["note"]);
    let expected = (
        json!("Paid *ones*"),
        json!(["sales", "emea"]),
        json!("First draft"),
    );
    assert_eq!(told, (&expected.0, &expected.1, &expected.2));
    let api = format!("/api/v1/clips/{}", body["slug"].as_str().unwrap());
    assert_eq!(status_and_body(ada.get(&api).await).await.1, body);
    for (field, value) in [
        ("description", json!("long ".repeat(2_001))),
        ("tags", json!(["a,b"])),
        ("note", json!("two\nlines")),
    ] {
        let mut refused = new.clone();
        refused[field] = value;
        let (status, body) = status_and_body(ada.post("/api/v1/clips", &refused).await).await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (422, &json!(field)),
            "{body}"
        );
    }
    let listed = status_and_body(ada.get("/api/v1/clips").await).await.1;
    assert_eq!(listed["clips"].as_array().unwrap().len(), 1, "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_form_saves_name_description_and_tags() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Orders", "select 1 as a").await;
    let settings = format!("{clip}/settings");
    let form = analyst.page(&settings).await;
    let (_, form) = form
        .split_once(&format!("action=\"{clip}/about\""))
        .unwrap();
    let (form, _) = form.split_once("</form>").unwrap();
    for name in ["title", "description", "tags"] {
        assert!(form.contains(&format!("name=\"{name}\"")), "{name}: {form}");
    }
    let about = format!("{clip}/about");
    let mut typed = [
        ("title", " "),
        ("description", "Paid ones"),
        ("tags", "sales"),
    ];
    let (status, page) = seen(analyst.submit(&about, &typed).await).await;
    assert_eq!(status, 422, "{page}");
    for words in [
        "Give the clip a name",
        "Paid ones</textarea>",
        "value=\"sales\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    typed[0].1 = "Paid orders";
    path_of(analyst.submit(&about, &typed).await).await;
    let body = body(&analyst, &clip).await;
    assert_eq!(
        (&body["title"], &body["description"], &body["tags"]),
        (
            &json!("Paid orders"),
            &json!("Paid ones"),
            &json!(["sales"])
        )
    );
}
