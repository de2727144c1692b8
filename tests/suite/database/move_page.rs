//! Moving all clips of a database, after a preview of which would fail on the other one.

use serde_json::{Value, json};

use super::*;
use crate::support::{Proxy, status_and_body};

/// A second database, without the table of the first.
async fn other_database(office: &Office) -> Server {
    let other = Server::start().await;
    let superuser = other.superuser().await;
    superuser
        .batch_execute("drop table orders cascade")
        .await
        .unwrap();
    office.server.add_database("other", &other.data_url()).await;
    other
}

async fn preview(office: &Office, to: &str) -> (u16, Value) {
    let asked = json!({"to": to, "preview": true});
    let administrator = &office.server.administrator;
    status_and_body(
        administrator
            .post("/api/v1/databases/data/move", &asked)
            .await,
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_fail_on_the_other_database_is_seen_before_anything_moves() {
    let office = Office::new().await;
    let _other = other_database(&office).await;
    let good = office.server.create_clip("select 1 as a").await;
    let bad = office
        .server
        .create_clip("select count(*) from orders")
        .await;
    let gone = office
        .server
        .create_clip("select total from orders where nothing")
        .await;
    let gone_api = format!("/api/v1/clips/{}", gone.slug);
    let administrator = &office.server.administrator;
    assert_eq!(administrator.delete(&gone_api).await.status(), 204);

    let (data, other) = (office.path("data").await, office.find("other").await);
    let page = office.page(&data).await;
    assert!(
        page.contains(&format!("<form method=\"get\" action=\"{data}/move\"")),
        "{page}"
    );
    let page = office.page(&format!("{data}/move?to={}", other.id)).await;
    for words in [
        "<h1>Move 3 clips to other</h1>",
        "2 clips would fail there",
        "relation &#34;orders&#34; does not exist",
        &format!("href=\"/{}\"", bad.slug),
        "<span class=\"badge\">removed</span>",
        "Move 3 clips</button>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(&good.slug), "{page}");

    let (status, body) = preview(&office, "other").await;
    assert_eq!(
        (status, &body["clips"], &body["tried"]),
        (200, &json!(3), &json!(3))
    );
    let failing = body["failing"].as_array().unwrap();
    let slugs: Vec<&str> = failing
        .iter()
        .map(|clip| clip["slug"].as_str().unwrap())
        .collect();
    assert_eq!(slugs, [&bad.slug, &gone.slug]);
    assert_eq!(failing[0]["number"], bad.body["number"]);
    assert_eq!(failing[0]["title"], "A test");
    assert_eq!(failing[0]["error"]["sqlstate"], "42P01");

    let to_other = [("to", &*other.id.to_string())];
    assert_eq!(office.server.rows(&bad, "csv").await.status(), 200);
    let moved = office.ada.submit(&format!("{data}/move"), &to_other).await;
    path_of(moved).await;
    assert_eq!(office.server.rows(&bad, "csv").await.status(), 422);
    assert_eq!(office.server.rows(&good, "csv").await.status(), 200);
    let (_, body) = preview(&office, "other").await;
    assert_eq!(body, json!({"clips": 0, "failing": [], "tried": 0}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_says_so_if_all_queries_run_there() {
    let office = Office::new().await;
    let url = office.server.data_url();
    office.server.add_database("other", &url).await;
    office
        .server
        .create_clip("select count(*) from orders")
        .await;
    let (data, other) = (office.path("data").await, office.find("other").await);
    let page = office.page(&format!("{data}/move?to={}", other.id)).await;
    assert!(
        page.contains("The query that was tried is accepted there."),
        "{page}"
    );
    assert!(!page.contains("would fail"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_database_is_not_blamed_on_the_queries() {
    let office = Office::new().await;
    let proxy = Proxy::to(shared().port).await;
    let url = proxy.url("reader", &office.server.data);
    office.server.add_database("far", &url).await;
    office.server.create_clip("select 1 as a").await;
    proxy.cut();
    let (data, far) = (office.path("data").await, office.find("far").await);
    let page = office.page(&format!("{data}/move?to={}", far.id)).await;
    assert!(page.contains("far cannot be reached now"), "{page}");
    assert!(page.contains("Move 1 clip</button>"), "{page}");
    let (_, body) = preview(&office, "far").await;
    assert_eq!((&body["tried"], &body["failing"]), (&json!(0), &json!([])));
    assert_eq!(body["error"]["code"], "unavailable", "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_previews_a_move_and_only_to_another_database() {
    let office = Office::new().await;
    office.server.create_clip("select 1 as a").await;
    let url = office.server.data_url();
    office.server.add_database("other", &url).await;
    let data = office.find("data").await;
    let path = office.path("data").await;
    let look = |to: &str| format!("{path}/move?to={to}");
    let member = office.member().await;
    assert_eq!(member.get(&look("1")).await.status(), 403);
    assert_eq!(
        office.server.anonymous().get(&look("1")).await.status(),
        401
    );
    for to in ["", "abc", "0", &data.id.to_string()] {
        let (status, page) = seen(office.ada.get(&look(to)).await).await;
        assert_eq!(status, 422, "{to}: {page}");
        assert!(!beside(&page, "to").is_empty(), "{to}: {page}");
    }
    let back = office.ada.get(&format!("{path}/move")).await;
    assert_eq!(path_of(back).await, path);
    let (status, body) = preview(&office, "data").await;
    assert_eq!(
        (status, &body["error"]["field"]),
        (422, &json!("to")),
        "{body}"
    );
}
