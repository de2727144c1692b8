//! `dataclips key rotate`: servers with the old key, with both, and with the new one go on serving.

use std::process::Child;
use std::time::{Duration, Instant};

use dataclips::model::SecretKey;
use serde_json::json;
use tokio_postgres::Client as Superuser;

use crate::cli::program::{KEY, Program, Serving};
use crate::support::{Client, Clip, Databases, PASSWORD, connect, shared};

const NEW: &str = "the new secret key of the tests, long enough";
const OTHER: &str = "another secret key of the tests, long enough";
const WAIT_MAX: Duration = Duration::from_secs(20);
/// More than one batch.
const DATABASES: i64 = 30;

/// A store in use, its program and its databases.
struct Used {
    program: Program,
    databases: Databases,
    store: Superuser,
}

impl Used {
    async fn new() -> Self {
        let databases = Databases::create().await;
        let url = shared().socket_url("keeper", &databases.store);
        let program = Program::on_store(&url);
        let superuser = shared().socket_url("postgres", &databases.store);
        Self {
            store: connect(&superuser).await.unwrap(),
            program,
            databases,
        }
    }

    fn with(&self, key: &str) -> Program {
        self.program.clone().with("DATACLIPS_SECRET_KEY", key)
    }

    /// The new key, and the old one.
    fn with_both(&self) -> Program {
        self.with(NEW).with("DATACLIPS_OLD_SECRET_KEY", KEY)
    }

    fn at(&self, server: &Serving) -> Client {
        server.client(&self.databases.token)
    }

    async fn add_database(&self, server: &Serving, name: &str) {
        let url = shared().socket_url("reader", &self.databases.data);
        let new = json!({"name": name, "url": url, "open_to": "members"});
        let answer = self.at(server).post("/api/v1/databases", &new).await;
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }

    async fn expect_rows(&self, servers: &[&Serving], clips: &[&Clip]) {
        for server in servers {
            for clip in clips {
                let path = format!("/{}.csv", clip.slug);
                let answer = self.at(server).get(&path).await;
                let status = answer.status();
                assert_eq!(status, 200, "{}", answer.text().await.unwrap());
            }
        }
    }

    /// How many of all URLs and mails this key opens.
    async fn opened_by(&self, key: &str) -> (usize, usize) {
        let key = SecretKey::from_text(key).unwrap();
        let sealed = |sql: &'static str| self.store.query(sql, &[]);
        let urls =
            sealed("select url_sealed from databases union all select url_sealed from followers");
        let urls = urls.await.unwrap();
        let mails = sealed("select sealed from letters").await.unwrap();
        let opened = urls
            .iter()
            .filter(|row| key.for_urls().open(row.get(0)).is_some())
            .count();
        let mails = mails
            .iter()
            .filter(|row| key.for_letters().open(row.get(0)).is_some());
        (opened, mails.count())
    }

    /// Copies of the database `data`, a follower of it, and a mail that waits.
    async fn fill(&self) {
        let copies = "insert into databases (name, url_sealed, source, open_to)
                      select 'copy-' || number, url_sealed, source, open_to
                      from databases, generate_series(1, $1::bigint) as number where name = 'data'";
        self.store.execute(copies, &[&DATABASES]).await.unwrap();
        let follower = "insert into followers (database_id, name, url_sealed)
                        select id, 'east', url_sealed from databases where name = 'data'";
        self.store.execute(follower, &[]).await.unwrap();
        let sealed = SecretKey::from_text(KEY)
            .unwrap()
            .for_letters()
            .seal("[]")
            .unwrap();
        let mail = "with link as (
                        insert into one_time_links (hash, email, purpose, is_mailed, expires_at)
                        values ('x', 'bob@example.com', 'reset', true, now() + interval '1 day')
                        returning id
                    )
                    insert into letters (link_id, sealed, tries, due_at)
                    select id, $1, 1, now() + interval '1 hour' from link";
        self.store.execute(mail, &[&sealed]).await.unwrap();
    }

    /// Begins a rotation that waits for a lock on the last database; returns it with whoever holds the lock.
    async fn begin_rotation(&self) -> (Child, Superuser) {
        let url = shared().socket_url("postgres", &self.databases.store);
        let locker = connect(&url).await.unwrap();
        let lock = "begin; select from databases order by id desc limit 1 for update";
        locker.batch_execute(lock).await.unwrap();
        let rotation = self.with_both().start(&["key", "rotate"]);
        let deadline = Instant::now() + WAIT_MAX;
        while self.waiting_for_locks().await == 0 {
            assert!(Instant::now() < deadline, "the rotation never got so far");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (rotation, locker)
    }

    async fn waiting_for_locks(&self) -> i64 {
        let sql = "select count(*) from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'";
        self.store.query_one(sql, &[]).await.unwrap().get(0)
    }
}

async fn ready(server: &Serving) -> (u16, String) {
    let answer = server.visitor().get("/readyz").await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Whether somebody who signed in elsewhere is signed in here, too.
async fn is_signed_in(person: &Client, server: &Serving) -> bool {
    let page = person.at(&server.url).get("/account").await;
    page.status() == 200 && page.text().await.unwrap().contains("ada@example.com")
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_keep_running_while_the_key_is_rotated_even_if_the_rotation_is_killed() {
    let used = Used::new().await;
    let with_old = used.with(KEY).serve();
    used.add_database(&with_old, "data").await;
    let clip = used.at(&with_old).create_clip("select 1 as one").await;
    let ada = with_old.visitor();
    let answer = ada.sign_in("ada@example.com", PASSWORD).await;
    assert!(answer.status().is_redirection() || answer.status() == 200);

    // One server after the other is given both keys.
    let first = used.with_both().serve();
    used.add_database(&first, "more").await;
    let more = used
        .at(&first)
        .create_clip_on("more", "select 2 as two")
        .await;
    used.expect_rows(&[&with_old, &first], &[&clip, &more])
        .await;
    assert!(is_signed_in(&ada, &with_old).await && is_signed_in(&ada, &first).await);
    let said = used.with_both().refused(&["key", "rotate"], "");
    assert!(said.contains("do not know the new key yet"), "{said}");
    assert_eq!(used.opened_by(NEW).await, (0, 0));
    assert!(with_old.stop().success());
    let second = used.with_both().serve();
    used.fill().await;
    let all = (DATABASES + 3) as usize;
    assert_eq!(used.opened_by(KEY).await, (all, 1));

    let (mut rotation, locker) = used.begin_rotation().await;
    rotation.kill().unwrap();
    rotation.wait().unwrap();
    locker.batch_execute("rollback").await.unwrap();
    let (resealed, _) = used.opened_by(NEW).await;
    assert!(resealed > 0 && resealed < all, "{resealed} of {all}");
    used.expect_rows(&[&first, &second], &[&clip, &more]).await;
    assert!(is_signed_in(&ada, &first).await && is_signed_in(&ada, &second).await);
    // What is added meanwhile is sealed with the new key.
    used.add_database(&second, "latest").await;
    let (resealed_now, _) = used.opened_by(NEW).await;
    assert_eq!(resealed_now, resealed + 1);

    // Half way, only servers with both keys can read everything.
    let (status, said) = ready(&used.with(NEW).serve()).await;
    assert_eq!(status, 503);
    assert!(said.contains("DATACLIPS_OLD_SECRET_KEY"), "{said}");
    let (status, said) = ready(&used.with(KEY).serve()).await;
    assert_eq!(status, 503);
    assert!(said.contains("DATACLIPS_SECRET_KEY is not"), "{said}");
    let wrong = used.with(NEW).with("DATACLIPS_OLD_SECRET_KEY", OTHER);
    let said = wrong.refused(&["key", "rotate"], "");
    assert!(said.contains("Nothing was changed"), "{said}");
    assert_eq!(used.opened_by(NEW).await.0, resealed_now);

    let done = used.with_both().run(&["key", "rotate"], "");
    assert!(done.is_success, "{}", done.stderr);
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(
        said.contains("Nothing is encrypted with the old one"),
        "{said}"
    );
    assert!(!said.contains(NEW) && !said.contains(KEY), "{said}");
    assert_eq!(used.opened_by(NEW).await, (all + 1, 1));
    assert_eq!(used.opened_by(KEY).await, (0, 0));
    used.expect_rows(&[&first, &second], &[&clip, &more]).await;

    // One server after the other forgets the old one.
    let with_new = used.with(NEW).serve();
    assert_eq!(ready(&with_new).await, (200, "ready\n".to_owned()));
    used.expect_rows(&[&first, &with_new], &[&clip, &more])
        .await;
    assert!(is_signed_in(&ada, &with_new).await);
    let again = used.with_both().done(&["key", "rotate"], "");
    assert!(
        again.contains("0 database URLs and 0 unsent mails"),
        "{again}"
    );
    let audited = "select detail from audit_entries where what = 'key.rotated' order by id";
    let audited = used.store.query(audited, &[]).await.unwrap();
    let audited: Vec<String> = audited.iter().map(|row| row.get(0)).collect();
    assert_eq!(audited[0], "begun");
    assert_eq!(audited.len(), 2, "{audited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_without_the_right_old_key_changes_nothing_and_says_what_to_do() {
    let used = Used::new().await;
    let server = used.with(KEY).serve();
    used.add_database(&server, "data").await;
    assert!(server.stop().success());
    let steps = used.with(KEY).refused(&["key", "rotate"], "");
    assert!(steps.contains("DATACLIPS_OLD_SECRET_KEY"), "{steps}");
    let wrong = used.with(NEW).with("DATACLIPS_OLD_SECRET_KEY", OTHER);
    let said = wrong.refused(&["key", "rotate"], "");
    assert!(said.contains("Nothing was changed"), "{said}");
    let same = used.with(KEY).with("DATACLIPS_OLD_SECRET_KEY", KEY);
    let said = same.refused(&["key", "rotate"], "");
    assert!(said.contains("is the same as"), "{said}");
    assert_eq!(used.opened_by(KEY).await, (1, 0));
    assert_eq!(ready(&used.with(KEY).serve()).await.0, 200);
}

/// It is read with the old key, and sealed with the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_a_rotation_is_imported_with_both_keys() {
    let used = Used::new().await;
    let server = used.with(KEY).serve();
    used.add_database(&server, "data").await;
    let backup = used.with(KEY).done(&["export"], "");
    let elsewhere = Used::new().await;
    let with_new = elsewhere.with(NEW);
    assert!(with_new.serve().stop().success());
    let said = with_new.refused(&["import"], &backup);
    assert!(said.contains("another secret key"), "{said}");
    elsewhere.with_both().done(&["import"], &backup);
    assert_eq!(elsewhere.opened_by(NEW).await, (1, 0));
}
