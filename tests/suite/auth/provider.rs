//! Signing in at an OpenID provider.

use dataclips::model::{Email, Identity, Role, User};
use reqwest::Response;
use serde_json::{Value, json};

use crate::account::{account, cookie, is_signed_in};
use crate::support::{Client, Forgery, OpenIdProvider, Server};

async fn server_and_provider() -> (Server, OpenIdProvider) {
    let provider = OpenIdProvider::start().await;
    let server = Server::with_provider(provider.settings()).await;
    (server, provider)
}

/// From the button to the answer of the page to which the provider sends the browser.
async fn enter(browser: &Client, provider: &OpenIdProvider) -> Response {
    let answer = browser.get("/sign-in/provider").await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    let back = provider.pass(&answer).await;
    browser.get(&back).await
}

async fn user(server: &Server, email: &str) -> Option<User> {
    let email = Email::parse(email).unwrap();
    User::find_by_email(&server.app.store, &email)
        .await
        .unwrap()
}

async fn role(server: &Server, email: &str) -> Role {
    user(server, email).await.unwrap().role
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_at_the_provider_and_comes_back_to_where_they_were() {
    let (server, provider) = server_and_provider().await;
    let browser = server.anonymous();
    let page = browser.get("/sign-in?next=/databases").await;
    let page = page.text().await.unwrap();
    let link = "/sign-in/provider?next=%2Fdatabases";
    assert!(page.contains(link) && page.contains("Sign in with Example"));
    let back = provider.pass(&browser.get(link).await).await;
    let answer = browser.get(&back).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/databases");
    assert!(is_signed_in(&browser).await);
    assert!(account(&browser).await.contains(&provider.issuer));
    let ann = user(&server, "ann@example.com").await.unwrap();
    assert!(ann.role == Role::Guest && ann.is_verified);
    browser.submit("/sign-out", &[]).await;
    assert!(!is_signed_in(&browser).await);
    // The way back works once.
    assert_eq!(browser.get(&back).await.status(), 400);
    // Their address there may change: they are still the same.
    provider.says(json!({"email": "ann.new@elsewhere.example"}));
    assert_eq!(enter(&browser, &provider).await.status(), 303);
    assert!(account(&browser).await.contains("ann@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_sealed_and_short_lived_and_for_this_host_alone() {
    let provider = OpenIdProvider::start().await;
    let server = Server::with_provider(provider.settings()).await;
    let answer = server.anonymous().get("/sign-in/provider").await;
    let there = answer.headers()["location"].to_str().unwrap();
    let carried = cookie(&answer, "dataclips_provider");
    for rule in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=900"] {
        assert!(carried.contains(rule), "{carried}");
    }
    for name in ["state=", "nonce=", "code_challenge="] {
        let (_, secret) = there.split_once(name).unwrap();
        let secret = secret.split('&').next().unwrap();
        assert!(!carried.contains(secret), "{name}");
    }
    let server = Server::with_provider_behind_https(provider.settings()).await;
    let answer = server.anonymous().get("/sign-in/provider").await;
    let carried = cookie(&answer, "__Host-dataclips_provider");
    assert!(carried.contains("Secure") && !carried.contains("Domain"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_prove_who_somebody_is_signs_nobody_in() {
    let (server, provider) = server_and_provider().await;
    let now = jiff::Timestamp::now().as_second();
    let right = json!({});
    for (forgery, claims) in [
        (Forgery::Unsigned, right.clone()),
        (Forgery::BySecret, right.clone()),
        (Forgery::ByOtherKey, right.clone()),
        (Forgery::Right, json!({"nonce": "another"})),
        (Forgery::Right, json!({"nonce": null})),
        (Forgery::Right, json!({"aud": "another client"})),
        (
            Forgery::Right,
            json!({"aud": ["dataclips", "another client"]}),
        ),
        (Forgery::Right, json!({"azp": "another client"})),
        (Forgery::Right, json!({"exp": now - 1})),
        (Forgery::Right, json!({"iss": "https://login.example.org"})),
    ] {
        provider.forges(forgery, claims.clone());
        let browser = server.anonymous();
        let answer = enter(&browser, &provider).await;
        assert_eq!(answer.status(), 403, "{forgery:?} {claims}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("did not prove who you are"), "{claims}");
        assert!(page.contains("Sign in with Example"));
        assert!(!is_signed_in(&browser).await, "{forgery:?} {claims}");
    }
    assert!(user(&server, "ann@example.com").await.is_none());
    provider.says(right);
    assert_eq!(enter(&server.anonymous(), &provider).await.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_only_in_the_browser_that_asked() {
    let (server, provider) = server_and_provider().await;
    let (ann, eve) = (server.anonymous(), server.anonymous());
    let back = provider.pass(&ann.get("/sign-in/provider").await).await;
    // Neither without a cookie, nor with that of another sign-in.
    assert_eq!(eve.get(&back).await.status(), 400);
    eve.get("/sign-in/provider").await;
    let answer = eve.get(&back).await;
    assert_eq!(answer.status(), 400);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("did not begin in this browser")
    );
    assert!(!is_signed_in(&eve).await);
    let elsewhere = format!("{back}&iss=https://login.example.org");
    ann.get("/sign-in/provider").await;
    assert_eq!(ann.get(&elsewhere).await.status(), 400);
    let back = provider.pass(&ann.get("/sign-in/provider").await).await;
    let refusal = back.replace("code=a-code", "error=access_denied");
    let answer = ann.get(&refusal).await;
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("did not let you in"));
    assert!(!is_signed_in(&ann).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_verified_address_at_a_listed_domain_finds_an_account() {
    let (server, provider) = server_and_provider().await;
    server.user("ann@example.com", Role::Member).await;
    for (claims, sentence) in [
        (json!({"email_verified": false}), "is verified"),
        (json!({"email_verified": null}), "is verified"),
        (json!({"email": null}), "is verified"),
        (
            json!({"email": "ann@example.org"}),
            "Addresses at example.org",
        ),
        (
            json!({"email": "ann@sub.example.com"}),
            "Addresses at sub.example.com",
        ),
        (
            json!({"email": "ann@example.org@example.com"}),
            "is verified",
        ),
    ] {
        provider.says(claims.clone());
        let browser = server.anonymous();
        let answer = enter(&browser, &provider).await;
        assert_eq!(answer.status(), 403, "{claims}");
        assert!(answer.text().await.unwrap().contains(sentence), "{claims}");
        assert!(!is_signed_in(&browser).await, "{claims}");
    }
    provider.says(json!({"email": "Ann@Example.com"}));
    let browser = server.anonymous();
    assert_eq!(enter(&browser, &provider).await.status(), 303);
    assert!(account(&browser).await.contains("ann@example.com"));
    assert_eq!(role(&server, "ann@example.com").await, Role::Member);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_belongs_to_somebody_new_opens_nothing_until_it_is_unlinked() {
    let (server, provider) = server_and_provider().await;
    enter(&server.anonymous(), &provider).await;
    provider.says(json!({"sub": "another ann"}));
    let browser = server.anonymous();
    let answer = enter(&browser, &provider).await;
    assert_eq!(answer.status(), 403);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("belongs to somebody else")
    );
    let ann = user(&server, "ann@example.com").await.unwrap();
    let page = format!("/people/{}", ann.id);
    let answer = server
        .administrator
        .submit(&format!("{page}/unlinking"), &[])
        .await;
    assert_eq!(
        answer.headers()["location"],
        format!("{page}?done=unlinked")
    );
    assert_eq!(enter(&browser, &provider).await.status(), 303);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_subject_at_another_issuer_is_somebody_else() {
    let (server, provider) = server_and_provider().await;
    let rules = provider.settings().accounts;
    let elsewhere = Identity {
        issuer: "https://login.example.org".to_owned(),
        subject: "ann's number".to_owned(),
        verified_email: Email::parse("ada@example.com"),
        groups: Vec::new(),
    };
    let ada = elsewhere.enter(&server.app.store, &rules).await.unwrap();
    assert!(ada.is_administrator());
    let browser = server.anonymous();
    enter(&browser, &provider).await;
    let page = account(&browser).await;
    assert!(page.contains("ann@example.com") && !page.contains("ada@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_follow_the_groups_at_every_sign_in() {
    let provider = OpenIdProvider::start().await;
    let settings = provider.settings_with_roles("admins=administrator,staff=member");
    let server = Server::with_provider(settings).await;
    for (groups, expected) in [
        (json!(["staff", "admins"]), Role::Administrator),
        (json!(["staff"]), Role::Member),
        (json!("admins"), Role::Administrator),
        (json!(["Admins", 7]), Role::Guest),
        (json!(["staff"]), Role::Member),
        (Value::Null, Role::Guest),
    ] {
        provider.says(json!({"groups": groups}));
        assert_eq!(enter(&server.anonymous(), &provider).await.status(), 303);
        assert_eq!(role(&server, "ann@example.com").await, expected, "{groups}");
    }
    // The last administrator with a password stays one, whatever the groups; the next to last does not.
    provider.says(json!({"sub": "ada", "email": "ada@example.com"}));
    enter(&server.anonymous(), &provider).await;
    assert_eq!(role(&server, "ada@example.com").await, Role::Administrator);
    server.user("bob@example.com", Role::Administrator).await;
    enter(&server.anonymous(), &provider).await;
    assert_eq!(role(&server, "ada@example.com").await, Role::Guest);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_deactivated_does_not_get_in() {
    let (server, provider) = server_and_provider().await;
    let browser = server.anonymous();
    enter(&browser, &provider).await;
    let ann = user(&server, "ann@example.com").await.unwrap();
    let path = format!("/people/{}/deactivation", ann.id);
    assert_eq!(server.administrator.submit(&path, &[]).await.status(), 303);
    assert!(!is_signed_in(&browser).await);
    let answer = enter(&browser, &provider).await;
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("deactivated"));
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_id_token_leaves_out_userinfo_says_of_the_same_person() {
    let provider = OpenIdProvider::start().await;
    let settings = provider.settings_with_roles("staff=member");
    let server = Server::with_provider(settings).await;
    let claims = json!({"email": null, "email_verified": null, "groups": null});
    provider.says(claims);
    let told = json!({"email": "ann@example.com", "email_verified": "true", "groups": ["staff"]});
    provider.says_at_userinfo(told.clone());
    assert_eq!(enter(&server.anonymous(), &provider).await.status(), 303);
    assert_eq!(role(&server, "ann@example.com").await, Role::Member);
    let mut of_another = told;
    of_another["sub"] = json!("another");
    provider.says_at_userinfo(of_another);
    assert_eq!(enter(&server.anonymous(), &provider).await.status(), 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_leaves_the_other_ways_in() {
    let provider = OpenIdProvider::start().await;
    provider.describes_itself_as("<p>It works!");
    let server = Server::with_provider(provider.settings()).await;
    let answer = server.anonymous().get("/sign-in/provider").await;
    assert_eq!(answer.status(), 503);
    let page = answer.text().await.unwrap();
    assert!(page.contains("Example answered with something"), "{page}");
    let mut settings = provider.settings();
    settings.issuer = "http://127.0.0.1:1".to_owned();
    let server = Server::with_provider(settings).await;
    let answer = server.anonymous().get("/sign-in/provider").await;
    assert_eq!(answer.status(), 503);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("Example cannot be reached just now"),
        "{page}"
    );
    assert!(page.contains("name=\"password\""));
    let answer = server
        .anonymous()
        .get("/sign-in/callback?code=x&state=y")
        .await;
    assert_eq!(answer.status(), 400);
    server.signed_in("ada@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_may_change_its_keys() {
    let (server, provider) = server_and_provider().await;
    assert_eq!(enter(&server.anonymous(), &provider).await.status(), 303);
    provider.changes_its_key();
    assert_eq!(enter(&server.anonymous(), &provider).await.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_finishes_what_one_began() {
    let (server, provider) = server_and_provider().await;
    let other = server.beside().await;
    let browser = server.anonymous();
    let back = provider.pass(&browser.get("/sign-in/provider").await).await;
    assert_eq!(browser.at(&other.url).get(&back).await.status(), 303);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_can_be_turned_off_for_all_but_one_administrator() {
    let provider = OpenIdProvider::start().await;
    let mut settings = provider.settings();
    settings.accounts.password_only_for = Email::parse("ada@example.com");
    let server = Server::with_provider(settings).await;
    server.user("ann@example.com", Role::Member).await;
    let answer = server
        .anonymous()
        .sign_in("ann@example.com", "correct horse")
        .await;
    assert_eq!(answer.status(), 422);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("sign in with Example")
    );
    server.signed_in("ada@example.com").await;

    let browser = server.anonymous();
    enter(&browser, &provider).await;
    let page = account(&browser).await;
    assert!(page.contains("Passwords are turned off here"));
    let fields = [
        ("current_password", "correct horse"),
        ("password", "battery staple"),
    ];
    assert_eq!(
        browser.submit("/account/password", &fields).await.status(),
        403
    );
    // Whoever has the only password stays an administrator.
    let bob = server.user("bob@example.com", Role::Administrator).await;
    for change in [json!({"role": "member"}), json!({"active": false})] {
        let answer = bob.patch("/api/v1/people/ada@example.com", &change).await;
        assert_eq!(answer.status(), 409);
        let said = answer.text().await.unwrap();
        assert!(said.contains("DATACLIPS_PASSWORD_ONLY_FOR"), "{said}");
    }
    // Nor does a link lead to one.
    let ann = user(&server, "ann@example.com").await.unwrap();
    let path = format!("/api/v1/people/{}/link", ann.email);
    let answer = server
        .administrator
        .post(&path, &json!({"purpose": "reset"}))
        .await;
    assert_eq!(answer.status(), 201);
    let link: Value = answer.json().await.unwrap();
    let link = link["link"].as_str().unwrap().replace(&server.url, "");
    let answer = server.anonymous().get(&link).await;
    assert_eq!(answer.status(), 403);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("sign in with Example")
    );
}
