//! Signing in and out.

use dataclips::model::Role;
use reqwest::Method;

use crate::account::{cookie, is_signed_in};
use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_and_out() {
    let server = Server::start().await;
    server.user("ann@example.com", Role::Member).await;
    let browser = server.anonymous();
    assert!(!is_signed_in(&browser).await);
    let answer = browser.sign_in(" Ann@Example.com", "correct horse").await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/");
    assert!(is_signed_in(&browser).await);
    let answer = browser.submit("/sign-out", &[]).await;
    assert_eq!(answer.status(), 303);
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_for_this_server_only_and_changes_with_every_sign_in() {
    let server = Server::start().await;
    let browser = server.anonymous();
    let first = browser.sign_in("ada@example.com", "correct horse").await;
    let first = cookie(&first, "dataclips_session");
    for rule in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(first.contains(rule), "{first}");
    }
    assert!(!first.contains("Secure"), "{first}");
    let second = browser.sign_in("ada@example.com", "correct horse").await;
    let second = cookie(&second, "dataclips_session");
    assert_ne!(first.split(';').next(), second.split(';').next());

    let old = first.split(';').next().unwrap();
    let answer = server.anonymous().request(Method::GET, "/");
    let page = answer.header("cookie", old).send().await.unwrap();
    assert!(!page.text().await.unwrap().contains("Sign out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_and_a_wrong_password_get_the_same_response() {
    let server = Server::start().await;
    let mut answers = Vec::new();
    for (email, password) in [
        ("ada@example.com", "wrong horse"),
        ("eve@example.com", "correct horse"),
        ("no address", "correct horse"),
    ] {
        let answer = server.anonymous().sign_in(email, password).await;
        assert_eq!(answer.status(), 422);
        assert_eq!(answer.headers().get("set-cookie"), None);
        let page = answer.text().await.unwrap();
        assert!(page.contains("Wrong e-mail or password."));
        assert!(!page.contains(password));
        answers.push(page.replace(email, "…"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_to_a_page_of_ours_and_nowhere_else() {
    let server = Server::start().await;
    for (next, gone_to) in [
        ("/clips/new", "/clips/new"),
        ("https://example.com/", "/"),
        ("//example.com/", "/"),
    ] {
        let fields = [
            ("email", "ada@example.com"),
            ("password", "correct horse"),
            ("next", next),
        ];
        let answer = server.anonymous().submit("/sign-in", &fields).await;
        assert_eq!(answer.headers()["location"], gone_to);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_throttled_and_the_owners_browser_is_not_locked_out() {
    let server = Server::start().await;
    let owner = server.signed_in("ada@example.com").await;
    let stranger = server.anonymous();
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let answer = stranger.sign_in("ada@example.com", "wrong horse").await;
        statuses.push(answer.status().as_u16());
    }
    // The owner used one attempt of the strangers' limit: this browser was not known then.
    assert_eq!(statuses[..9], [422; 9]);
    assert_eq!(statuses[11], 429);
    let refused = stranger.sign_in("ada@example.com", "correct horse").await;
    assert_eq!(refused.status(), 429);
    let seconds: u32 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    assert!(refused.text().await.unwrap().contains("Wait"));
    let answer = owner.sign_in("ada@example.com", "correct horse").await;
    assert_eq!(answer.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_changes_nothing() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://example.com"),
    ] {
        let request = browser.request(Method::POST, "/sign-out");
        let answer = request.header(header, value).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{header}: {value}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("another site"), "{page}");
        assert!(is_signed_in(&browser).await);
    }
    // Over plain HTTP a browser sends no more than this from a clip's page, and only there that is enough.
    let request = browser.request(Method::POST, "/account/password");
    let answer = request.header("origin", "null").send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let request = browser.request(Method::POST, "/sign-out");
    let answer = request.header("origin", "null").send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_opens_pages_and_files_and_never_the_api() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let store = server.app.store.client().await.unwrap();
    let sql = "update clips set anyone = false";
    store.execute(sql, &[]).await.unwrap();
    let browser = server.signed_in("ada@example.com").await;
    let path = format!("/{}", clip.slug);
    assert_eq!(browser.get(&path).await.status(), 200);
    let file = browser.get(&format!("{path}.csv")).await;
    assert_eq!(file.status(), 200);
    assert_eq!(file.headers().get("access-control-allow-origin"), None);
    assert_eq!(browser.get("/api/v1/clips").await.status(), 401);

    let stranger = server.anonymous().get(&path).await;
    assert_eq!(stranger.status(), 401);
    let page = stranger.text().await.unwrap();
    assert!(page.contains("This clip is protected"), "{page}");
    let next = format!("name=\"next\" value=\"{path}\"");
    assert!(
        page.contains(&next) && page.contains("name=\"password\""),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_https_a_cookie_is_secure_and_the_public_address_is_ours() {
    let public_url = "https://clips.example.com";
    let server = Server::behind_https(public_url).await;
    let browser = server.anonymous();
    let answer = browser.sign_in("ada@example.com", "correct horse").await;
    for name in ["dataclips_session", "dataclips_known"] {
        let cookie = cookie(&answer, name);
        assert!(cookie.contains("Secure"), "{cookie}");
    }
    for (origin, status) in [(public_url, 303), ("https://evil.example.com", 403)] {
        let request = server.anonymous().request(Method::POST, "/sign-out");
        let answer = request.header("origin", origin).send().await.unwrap();
        assert_eq!(answer.status(), status, "{origin}");
    }
}
