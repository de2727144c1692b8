//! The password of a URL is on no page, in no header and on no line of the log.

use super::*;
use crate::support::Log;

const SECRET: &str = "xyzzy";

/// On one thread, which the log follows: everything happens on it.
#[tokio::test]
async fn a_password_shows_nowhere() {
    let log = Log::keep();
    let office = Office::new().await;
    let data = &office.server.data;
    let at = format!("127.0.0.1:{}/{data}", shared().port);
    let reader = format!("postgresql://reader:{SECRET}@{at}");
    let boss = format!("postgresql://postgres:{SECRET}@{at}");
    let nowhere = format!("postgresql://reader:{SECRET}@127.0.0.1:1/d");
    let unread = format!("postgresql://reader:{SECRET}@x@{at}");
    let path = office.add(&[("name", "shop"), ("url", &reader)]).await;
    let path = path.split('?').next().unwrap();
    let created = [("name", "made"), ("url", &*boss), ("create_role", "1")];
    let own = format!("{path}?done=changed");
    let password = [("name", "shop"), ("password", SECRET)];
    let mut answers = vec![
        office.ada.submit("/databases", &created).await,
        office.ada.submit(path, &password).await,
    ];
    for (name, url) in [
        ("a", &boss),
        ("b", &nowhere),
        ("c", &unread),
        ("data", &reader),
    ] {
        let fields = [("name", name), ("url", url)];
        answers.push(office.ada.submit("/databases", &fields).await);
        answers.push(office.ada.submit(path, &fields).await);
    }
    for path in ["/databases", path, &own, "/databases/new"] {
        answers.push(office.ada.get(path).await);
    }
    let made = office.stored_url("made").await;
    let (_, generated) = made.rsplit_once("://").unwrap();
    let generated = generated.split([':', '@']).nth(1).unwrap();
    assert!(office.stored_url("shop").await.contains(SECRET));
    for answer in answers {
        let headers = format!("{:?}", answer.headers());
        let page = answer.text().await.unwrap();
        for secret in [SECRET, generated] {
            assert!(!headers.contains(secret), "{headers}");
            assert!(!page.contains(secret), "{page}");
        }
    }
    let text = log.text();
    assert!(text.contains("route=\"/databases/{id}\""), "{text}");
    for secret in [SECRET, generated] {
        let told = text.lines().find(|line| line.contains(secret));
        assert_eq!(told, None);
    }
}
