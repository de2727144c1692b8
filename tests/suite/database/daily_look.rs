//! The daily look at a database's health: when it is made and by whom, what becomes of it, and who sees it.

use dataclips::web::look_where_due;
use serde_json::json;
use tokio_postgres::types::ToSql;

use super::*;
use crate::support::status_and_body;

const LOOKS: &str = "select count(*) from health_looks";

/// Of the store.
async fn number(server: &Server, sql: &str) -> i64 {
    let store = server.app.store.client().await.unwrap();
    store.query_one(sql, &[]).await.unwrap().get(0)
}

async fn change(server: &Server, sql: &str, values: &[&(dyn ToSql + Sync)]) {
    let store = server.app.store.client().await.unwrap();
    assert!(store.execute(sql, values).await.unwrap() > 0, "{sql}");
}

/// A look, and then a day.
async fn day(server: &Server) {
    look_where_due(&server.app).await.unwrap();
    let sql = "update daily_looks set due_at = due_at - interval '1 day', created_at = created_at - interval '1 day'";
    change(server, sql, &[]).await;
    let sql = "update health_looks set at = at - interval '1 day'";
    change(server, sql, &[]).await;
}

impl Office {
    /// A database, and the path of its health.
    async fn shop(&self) -> (String, String) {
        let (role, url) = self.role("in role pg_read_all_stats").await;
        self.add(&[("name", "shop"), ("url", &url), ("open_to", "members")])
            .await;
        (role, format!("{}/health", self.path("shop").await))
    }

    async fn look_daily(&self) {
        let path = format!("{}/daily-look", self.path("shop").await);
        let page = path_of(self.ada.submit(&path, &[]).await).await;
        assert!(page.ends_with("/health#daily-look"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_the_servers_looks_once_a_day() {
    let office = Office::new().await;
    office.shop().await;
    let (server, other) = (&office.server, office.server.beside().await);
    // Nobody asked for it.
    look_where_due(&server.app).await.unwrap();
    assert_eq!(number(server, LOOKS).await, 0);
    office.look_daily().await;
    for looks in [1, 1] {
        let (here, there) = tokio::join!(look_where_due(&server.app), look_where_due(&other.app));
        here.and(there).unwrap();
        assert_eq!(number(server, LOOKS).await, looks);
    }
    let hours = "select round(extract(epoch from due_at - now()) / 3600)::int8 from daily_looks";
    assert_eq!(number(server, hours).await, 24);
    // A server that claimed it, and ended.
    change(server, "update daily_looks set due_at = now()", &[]).await;
    assert!(
        Database::claim_look(&server.app.store)
            .await
            .unwrap()
            .is_some()
    );
    look_where_due(&other.app).await.unwrap();
    assert_eq!(number(server, LOOKS).await, 1);
    let sql = "update daily_looks set due_at = due_at - interval '10 minutes'";
    change(server, sql, &[]).await;
    look_where_due(&other.app).await.unwrap();
    assert_eq!(number(server, LOOKS).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_newly_red_is_on_the_list_and_growth_has_a_chart() {
    let office = Office::new().await;
    let (role, health) = office.shop().await;
    let mia = office.member().await;
    let before = office.page(&health).await;
    assert!(before.contains("Look once a day</button>"), "{before}");
    assert!(!before.contains("id=\"growth\""), "{before}");
    office.look_daily().await;
    assert!(office.page(&health).await.contains("for the first time"));
    day(&office.server).await;
    // The tests' PostgreSQL runs without fsync.
    let list = office.page("/databases").await;
    assert!(card(&list, "shop").contains("> 1 red finding<"), "{list}");

    office
        .sql(&format!(
            "create table spent (id serial, filling text); select setval('spent_id_seq', 2147483000);
             insert into spent (id, filling) select n, repeat('x', 1000) from generate_series(1, 2000) n;
             analyze spent; grant usage on sequence spent_id_seq to {role}"
        ))
        .await;
    day(&office.server).await;
    let list = office.page("/databases").await;
    let link = format!("href=\"{health}\"");
    let shop = card(&list, "shop");
    assert!(
        shop.contains("> 2 red findings, 1 of them new<") && shop.contains(&link),
        "{list}"
    );
    let of_member = page(&mia, "/databases").await;
    assert!(!of_member.contains(" red finding"), "{of_member}");
    let page = office.page(&health).await;
    let news = "<a href=\"#sequences\">Sequences: public.spent_id_seq</a>.";
    for words in [
        news,
        "id=\"growth\"",
        "<path class=\"line-2\"",
        "public.spent",
        ">1 day ago</time>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }

    day(&office.server).await;
    let list = office.page("/databases").await;
    assert!(card(&list, "shop").contains("> 2 red findings<"), "{list}");
    assert!(!office.page(&health).await.contains(news));
    let off = format!("{}/daily-look/removal", office.path("shop").await);
    path_of(office.ada.submit(&off, &[]).await).await;
    look_where_due(&office.server.app).await.unwrap();
    assert_eq!(number(&office.server, LOOKS).await, 3);
    let list = office.page("/databases").await;
    assert!(!card(&list, "shop").contains(" red finding"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_fails_is_kept_and_said() {
    let office = Office::new().await;
    let (role, health) = office.shop().await;
    office.look_daily().await;
    office.sql(&format!("alter role {role} createdb")).await;
    day(&office.server).await;
    let list = office.page("/databases").await;
    assert!(
        card(&list, "shop").contains("> daily look failed<"),
        "{list}"
    );
    let (status, page) = seen(office.ada.get(&health).await).await;
    assert_eq!(status, 503);
    assert!(page.contains(" and failed: "), "{page}");
    // What was red before is not new after a failure.
    office.sql(&format!("alter role {role} nocreatedb")).await;
    day(&office.server).await;
    let list = office.page("/databases").await;
    assert!(card(&list, "shop").contains("> 1 red finding<"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_end_after_400_days_and_with_their_database() {
    let office = Office::new().await;
    let server = &office.server;
    office.shop().await;
    office.look_daily().await;
    for _ in 0..3 {
        day(server).await;
    }
    let old = "update health_looks set at = at - interval '397 days' where at < now() - interval '2 days'";
    change(server, old, &[]).await;
    server.app.tidy().await;
    assert_eq!(number(server, LOOKS).await, 2);
    let shop = office.path("shop").await;
    path_of(office.ada.submit(&format!("{shop}/removal"), &[]).await).await;
    look_where_due(&server.app).await.unwrap();
    change(server, "update jobs set due_at = now()", &[]).await;
    server.app.tidy().await;
    assert_eq!(number(server, LOOKS).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_turns_the_daily_look_on_and_off() {
    let office = Office::new().await;
    office.shop().await;
    let administrator = &office.server.administrator;
    let path = "/api/v1/databases/shop";
    for is_on in [true, true, false] {
        let changed = administrator
            .patch(path, &json!({"daily_look": is_on}))
            .await;
        let (status, changed) = status_and_body(changed).await;
        assert_eq!((status, &changed["daily_look"]), (200, &json!(is_on)));
        let (_, read) = status_and_body(administrator.get(path).await).await;
        assert_eq!(read["daily_look"], json!(is_on));
    }
    let audited = "select count(*) from audit_entries where what = 'database.changed' and detail in ('daily look on', 'daily look off')";
    assert_eq!(number(&office.server, audited).await, 2);
}
