//! Removing a database, with its clips moved or left, and bringing it back.

use super::*;
use crate::support::{Clip, Proxy};

async fn rows(office: &Office, clip: &Clip) -> u16 {
    office.server.rows(clip, "csv").await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_clips_query_is_removed_only_on_purpose_and_comes_back() {
    let office = Office::new().await;
    let clip = office.server.create_clip("select 1 as a").await;
    let path = office.path("data").await;
    let removal = format!("{path}/removal");
    let (status, page) = seen(office.ada.submit(&removal, &[]).await).await;
    assert_eq!(status, 409);
    assert!(page.contains("1 clip</a> queries this database."), "{page}");
    assert!(page.contains("Remove anyway"), "{page}");
    assert_eq!(rows(&office, &clip).await, 200);

    let forced = office.ada.submit(&removal, &[("force", "1")]).await;
    let list = office.page(&path_of(forced).await).await;
    assert!(list.contains("Database removed."), "{list}");
    assert!(list.contains("1 clip left on it"), "{list}");
    assert!(list.contains(&format!("href=\"{path}#move\"")), "{list}");
    assert!(list.contains("removed <time"), "{list}");
    assert_eq!(rows(&office, &clip).await, 503);
    let page = office.page(&path).await;
    assert!(page.contains("1 clip is left on it"), "{page}");
    let edited = office.ada.submit(&path, &[("name", "data")]).await;
    assert_eq!(edited.status(), 404);

    let restored = office.ada.submit(&format!("{path}/restoration"), &[]).await;
    let page = office.page(&path_of(restored).await).await;
    assert!(page.contains("Database restored"), "{page}");
    assert_eq!(rows(&office, &clip).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_move_to_another_database_before_or_after_the_removal() {
    let office = Office::new().await;
    let url = office.server.data_url();
    office.add(&[("name", "other"), ("url", &url)]).await;
    office.add(&[("name", "gone"), ("url", &url)]).await;
    let clip = office.server.create_clip("select 1 as a").await;
    let (data, other, gone) = (
        office.path("data").await,
        office.path("other").await,
        office.path("gone").await,
    );
    let number = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    path_of(office.ada.submit(&format!("{gone}/removal"), &[]).await).await;
    for to in ["", "abc", "0", &number(&data), &number(&gone)] {
        let moved = office
            .ada
            .submit(&format!("{data}/move"), &[("to", to)])
            .await;
        let (status, page) = seen(moved).await;
        assert_eq!(status, 422, "{to}: {page}");
        assert!(!beside(&page, "to").is_empty(), "{to}: {page}");
    }
    let to_other = [("to", &*number(&other))];
    let moved = office.ada.submit(&format!("{data}/move"), &to_other).await;
    let page = office.page(&path_of(moved).await).await;
    assert!(page.contains("The clips were moved"), "{page}");
    assert!(page.contains("No clip queries it."), "{page}");
    path_of(office.ada.submit(&format!("{data}/removal"), &[]).await).await;
    assert_eq!(rows(&office, &clip).await, 200);

    let restored = office.ada.submit(&format!("{data}/restoration"), &[]).await;
    path_of(restored).await;
    let force = [("force", "1")];
    path_of(office.ada.submit(&format!("{other}/removal"), &force).await).await;
    assert_eq!(rows(&office, &clip).await, 503);
    let to_data = [("to", &*number(&data))];
    let moved = office.ada.submit(&format!("{other}/move"), &to_data).await;
    path_of(moved).await;
    assert_eq!(rows(&office, &clip).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_database_stays_removed_until_another_connection_brings_it_back() {
    let office = Office::new().await;
    let proxy = Proxy::to(shared().port).await;
    let url = proxy.url("reader", &office.server.data);
    office.add(&[("name", "far & away"), ("url", &url)]).await;
    let path = office.path("far & away").await;
    path_of(office.ada.submit(&format!("{path}/removal"), &[]).await).await;
    proxy.cut();
    let refused = office.ada.submit(&format!("{path}/restoration"), &[]).await;
    let (status, page) = seen(refused).await;
    assert_eq!(status, 422);
    assert!(page.contains("The server closed the connection."), "{page}");
    let (_, link) = page.split_once("href=\"/databases/new?name=").unwrap();
    let link = link.split_once('"').unwrap().0;
    let form = office.page(&format!("/databases/new?name={link}")).await;
    assert_eq!(as_text(value(&form, "name")), "far & away");
    let url = office.server.data_url();
    let next = office.add(&[("name", "far & away"), ("url", &url)]).await;
    assert!(next.starts_with(&path), "{next}");
}
