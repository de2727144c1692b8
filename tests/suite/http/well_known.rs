//! What programs expect at fixed addresses.

use crate::http::header;
use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn programs_find_what_they_expect_at_fixed_addresses() {
    let server = Server::start().await;
    let visitor = server.anonymous();
    let robots = visitor.get("/robots.txt").await;
    assert!(header(&robots, "content-type").starts_with("text/plain"));
    assert_eq!(robots.text().await.unwrap(), "User-agent: *\nDisallow: /\n");

    let security = visitor.get("/.well-known/security.txt").await;
    assert_eq!(
        header(&security, "content-type"),
        "text/plain; charset=utf-8"
    );
    let text = security.text().await.unwrap();
    let fields: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .collect();
    assert_eq!(fields[0], ("Contact", "mailto:security@example.com"));
    let expires: jiff::Timestamp = fields[1].1.parse().unwrap();
    let days = expires.duration_since(jiff::Timestamp::now()).as_hours() / 24;
    assert!((170..365).contains(&days), "{text}");

    let change = visitor.get("/.well-known/change-password").await;
    assert_eq!(change.status(), 303);
    assert_eq!(header(&change, "location"), "/account#change-password");
}
