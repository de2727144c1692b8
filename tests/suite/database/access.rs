//! Who may open which page, and send which form.

use reqwest::Method;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_come_beyond_the_list() {
    let office = Office::new().await;
    let server = &office.server;
    let mia = office.member().await;
    server.user("guy@example.com", Role::Guest).await;
    let guy = server.signed_in("guy@example.com").await;
    let page = office.path("data").await;
    let (moved, removed, restored) = (
        format!("{page}/move"),
        format!("{page}/removal"),
        format!("{page}/restoration"),
    );
    for (method, path, member, administrator) in [
        (Method::GET, "/databases", 200, 200),
        (Method::GET, "/databases/new", 403, 200),
        (Method::POST, "/databases", 403, 422),
        (Method::GET, &page, 403, 200),
        (Method::GET, "/databases/0", 403, 404),
        (Method::GET, "/databases/data", 403, 404),
        (Method::POST, &page, 403, 422),
        (Method::POST, &moved, 403, 422),
        (Method::POST, "/databases/0/move", 403, 404),
        (Method::POST, &removed, 403, 303),
        (Method::POST, &restored, 403, 303),
        (Method::GET, &moved, 303, 303),
    ] {
        let anonymous = server.anonymous();
        let signed_out = if member == 303 { 303 } else { 401 };
        for (visitor, expected) in [
            (&anonymous, signed_out),
            (&guy, member),
            (&mia, member),
            (&office.ada, administrator),
        ] {
            let request = visitor.request(method.clone(), path);
            let request = match method {
                Method::POST => request.form(&[("name", " "), ("url", "")]),
                _ => request,
            };
            let (status, page) = seen(request.send().await.unwrap()).await;
            assert_eq!(status, expected, "{method} {path}: {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_changes_nothing() {
    let office = Office::new().await;
    let path = format!("{}/removal", office.path("data").await);
    let request = office.ada.request(Method::POST, &path);
    let request = request.header("sec-fetch-site", "cross-site");
    assert_eq!(request.send().await.unwrap().status(), 403);
    assert!(!office.find("data").await.is_removed);
}
