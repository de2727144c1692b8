//! Who may not see a schema, and schemas that cannot be read.

use serde_json::json;

use super::*;
use crate::support::{Proxy, shared};

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_opens_the_page_and_no_api() {
    let company = Company::new().await;
    let browser = company.server.signed_in("mia@example.com").await;
    assert_eq!(browser.get(API).await.status(), 401);
    assert_eq!(browser.get(SEARCH).await.status(), 200);
    assert_eq!(browser.get(PAGE).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_unknown_to_those_who_may_not_query_it() {
    let company = Company::new().await;
    let guest = company.server.user("gus@example.com", Role::Guest).await;
    let ada = &company.server.administrator;
    let closed = json!({"open_to": "administrators"});
    let answer = ada.patch("/api/v1/databases/data", &closed).await;
    assert_eq!(answer.status(), 200);
    for path in [API, PAGE, SEARCH] {
        for client in [&guest, &company.mia] {
            assert_eq!(client.get(path).await.status(), 404, "{path}");
        }
        assert_eq!(company.server.anonymous().get(path).await.status(), 401);
        assert_eq!(ada.get(path).await.status(), 200, "{path}");
    }
    ada.delete("/api/v1/databases/data?force=1").await;
    for path in [
        API,
        PAGE,
        SEARCH,
        "/databases/99/schema",
        "/databases/x/schema/search",
    ] {
        assert_eq!(ada.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_search_is_refused_in_json() {
    let company = Company::new().await;
    let names = "table=orders&".repeat(21);
    for (query, words) in [
        ("limit=0", "`limit` must be a whole number above 0."),
        ("limit=many", "`limit` must be a whole number above 0."),
        ("search=a%00b", "NUL"),
        (&names, "`table` can be given 20 times at most."),
    ] {
        let (status, body) =
            status_and_body(company.mia.get(&format!("{SEARCH}?{query}")).await).await;
        assert_eq!(status, 400, "{query}: {body}");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{query}: {message}");
    }
    let twenty = "table=orders&".repeat(20);
    assert_eq!(
        super::names(&company.search(&twenty).await),
        ["public.orders"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_down_gives_the_same_error_as_for_a_run() {
    let company = Company::new().await;
    let proxy = Proxy::to(shared().port).await;
    let url = proxy.url("reader", &company.server.data);
    company.server.add_database("far", &url).await;
    let api = "/api/v1/databases/far/schema";
    let (status, _) = status_and_body(company.mia.get(api).await).await;
    assert_eq!(status, 200);
    proxy.cut();
    for path in [api, "/databases/2/schema/search"] {
        let answer = company.mia.get(path).await;
        assert!(answer.headers().contains_key("retry-after"), "{path}");
        let (status, body) = status_and_body(answer).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (503, &json!("unavailable")),
            "{body}"
        );
    }
    let answer = company.mia.get("/databases/2/schema?search=a").await;
    assert_eq!(answer.status(), 503);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("role=\"alert\"") && page.contains("value=\"a\""),
        "{page}"
    );
    proxy.heal();
    assert_eq!(company.mia.get(api).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_delays_nobody() {
    let company = Company::new().await;
    let mut superuser = company.server.superuser().await;
    let transaction = superuser.transaction().await.unwrap();
    let lock = "lock table orders, staff.employees, staff.visits in access exclusive mode";
    transaction.batch_execute(lock).await.unwrap();
    let found = company.found("orders").await;
    assert_eq!(found, ["public.orders", "staff.orders"]);
    let body = company
        .search("table=staff.employees&functions=count")
        .await;
    assert_eq!(names(&body), ["staff.employees"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_beside_the_runs_serves_search_after_search() {
    let company = Company::new().await;
    let superuser = company.server.superuser().await;
    let processes = "select array_agg(pid) from pg_stat_activity where usename = 'reader' and datname = current_database()";
    company.found("orders").await;
    let first: Vec<i32> = superuser.query_one(processes, &[]).await.unwrap().get(0);
    for text in ["a", "employees", "nothing of the kind"] {
        company.found(text).await;
    }
    let last: Vec<i32> = superuser.query_one(processes, &[]).await.unwrap().get(0);
    assert_eq!(first, last);
}
