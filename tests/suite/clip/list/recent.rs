//! The clips that a person opened last, above their list.

use std::time::{Duration, Instant};

use dataclips::model::{Email, Role, User, View};
use serde_json::json;

use crate::clip::*;

const GUS: &str = "gus@example.com";

/// A guest in a browser, to whom six clips were granted; the list begins with the later five.
struct Reader {
    server: Server,
    browser: Client,
    granted: Clip,
}

impl Reader {
    async fn new() -> Self {
        let server = Server::start().await;
        server.user(GUS, Role::Guest).await;
        let browser = server.signed_in(GUS).await;
        let granted = clip(&server, "Granted").await;
        share(&server, &granted, false, &[GUS]).await;
        for number in 1..=5 {
            let later = clip(&server, &format!("Later {number}")).await;
            share(&server, &later, false, &[GUS]).await;
        }
        Self {
            server,
            browser,
            granted,
        }
    }

    async fn open(&self, clip: &Clip) {
        let path = format!("/{}", clip.slug);
        assert_eq!(self.browser.get(&path).await.status(), 200);
    }

    /// The names above the list.
    async fn offered(&self) -> Vec<String> {
        let page = self.browser.get("/").await.text().await.unwrap();
        assert!(page.contains("Later 5"), "{page}");
        let Some((_, row)) = page.split_once("<nav class=\"recent\"") else {
            return Vec::new();
        };
        let (row, _) = row.split_once("</nav>").unwrap();
        let names = row.split("</a>").filter_map(|part| part.rsplit_once('>'));
        let names = names.map(|(_, name)| name.trim().to_owned());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// Waits until these are shown: a view is recorded in parallel with its response.
    async fn is_offered(&self, names: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let offered = self.offered().await;
            if offered == names {
                return;
            }
            assert!(Instant::now() < deadline, "{offered:?}, not {names:?}");
        }
    }
}

async fn clip(server: &Server, title: &str) -> Clip {
    let clip = server.create_clip("select 1 as a").await;
    let api = format!("/api/v1/clips/{}", clip.slug);
    let renamed = json!({"title": title});
    assert_eq!(
        server.administrator.patch(&api, &renamed).await.status(),
        200
    );
    clip
}

async fn share(server: &Server, clip: &Clip, anyone: bool, readers: &[&str]) {
    let grants: Vec<_> = readers
        .iter()
        .map(|to| json!({"to": to, "may": "see"}))
        .collect();
    let access = json!({"anyone": anyone, "grants": grants});
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    assert_eq!(server.administrator.put(&path, &access).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_opened_is_offered_while_they_may_see_it() {
    let reader = Reader::new().await;
    let server = &reader.server;
    let open = clip(server, "By its link").await;
    assert!(reader.offered().await.is_empty());
    reader.open(&reader.granted).await;
    reader.is_offered(&["Granted"]).await;
    reader.open(&open).await;
    reader.is_offered(&["By its link", "Granted"]).await;
    reader.open(&reader.granted).await;
    reader.is_offered(&["Granted", "By its link"]).await;

    share(server, &reader.granted, false, &[]).await;
    assert_eq!(reader.offered().await, ["By its link"]);
    share(server, &open, false, &[]).await;
    assert!(reader.offered().await.is_empty());
    share(server, &open, true, &[]).await;
    assert_eq!(reader.offered().await, ["By its link"]);
    let api = format!("/api/v1/clips/{}", open.slug);
    assert_eq!(server.administrator.delete(&api).await.status(), 204);
    assert!(reader.offered().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_pages_that_somebody_opened_themselves_are_offered() {
    let reader = Reader::new().await;
    let server = &reader.server;
    let (seen, rows) = (clip(server, "Seen").await, clip(server, "Rows alone").await);
    let tokened = server.administrator.get(&format!("/{}", seen.slug)).await;
    assert_eq!(tokened.status(), 200);
    let json = reader.browser.get(&format!("/{}.json", rows.slug)).await;
    assert_eq!(json.status(), 200);
    let embedded = reader.browser.get(&format!("/{}/embed", rows.slug)).await;
    assert_eq!(embedded.status(), 200);
    reader.open(&seen).await;
    reader.is_offered(&["Seen"]).await;
    // A search shows what it finds, and nothing else.
    let found = reader.browser.get("/?search=later").await;
    assert!(!found.text().await.unwrap().contains("class=\"recent\""));
    let store = server.app.store.client().await.unwrap();
    let sql = "select count(*) from clip_views";
    let noted: i64 = store.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(noted, 1, "the administrator's program opens no pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_opened_is_forgotten_on_request() {
    let reader = Reader::new().await;
    let open = clip(&reader.server, "By its link").await;
    reader.open(&open).await;
    reader.is_offered(&["By its link"]).await;
    let account = reader.browser.get("/account").await.text().await.unwrap();
    assert!(
        account.contains("action=\"/account/views/forget\""),
        "{account}"
    );
    let answer = reader.browser.submit("/account/views/forget", &[]).await;
    let account = path_of(answer).await;
    let account = reader.browser.get(&account).await.text().await.unwrap();
    assert!(
        account.contains("Your recent clips are forgotten."),
        "{account}"
    );
    assert!(reader.offered().await.is_empty());
    reader.open(&open).await;
    reader.is_offered(&["By its link"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_fifty_are_kept_and_twelve_of_them_offered() {
    let reader = Reader::new().await;
    let store = &reader.server.app.store;
    let client = store.client().await.unwrap();
    let sql = "with made as (
                   insert into clips (slug, title, anyone)
                   select translate(md5(n::text || 'a'), '0123456789', 'ghijklmnop')::char(28), 'Clip ' || n, true
                   from generate_series(1, 55) n
                   returning id, title
               ), versions as (
                   insert into versions (clip_id, number, sql, database_id)
                   select made.id, 1, 'select 1', databases.id from made, databases
               )
               select id, title from made order by id";
    let made = client.query(sql, &[]).await.unwrap();
    let user = User::find_by_email(store, &Email::parse(GUS).unwrap()).await;
    let user = user.unwrap().unwrap();
    for row in &made {
        View::note(store, user.id, row.get("id")).await.unwrap();
    }
    let mut newest: Vec<String> = made.iter().map(|row| row.get("title")).collect();
    newest.reverse();
    assert_eq!(reader.offered().await, newest[..6]);
    let kept = View::clips(store, &user).await.unwrap();
    let kept: Vec<String> = kept.into_iter().map(|clip| clip.title).collect();
    assert_eq!(kept, newest[..50]);
}
