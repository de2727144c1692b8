//! What a search finds, and in which order.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn names_that_begin_with_the_text_come_first_then_those_that_contain_it_then_columns() {
    let company = Company::new().await;
    let found = company.found("title").await;
    assert_eq!(found, ["staff.title_notes", "staff.titles"]);
    let found = company.found("NAME").await;
    assert_eq!(
        found,
        [
            "staff.employee_names",
            "staff.departments",
            "staff.employees"
        ]
    );
    // Tables that a query need not qualify come before those that it has to.
    let found = company.found("orders").await;
    assert_eq!(found, ["public.orders", "staff.orders"]);
    assert_eq!(company.found("staff.ord").await, ["staff.orders"]);
    let found = company.found("order").await;
    assert_eq!(
        found,
        ["public.Order Items", "public.orders", "staff.orders"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_taken_literally() {
    let company = Company::new().await;
    assert_eq!(company.found("%_sure").await, ["public.100%_sure"]);
    assert_eq!(company.found("%").await, ["public.100%_sure"]);
    for text in ["order_", "o%s", "orders'", "\\", ".*", "orders;--", "$1"] {
        assert_eq!(company.found(text).await, [""; 0], "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_beyond_ascii_are_found() {
    let company = Company::new().await;
    company
        .sql("create table größen (überhang integer, \"Straße\" text); grant select on größen to reader")
        .await;
    for text in ["größe", "überh", "straße", "STRA"] {
        assert_eq!(company.found(text).await, ["public.größen"], "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresqls_own_tables_are_found_only_by_their_beginning() {
    let company = Company::new().await;
    let all = company.search("limit=200").await;
    assert!(!all.to_string().contains("pg_catalog"));
    assert_eq!(company.found("class").await, [""; 0]);
    assert_eq!(company.found("pg_class").await, ["pg_catalog.pg_class"]);
    let views = company.found("information_schema.tabl").await;
    assert!(
        views.contains(&"information_schema.tables".to_owned()),
        "{views:?}"
    );
    assert!(company.found("pg_toast").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_found_by_their_own_names() {
    let company = Company::new().await;
    let all = company.found("").await;
    assert!(
        all.contains(&"staff.visits".to_owned()) && !all.contains(&"staff.visits_2026".to_owned())
    );
    assert_eq!(
        company.found("visits").await,
        ["staff.visits", "staff.visits_2026"]
    );
    assert_eq!(company.found("visitor").await, ["staff.visits"]);
    let body = company.search("table=staff.visits_2026").await;
    assert_eq!(names(&body), ["staff.visits_2026"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_requested_by_the_name_that_a_query_uses() {
    let company = Company::new().await;
    for (named, found) in [
        ("orders", "public.orders"),
        ("ORDERS", "public.orders"),
        ("staff.orders", "staff.orders"),
        ("%22Order%20Items%22", "public.Order Items"),
        ("Order%20Items", "public.Order Items"),
        ("public.%22Order%20Items%22", "public.Order Items"),
        ("pg_class", "pg_catalog.pg_class"),
    ] {
        let body = company.search(&format!("table={named}")).await;
        assert_eq!(names(&body), [found], "{named}");
    }
    for nothing in [
        "employees",
        "order",
        "",
        "staff.",
        "a.b.c.d",
        "%22open",
        "%25",
    ] {
        let body = company.search(&format!("table={nothing}")).await;
        assert_eq!(names(&body), [""; 0], "{nothing}");
    }
    // Several names and a search together find each table once.
    let body = company
        .search("table=staff.titles&table=orders&search=orders")
        .await;
    assert_eq!(
        names(&body),
        ["staff.titles", "public.orders", "staff.orders"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_quoted_where_a_query_needs_it() {
    let company = Company::new().await;
    let body = company.search("table=Order%20Items").await;
    let items = table(&body, "Order Items");
    assert_eq!(items["identifier"], "\"Order Items\"");
    assert_eq!(column(items, "select")["identifier"], "\"select\"");
    assert_eq!(column(items, "id")["identifier"], "id");
    company
        .sql(
            "create schema \"My Own\"; create table \"My Own\".t (a integer);
              grant usage on schema \"My Own\" to reader; grant select on \"My Own\".t to reader",
        )
        .await;
    let body = company.search("search=my%20own.t").await;
    assert_eq!(table(&body, "t")["qualified"], "\"My Own\".t");
    // A table that hides another one of the same name needs no schema.
    let body = company.search("search=public.orders").await;
    assert!(table(&body, "orders")["qualified"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_has_limits_and_says_so() {
    let company = Company::new().await;
    let body = company.search("search=staff&limit=2").await;
    assert_eq!((names(&body).len(), &body["truncated"]), (2, &true.into()));
    let all = names(&company.search("search=staff.&limit=200").await).len();
    for (limit, truncated) in [(all, false), (all - 1, true)] {
        let body = company
            .search(&format!("search=staff.&limit={limit}"))
            .await;
        assert_eq!(
            (names(&body).len(), &body["truncated"]),
            (limit, &truncated.into())
        );
    }
    // As many tables as fit, each with all its columns.
    company
        .sql(
            "create schema wide; grant usage on schema wide to reader;
             do $$
             begin
                 for number in 1..205 loop
                     execute format('create table wide.narrow_%s (id integer)', number);
                 end loop;
                 for number in 1..4 loop
                     execute format('create table wide.broad_%s (%s)', number,
                         (select string_agg(format('column_%s integer', place), ', ') from generate_series(1, 1590) as place));
                 end loop;
             end
             $$;
             grant select on all tables in schema wide to reader",
        )
        .await;
    let body = company.search("search=wide.narrow&limit=1000").await;
    assert_eq!(
        (names(&body).len(), &body["truncated"]),
        (200, &true.into())
    );
    let body = company.search("search=wide.broad").await;
    assert_eq!(
        names(&body),
        ["wide.broad_1", "wide.broad_2", "wide.broad_3"]
    );
    assert_eq!(body["truncated"], true);
    assert_eq!(body["tables"][2]["columns"].as_array().unwrap().len(), 1590);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_comment_is_cut() {
    let company = Company::new().await;
    company
        .sql("comment on column orders.id is 'beginning'; do $$ begin execute format('comment on table orders is %L', repeat('ä', 2000)); end $$")
        .await;
    let body = company.search("table=orders").await;
    let comment = table(&body, "orders")["comment"].as_str().unwrap();
    assert_eq!(comment.chars().count(), 500);
}
