//! One database's page: its warnings, and the form that changes it.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn each_warning_comes_with_the_revoke_that_ends_it() {
    let office = Office::new().await;
    let (role, url) = office.role("").await;
    office
        .sql(&format!("grant insert on orders to {role}"))
        .await;
    let next = office.add(&[("name", "shop"), ("url", &url)]).await;
    let page = office.page(&next).await;
    let sentence = format!(
        "<span class=\"badge bad\">danger</span> The role <code>{role}</code> can write to the table public.orders"
    );
    assert!(page.contains(&sentence), "{page}");
    for revoke in sql_of(&page) {
        assert!(revoke.starts_with("revoke "), "{revoke}");
        office.sql(&revoke).await;
    }
    let path = next.split('?').next().unwrap();
    let page = office.page(path).await;
    assert!(page.contains("None: the role can only read."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_can_read_no_table_comes_with_the_grant_that_ends_it() {
    let office = Office::new().await;
    let (role, url) = office.role("").await;
    office
        .sql(&format!("revoke select on orders from {role}"))
        .await;
    let next = office.add(&[("name", "shop"), ("url", &url)]).await;
    let page = office.page(&next).await;
    let sentence = format!(
        "<span class=\"badge doubtful\">note</span> The role <code>{role}</code> cannot read any table."
    );
    assert!(page.contains(&sentence), "{page}");
    let list = office.page("/databases").await;
    assert!(card(&list, "shop").contains(" 1 note<"), "{list}");
    let [grant] = &*sql_of(&page) else {
        panic!("{page}");
    };
    office.sql(grant).await;
    let path = next.split('?').next().unwrap();
    let page = office.page(path).await;
    assert!(page.contains("None: the role can only read."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_url_keeps_the_connection_and_a_password_alone_changes_it() {
    let office = Office::new().await;
    let url = office.server.data_url();
    let path = office.path("data").await;
    let renamed = [
        ("name", "renamed"),
        ("open_to", "administrators"),
        ("url", " "),
    ];
    let next = path_of(office.ada.submit(&path, &renamed).await).await;
    let page = office.page(&next).await;
    assert!(page.contains("Database saved."), "{page}");
    assert!(page.contains("open to administrators only"), "{page}");
    assert_eq!(office.stored_url("renamed").await, url);

    let password = [("name", "renamed"), ("url", ""), ("password", "xyzzy")];
    path_of(office.ada.submit(&path, &password).await).await;
    let stored = office.stored_url("renamed").await;
    assert!(stored.starts_with("postgresql://reader:xyzzy@"), "{stored}");

    let other = format!("{url}?connect_timeout=9");
    let moved = [("name", "renamed"), ("url", &*other)];
    path_of(office.ada.submit(&path, &moved).await).await;
    assert_eq!(office.stored_url("renamed").await, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_refused_changes_nothing() {
    let office = Office::new().await;
    let path = office.path("data").await;
    let (url, boss) = (office.server.data_url(), office.boss_url().await);
    office.add(&[("name", "other"), ("url", &url)]).await;
    let nowhere = "postgresql://reader:xyzzy@127.0.0.1:1/d";
    for (fields, words) in [
        (
            [("name", "other"), ("url", "")],
            "A database with this name already exists.",
        ),
        (
            [("name", "shop"), ("url", "mysql://u:xyzzy@h/d")],
            "starts with postgresql://",
        ),
        (
            [("name", "shop"), ("url", nowhere)],
            "Nothing listens at that host and port",
        ),
        (
            [("name", "shop"), ("url", &*boss)],
            "The role <code>postgres</code> is a superuser.",
        ),
        (
            [("name", "shop"), ("members", "no@example.com")],
            "have no account: no@example.com.",
        ),
    ] {
        let fields = match fields[1].0 {
            "members" => [fields.as_slice(), &[("open_to", "named")]].concat(),
            _ => fields.to_vec(),
        };
        let (status, page) = seen(office.ada.submit(&path, &fields).await).await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains(words), "{words}: {page}");
        assert!(!page.contains("xyzzy"), "{page}");
        assert_eq!(value(&page, "name"), fields[0].1);
        // The page itself is still about the one that is stored.
        assert!(page.contains("<h1>data</h1>"), "{page}");
        let data = office.find("data").await;
        assert_eq!(data.open_to, dataclips::model::OpenTo::Members);
        assert_eq!(office.stored_url("data").await, url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_shows_who_may_query_it_now() {
    let office = Office::new().await;
    let mia = office.member().await;
    let path = office.path("data").await;
    for (open_to, members, list_has_it) in [
        ("named", "ada@example.com\nmia@example.com", true),
        ("named", "ada@example.com", false),
        ("members", "", true),
        ("administrators", "", false),
    ] {
        let fields = [("name", "data"), ("open_to", open_to), ("members", members)];
        let next = path_of(office.ada.submit(&path, &fields).await).await;
        let page = office.page(&next).await;
        assert!(
            page.contains(&format!("value=\"{open_to}\" checked")),
            "{page}"
        );
        assert!(page.contains(&format!(">\n{members}</textarea>")), "{page}");
        let list = super::page(&mia, "/databases").await;
        assert_eq!(list.contains(" on data</span>"), list_has_it, "{open_to}");
    }
}
