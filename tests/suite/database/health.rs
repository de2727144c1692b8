//! The health of a database: its page, its API, and the clips that are made of its checks.

use super::*;
use crate::support::status_and_body;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_api_tell_what_the_checks_find() {
    let office = Office::new().await;
    office
        .sql("create table spent (id serial); select setval('spent_id_seq', 2147483000)")
        .await;
    let (role, url) = office.role("in role pg_read_all_stats").await;
    office
        .sql(&format!("grant usage on sequence spent_id_seq to {role}"))
        .await;
    let path = office.add(&[("name", "shop"), ("url", &url)]).await;
    let path = path.split('?').next().unwrap();
    let link = format!("href=\"{path}/health\"");
    assert!(office.page(path).await.contains(&link), "{link}");

    let page = office.page(&format!("{path}/health")).await;
    let sentence =
        "The sequence public.spent_id_seq has used 99.9 % of the numbers for public.spent.id.";
    assert!(page.contains(sentence), "{page}");
    assert!(
        sql_of(&page).contains(
            &"alter sequence public.spent_id_seq as bigint;\nalter table public.spent alter column id type bigint; -- rewrites the table, and locks it meanwhile".to_owned()
        ),
        "{page}"
    );
    // The extension is not there.
    assert!(
        page.contains("create extension pg_stat_statements;"),
        "{page}"
    );

    let administrator = &office.server.administrator;
    let health = administrator.get("/api/v1/databases/shop/health").await;
    let (status, health) = status_and_body(health).await;
    assert_eq!((status, &health["grade"]), (200, &"red".into()), "{health}");
    assert_eq!(health["role"], role.as_str());
    let checks = health["checks"].as_array().unwrap();
    let sequences = checks
        .iter()
        .find(|check| check["name"] == "sequences")
        .unwrap();
    let finding = &sequences["findings"][0];
    assert_eq!(
        (&finding["grade"], &finding["finding"]),
        (&"red".into(), &sentence.into())
    );
    assert_eq!(finding["numbers"]["last_value"], 2147483000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_becomes_a_clip_that_only_the_authorized_see() {
    let office = Office::new().await;
    let settings = [("default_access", "anyone")];
    office.ada.submit("/settings", &settings).await;
    let form = office.page("/clips/new?database=data&check=settings").await;
    assert!(form.contains("with dangerous(name"), "{form}");
    assert_eq!(value(&form, "title"), "Settings");
    assert_eq!(value(&form, "protected"), "1");
    assert!(
        form.contains("Only you and administrators see the rows"),
        "{form}"
    );
    let fields = [
        ("title", "Settings"),
        ("database", "data"),
        ("sql", "select 1"),
        ("protected", "1"),
    ];
    // A preview shows the form again.
    let (_, preview) = seen(office.ada.submit("/clips/preview", &fields).await).await;
    assert_eq!(value(&preview, "protected"), "1", "{preview}");
    let path = path_of(office.ada.submit("/clips", &fields).await).await;
    let slug = path.split('?').next().unwrap();
    assert_eq!(
        office
            .server
            .anonymous()
            .get(&format!("{slug}.csv"))
            .await
            .status(),
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_is_a_query_that_a_clip_can_run() {
    let office = Office::new().await;
    let (_, url) = office.role("in role pg_read_all_stats").await;
    office.add(&[("name", "shop"), ("url", &url)]).await;
    let administrator = &office.server.administrator;
    let health = administrator.get("/api/v1/databases/shop/health").await;
    let (_, health) = status_and_body(health).await;
    let checks = health["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 23);
    // Its extension is not there.
    let checks = checks.iter().filter(|check| check["name"] != "outliers");
    for check in checks {
        let clip = administrator
            .create_clip_on("shop", check["sql"].as_str().unwrap())
            .await;
        let rows = administrator.get(&format!("/{}.csv", clip.slug)).await;
        let (status, rows) = seen(rows).await;
        assert_eq!(status, 200, "{}: {rows}", check["name"]);
        assert!(rows.starts_with("grade,finding,statement"), "{rows}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_says_why_on_its_page() {
    let office = Office::new().await;
    let (role, url) = office.role("").await;
    let path = office.add(&[("name", "shop"), ("url", &url)]).await;
    let path = path.split('?').next().unwrap();
    office.sql(&format!("alter role {role} createdb")).await;
    let (status, page) = seen(office.ada.get(&format!("{path}/health")).await).await;
    assert_eq!(status, 503, "{page}");
    assert!(page.contains("can create databases"), "{page}");
}
