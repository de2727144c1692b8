//! Deleting people: what goes with them, what stays, and who cannot be deleted.

use dataclips::error::Error;
use dataclips::model::{Email, FormerLinks, LeftClips, NewOwner, Person, PersonChanges, Role};
use serde_json::{Value, json};

use super::*;
use crate::support::{Clip, status_and_body};

const MIA: &str = "/api/v1/people/mia@example.com";

async fn count(server: &Server, sql: &str) -> i64 {
    let store = server.app.store.client().await.unwrap();
    store.query_one(sql, &[]).await.unwrap().get(0)
}

async fn share(by: &Client, clip: &Clip, to: &str) {
    let access = json!({"anyone": false, "grants": [{"to": to, "may": "edit"}]});
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    assert_eq!(by.put(&path, &access).await.status(), 200);
}

/// A clip link that opens its rows.
async fn link_to(by: &Client, clip: &Clip) -> String {
    let path = format!("/api/v1/clips/{}/links", clip.slug);
    let (status, body) = status_and_body(by.post(&path, &json!({"label": "sheet"})).await).await;
    assert_eq!(status, 201, "{body}");
    let token = body["token"].as_str().unwrap();
    format!("/{}.csv?access-token={token}", clip.slug)
}

async fn read(client: &Client, path: &str) -> Value {
    let (status, body) = status_and_body(client.get(path).await).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_theirs_is_deleted_and_their_clips_are_given_away() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let mia = server.user("mia@example.com", Role::Member).await;
    let browser = server.signed_in("mia@example.com").await;
    let theirs = mia.create_clip("select 1 as n").await;
    let ours = ada.create_clip("select 2 as n").await;
    share(ada, &ours, "mia@example.com").await;
    share(&mia, &theirs, "@example.org").await;
    let link = link_to(&mia, &theirs).await;
    let change = json!({"sql": "select 3 as n"});
    let path = format!("/api/v1/clips/{}", ours.slug);
    assert_eq!(mia.patch(&path, &change).await.status(), 200);
    assert_eq!(
        browser.get(&format!("/{}", theirs.slug)).await.status(),
        200
    );

    let beside = server.beside().await;
    let elsewhere = (browser.at(&beside.url), mia.at(&beside.url));
    assert!(is_signed_in(&elsewhere.0).await);
    assert_eq!(elsewhere.1.get("/api/v1/clips").await.status(), 200);

    let person = path_of(&server, "mia@example.com").await;
    let number = person.rsplit('/').next().unwrap();
    let path = format!("{MIA}?force=1&clips_to=ada@example.com");
    assert_eq!(ada.delete(&path).await.status(), 204);

    assert_eq!(mia.get("/api/v1/clips").await.status(), 401);
    assert_eq!(elsewhere.1.get("/api/v1/clips").await.status(), 401);
    assert!(!is_signed_in(&browser).await && !is_signed_in(&elsewhere.0).await);
    assert_eq!(server.anonymous().get(&link).await.status(), 401);
    for table in ["sessions", "tokens", "clip_views"] {
        let left = format!("select count(*) from {table} where user_id = {number}");
        assert_eq!(count(&server, &left).await, 0, "{table}");
    }
    let grants = "select count(*) from clip_grants where grantee = 'mia@example.com'";
    assert_eq!(count(&server, grants).await, 0);

    let clip = read(ada, &format!("/api/v1/clips/{}", theirs.slug)).await;
    assert_eq!(clip["owner"], "ada@example.com");
    let access = read(ada, &format!("/api/v1/clips/{}/access", theirs.slug)).await;
    assert_eq!(access["grants"][0]["to"], "@example.org");
    let name = format!("deleted person {number}");
    for clip in [&theirs, &ours] {
        let versions = read(ada, &format!("/api/v1/clips/{}/versions", clip.slug)).await;
        assert_eq!(versions["versions"][0]["author"], name, "{versions}");
        let activity = read(ada, &format!("/api/v1/clips/{}/trail", clip.slug)).await;
        assert!(activity.to_string().contains(&name), "{activity}");
    }
    let browser = server.signed_in("ada@example.com").await;
    for rest in ["/history", "/settings", "/share", ""] {
        let page = page(&browser, &format!("/{}{rest}", ours.slug)).await;
        assert_eq!(page.contains(&name), rest == "/history", "{rest}: {page}");
    }
    let people = page(&browser, "/people").await;
    assert!(!people.contains("mia@example.com"), "{people}");
    let entries = read(ada, "/api/v1/audit?what=person.deleted").await;
    let entry = &entries["entries"][0];
    assert_eq!(entry["person"]["number"].to_string(), number);
    assert_eq!(entry["detail"], "1 clip to ada@example.com");
    let given = read(ada, "/api/v1/audit?what=clip.transferred").await;
    assert_eq!(given["entries"].as_array().unwrap().len(), 1, "{given}");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_clips_is_deleted_only_once_it_is_decided_what_becomes_of_them() {
    let server = Server::start().await;
    let ada = server.signed_in("ada@example.com").await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as n").await;
    let rows = format!("/{}.csv", clip.slug);
    let kept = link_to(&mia, &clip).await;
    let person = path_of(&server, "mia@example.com").await;
    let deletion = format!("{person}/deletion");

    let (status, body) =
        status_and_body(server.administrator.delete(&format!("{MIA}?force=1")).await).await;
    assert_eq!(status, 409, "{body}");
    let (status, unsure) = status_and_body(server.administrator.delete(MIA).await).await;
    assert_eq!(status, 409);
    assert!(unsure.to_string().contains("?force=1"), "{unsure}");
    let undecided = ada.submit(&deletion, &[]).await;
    assert_eq!(undecided.status(), 409);
    let undecided = undecided.text().await.unwrap();
    assert!(
        undecided.contains("mia@example.com owns 1 clip. Say what becomes of it"),
        "{undecided}"
    );
    for nobody in ["", "nobody@example.com", "mia@example.com"] {
        let refused = ada
            .submit(&deletion, &[("clips", "give"), ("clips_to", nobody)])
            .await;
        assert_eq!(refused.status(), 422, "{nobody}");
    }
    assert_eq!(server.anonymous().get(&rows).await.status(), 200);

    let asked = page(&ada, &deletion).await;
    assert!(
        asked.contains("Others can see it now and lose it."),
        "{asked}"
    );
    let given = [
        ("clips", "give"),
        ("clips_to", "ada@example.com"),
        ("keep_links", "1"),
    ];
    let done = ada.submit(&deletion, &given).await;
    assert_eq!(done.headers()["location"], "/people?done=deleted");
    assert!(
        page(&ada, "/people?done=deleted")
            .await
            .contains("Deleted.")
    );
    assert_eq!(ada.get(&person).await.status(), 404);
    assert_eq!(server.anonymous().get(&kept).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_clips_can_be_restored_by_whoever_deleted_their_owner() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as n").await;
    let before = mia.create_clip("select 2 as n").await;
    let path = format!("/api/v1/clips/{}", before.slug);
    assert_eq!(mia.delete(&path).await.status(), 204);
    let both = format!("{MIA}?force=1&remove_clips=1&clips_to=ada@example.com");
    assert_eq!(ada.delete(&both).await.status(), 400);
    for unreadable in [
        "force=yes",
        "force=1&remove_clips=1&keep_links=1",
        "force=1&keep_links=1",
    ] {
        let refused = ada.delete(&format!("{MIA}?{unreadable}")).await;
        assert_eq!(refused.status(), 400, "{unreadable}");
    }
    let removed = ada.delete(&format!("{MIA}?force=1&remove_clips=1")).await;
    assert_eq!(removed.status(), 204);
    for clip in [&clip, &before] {
        assert_eq!(server.rows(clip, "csv").await.status(), 410);
        let path = format!("/api/v1/clips/{}/restore", clip.slug);
        let (status, restored) = status_and_body(ada.post(&path, &json!({})).await).await;
        assert_eq!(
            (status, &restored["owner"]),
            (200, &json!("ada@example.com"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_way_in_stays() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let (status, body) =
        status_and_body(ada.delete("/api/v1/people/ada@example.com?force=1").await).await;
    assert_eq!(status, 409);
    let words = body["error"]["message"].as_str().unwrap();
    assert!(words.contains("You cannot delete yourself."), "{words}");

    let eve = server.user("eve@example.com", Role::Administrator).await;
    let store = server.app.store.client().await.unwrap();
    let sql =
        "update users set password_hash = null, entered_at = now() where email = 'eve@example.com'";
    store.execute(sql, &[]).await.unwrap();
    let (status, body) =
        status_and_body(eve.delete("/api/v1/people/ada@example.com?force=1").await).await;
    assert_eq!(status, 409);
    let words = body["error"]["message"].as_str().unwrap();
    assert!(
        words.contains("last administrator who has a password"),
        "{words}"
    );

    let left = ada.delete("/api/v1/people/eve@example.com?force=1").await;
    assert_eq!(left.status(), 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_when_the_only_person_who_waits_for_it_is_deleted() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let slow = json!({"database": "data", "sql": "select pg_sleep(600)"});
    let running = tokio::spawn(async move { mia.post("/api/v1/preview", &slow).await.status() });
    let ada = &server.administrator;
    while read(ada, "/api/v1/runs").await["runs"] == json!([]) {
        tokio::task::yield_now().await;
    }
    let deleted = ada.delete(&format!("{MIA}?force=1")).await;
    assert_eq!(deleted.status(), 204);
    assert_eq!(running.await.unwrap(), 409);
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_not_created_by_somebody_who_is_deleted_meanwhile() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let creating = async {
        for _ in 0..20 {
            let new = json!({"title": "x", "database": "data", "sql": "select 1"});
            let (status, body) = status_and_body(mia.post("/api/v1/clips", &new).await).await;
            assert!([201, 401, 409].contains(&status), "{status} {body}");
        }
    };
    let deleting = async {
        let path = format!("{MIA}?force=1&clips_to=ada@example.com");
        assert_eq!(server.administrator.delete(&path).await.status(), 204);
    };
    tokio::join!(creating, deleting);
    let orphans = "select count(*) from clips
                   where owner_id is null or owner_id not in (select id from users)";
    assert_eq!(count(&server, orphans).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_says_that_an_author_was_deleted() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as n").await;
    let path = format!("{MIA}?force=1&clips_to=ada@example.com");
    assert_eq!(server.administrator.delete(&path).await.status(), 204);
    let first = server.export().await;

    let other = Server::start().await;
    other.import(&first).await.unwrap();
    let path = format!("/api/v1/clips/{}/versions", clip.slug);
    let versions = read(&other.administrator, &path).await;
    assert_eq!(versions["versions"][0]["author"], "a deleted person");
    let browser = other.signed_in("ada@example.com").await;
    let history = page(&browser, &format!("/{}/history", clip.slug)).await;
    assert!(history.contains("a deleted person"), "{history}");
    let samples = "select count(*) from versions where author_id is null";
    assert_eq!(count(&other, samples).await, count(&server, samples).await);
    let again = other.export().await;
    assert_eq!(again["clips"], first["clips"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_administrators_who_delete_each_other_one_stays() {
    let server = Server::start().await;
    let ada = &server.administrator;
    server.user("eve@example.com", Role::Administrator).await;
    let deletes = [
        ("ben@example.com", "cat@example.com"),
        ("cat@example.com", "ben@example.com"),
    ];
    for _ in 0..4 {
        let both = deletes.map(|(by, _)| by);
        let mut tasks = Vec::new();
        for (by, whom) in deletes {
            let by = server.user(by, Role::Administrator).await;
            let path = format!("/api/v1/people/{whom}?force=1");
            tasks.push((by, path));
        }
        let [(ben, bens), (cat, cats)] = <[_; 2]>::try_from(tasks).ok().unwrap();
        let (one, other) = tokio::join!(ben.delete(&bens), cat.delete(&cats));
        let mut statuses = [one.status().as_u16(), other.status().as_u16()];
        statuses.sort_unstable();
        // The second one is refused before or after it waited for the first.
        assert!([[204, 401], [204, 403]].contains(&statuses), "{statuses:?}");
        let people = read(ada, "/api/v1/people").await.to_string();
        let left = both.map(|email| people.contains(email));
        assert_eq!(left.iter().filter(|is_left| **is_left).count(), 1);
        for (email, is_left) in both.into_iter().zip(left) {
            let path = format!("/api/v1/people/{email}?force=1");
            let status = ada.delete(&path).await.status();
            assert_eq!(status, if is_left { 204 } else { 404 });
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_is_deleted_while_a_request_of_theirs_runs_deletes_nobody() {
    let server = Server::start().await;
    let store = &server.app.store;
    for email in ["ben@example.com", "cat@example.com"] {
        server.user(email, Role::Administrator).await;
    }
    let find = async |email: &str| {
        let email = Email::parse(email).unwrap();
        let person = Person::find_by_email(store, &email).await.unwrap();
        person.unwrap()
    };
    let (ben, cat) = (find("ben@example.com").await, find("cat@example.com").await);
    ben.delete(store, LeftClips::None, Some(&cat.user))
        .await
        .unwrap();
    let again = ben.delete(store, LeftClips::None, Some(&cat.user)).await;
    assert_eq!(again.unwrap_err().to_string(), "There is no such person.");
    let late = cat.delete(store, LeftClips::None, Some(&ben.user)).await;
    let words = "Only an administrator can do this.";
    assert_eq!(late.unwrap_err().to_string(), words);
    let demotion = PersonChanges {
        role: Some(Role::Guest),
        ..PersonChanges::default()
    };
    let late = cat.change(store, demotion, &ben.user).await;
    assert_eq!(late.unwrap_err().to_string(), words);
    let entries = read(&server.administrator, "/api/v1/audit?what=person.deleted").await;
    assert_eq!(entries["entries"].as_array().unwrap().len(), 1, "{entries}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_are_not_given_to_somebody_who_cannot_own_them_any_longer() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let mia = server.user("mia@example.com", Role::Member).await;
    mia.create_clip("select 1 as n").await;
    server.user("ben@example.com", Role::Member).await;
    let store = &server.app.store;
    let [mia, ben] = ["mia@example.com", "ben@example.com"].map(|text| Email::parse(text).unwrap());
    let person = Person::find_by_email(store, &mia).await.unwrap().unwrap();
    let owner = NewOwner::find(store, &ben).await.unwrap().unwrap();
    let path = "/api/v1/people/ben@example.com";
    for (change, status) in [
        (json!({"role": "guest"}), 422),
        (json!({"role": "member", "active": false}), 422),
    ] {
        assert_eq!(ada.patch(path, &change).await.status(), 200);
        let refused = ada
            .delete(&format!("{MIA}?force=1&clips_to=ben@example.com"))
            .await;
        assert_eq!(refused.status(), status, "{change}");
        // As if that had happened since the owner was found.
        let left = LeftClips::GivenTo(&owner, FormerLinks::from_keep(true));
        let late = person.delete(store, left, None).await;
        assert!(matches!(late, Err(Error::Invalid { .. })), "{late:?}");
    }
    let kept = "select count(*) from users where email = 'mia@example.com'";
    assert_eq!(count(&server, kept).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_that_are_left_to_nobody_go_to_an_administrator_who_can_sign_in() {
    let server = Server::start().await;
    let eve = server.user("eve@example.com", Role::Administrator).await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as n").await;
    let off = json!({"active": false});
    let path = "/api/v1/people/ada@example.com";
    assert_eq!(eve.patch(path, &off).await.status(), 200);
    let store = &server.app.store;
    let email = Email::parse("mia@example.com").unwrap();
    let person = Person::find_by_email(store, &email).await.unwrap().unwrap();
    // On the command line.
    person
        .delete(store, LeftClips::Removed, None)
        .await
        .unwrap();
    let path = format!("/api/v1/clips/{}/restore", clip.slug);
    let (status, restored) = status_and_body(eve.post(&path, &json!({})).await).await;
    assert_eq!(
        (status, &restored["owner"]),
        (200, &json!("eve@example.com"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_what_they_made_opens_afterwards() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let mia = server.user("mia@example.com", Role::Member).await;
    let theirs = mia.create_clip("select 1 as n").await;
    let path = format!("/api/v1/clips/{}", theirs.slug);
    let change = json!({"sql": "select 2 as n", "note": "two"});
    assert_eq!(mia.patch(&path, &change).await.status(), 200);
    assert_eq!(
        mia.put(&format!("{path}/pin"), &json!({})).await.status(),
        200
    );
    let about = json!({"description": "Hers", "tags": ["hers"]});
    assert_eq!(mia.patch(&path, &about).await.status(), 200);
    link_to(&mia, &theirs).await;
    let fork = ada.post(&format!("{path}/fork"), &json!({})).await;
    let (status, fork) = status_and_body(fork).await;
    assert_eq!(status, 201, "{fork}");
    let fork = fork["slug"].as_str().unwrap();
    let person = path_of(&server, "mia@example.com").await;
    let number = person.rsplit('/').next().unwrap();
    let delete = format!("{MIA}?force=1&clips_to=ada@example.com&keep_links=1");
    assert_eq!(ada.delete(&delete).await.status(), 204);

    let browser = server.signed_in("ada@example.com").await;
    let slug = &theirs.slug;
    for path in [
        format!("/{slug}"),
        format!("/{slug}.csv"),
        format!("/{slug}/history"),
        format!("/{slug}/difference?from=1&to=2"),
        format!("/{slug}/settings"),
        format!("/{slug}/share"),
        format!("/{fork}"),
        format!("/{fork}/history"),
        format!("/audit?who={number}"),
        "/audit/export".to_owned(),
        "/people".to_owned(),
    ] {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status(), 200, "{path}");
    }
    let pinned = read(ada, &path).await;
    assert_eq!(pinned["pinned"], true, "{pinned}");
    // The same address again is somebody else.
    let invited = json!({"email": "mia@example.com", "role": "member"});
    assert_eq!(ada.post("/api/v1/people", &invited).await.status(), 201);
    assert_ne!(path_of(&server, "mia@example.com").await, person);
    let versions = read(ada, &format!("{path}/versions")).await;
    let name = format!("deleted person {number}");
    assert_eq!(versions["versions"][0]["author"], name);
}
