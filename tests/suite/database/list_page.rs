//! The list of databases: what it shows of each, and to whom.

use std::time::Duration;

use dataclips::model::EnvironmentDatabase;
use dataclips::postgres::ConnectionUrl;
use tokio::time::timeout;

use super::*;
use crate::support::Proxy;

/// Longer than the check of a database may take.
const PATIENCE: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_how_each_database_is() {
    let office = Office::new().await;
    let server = &office.server;
    server.create_clip("select 1 as a").await;
    let url = ConnectionUrl::parse(&server.data_url()).unwrap();
    let found = [EnvironmentDatabase {
        name: "copper".to_owned(),
        url: url.clone(),
    }];
    EnvironmentDatabase::follow(&server.app.store, &server.app.key, &found)
        .await
        .unwrap();
    let report = server.app.runner.inspect(&url).await.unwrap();
    let list = office.page("/databases").await;
    let card = card(&list, "data");
    for words in [
        &*format!("PostgreSQL {}<", report.version),
        " MiB<",
        "role <code>reader</code>",
        "no TLS",
        "<a href=\"/?database=data\">1 clip</a>",
        "open to all members",
        "added by hand",
        "<span class=\"badge good\">available</span>",
        "href=\"/clips/new?database=data\"",
    ] {
        assert!(card.contains(words), "{words}: {card}");
    }
    assert!(!card.contains("#warnings"), "{card}");
    let copper = super::card(&list, "copper");
    assert!(copper.contains("from the environment"), "{copper}");
    assert!(copper.contains("open to administrators only"), "{copper}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_counts_the_warnings_of_each_grade() {
    let office = Office::new().await;
    let (role, url) = office.role("").await;
    let data = &office.server.data;
    office
        .sql(&format!(
            "grant temporary on database {data} to {role}; grant insert on orders to {role}; grant update on secrets to {role};
             grant create on schema public to {role}"
        ))
        .await;
    office.add(&[("name", "shop"), ("url", &url)]).await;
    let list = office.page("/databases").await;
    let card = card(&list, "shop");
    assert!(card.contains("class=\"badge bad\""), "{card}");
    assert!(card.contains(" 2 dangers, 1 note<"), "{card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_their_databases_and_nothing_of_their_servers() {
    let office = Office::new().await;
    let mia = office.member().await;
    let url = office.server.data_url();
    office.add(&[("name", "closed"), ("url", &url)]).await;
    let list = page(&mia, "/databases").await;
    let card = card(&list, "data");
    assert!(card.contains("PostgreSQL "), "{card}");
    assert!(card.contains("href=\"/clips/new?database=data\""), "{card}");
    assert!(card.contains("0 clips"), "{card}");
    assert!(card.contains("href=\"/databases/1/schema\""), "{card}");
    for hidden in [
        "closed",
        "reader",
        "TLS",
        "MiB",
        "warning",
        "open to",
        "/databases/new",
        "href=\"/databases/1\"",
    ] {
        assert!(!list.contains(hidden), "{hidden}: {list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_down_delays_no_other() {
    let office = Office::new().await;
    let mia = office.member().await;
    let proxy = Proxy::to(shared().port).await;
    let url = proxy.url("reader", &office.server.data);
    let fields = [("name", "far"), ("url", &*url), ("open_to", "members")];
    let path = office.add(&fields).await;
    proxy.cut();
    for browser in [&office.ada, &mia] {
        let list = timeout(PATIENCE, page(browser, "/databases"))
            .await
            .unwrap();
        assert!(card(&list, "data").contains(">available<"), "{list}");
        let far = card(&list, "far");
        assert!(far.contains(">not available<"), "{far}");
        assert!(far.contains("The database cannot be reached."), "{far}");
    }
    let path = path.split('?').next().unwrap();
    let far = timeout(PATIENCE, office.page(path)).await.unwrap();
    assert!(far.contains("The server closed the connection."), "{far}");
    proxy.heal();
    let list = office.page("/databases").await;
    assert!(card(&list, "far").contains(">available<"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_gained_rights_is_refused_with_a_remedy() {
    let office = Office::new().await;
    let (role, url) = office.role("").await;
    office
        .add(&[("name", "grown"), ("url", &url), ("open_to", "members")])
        .await;
    office.sql(&format!("alter role {role} createrole")).await;
    let list = office.page("/databases").await;
    assert!(card(&list, "grown").contains(">refused<"), "{list}");
    let path = office.path("grown").await;
    let grown = office.page(&path).await;
    let reason = format!("<li>The role <code>{role}</code> can create roles (CREATEROLE).</li>");
    assert!(grown.contains(&reason), "{grown}");
    assert!(sql_of(&grown)[0].contains("create role \"dataclips_reader\""));

    // By the rights that it has, without the URL being entered again.
    let fields = [
        ("name", "grown"),
        ("open_to", "members"),
        ("create_role", "1"),
    ];
    let next = path_of(office.ada.submit(&path, &fields).await).await;
    let mended = office.page(&next).await;
    assert!(
        mended.contains("A role that can only read was created"),
        "{mended}"
    );
    let created = format!(
        "<dt>Role</dt><dd><code>dataclips_{}</code>",
        office.server.data
    );
    assert!(mended.contains(&created), "{mended}");
    assert!(mended.contains("open to all members"), "{mended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_says_what_to_do() {
    let office = Office::new().await;
    let mia = office.member().await;
    let path = format!("{}/removal", office.path("data").await);
    path_of(office.ada.submit(&path, &[]).await).await;
    let list = office.page("/databases").await;
    assert!(list.contains("Add the first"), "{list}");
    let list = page(&mia, "/databases").await;
    assert!(list.contains("Ask an administrator"), "{list}");
    assert!(!list.contains("Removed"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_any_characters_stays_text_and_its_links_work() {
    let office = Office::new().await;
    let url = office.server.data_url();
    let name = "<b>A</b> & \"b\"/?#%2F 'ä' +\u{202e}";
    let path = office.add(&[("name", name), ("url", &url)]).await;
    let shown = office.page(&path).await;
    let list = office.page("/databases").await;
    for page in [&shown, &list] {
        assert!(!page.contains("<b>A"), "{page}");
        assert!(as_text(page).contains(name), "{page}");
    }
    let (_, link) = list.split_once("href=\"/clips/new?database=").unwrap();
    let link = link.split_once('"').unwrap().0;
    let form = office.page(&format!("/clips/new?database={link}")).await;
    let (_, selected) = form.split_once("<option selected").unwrap();
    let (_, selected) = selected.split_once('>').unwrap();
    assert_eq!(as_text(selected.split_once("</option>").unwrap().0), name);
    office
        .server
        .administrator
        .create_clip_on(name, "select 1 as a")
        .await;
    let clips = office.page(&format!("/?database={link}")).await;
    assert!(clips.contains(">A test</a>"), "{clips}");
}
