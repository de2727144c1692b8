//! Programs and schemas of different releases on one store.

use std::time::{Duration, Instant};

use dataclips::store::Schema;

use super::open;
use crate::cli::program::Program;
use crate::support::{Server, connect, empty_database, shared};

/// As if the next release had been here.
const UPGRADE: &str = "insert into refinery_schema_history (version, name, applied_on, checksum)
    select max(version) + 1, 'next', max(applied_on), '1' from refinery_schema_history";
/// The last schema of the release before this one.
const BEFORE: i32 = 10;

/// What `docs/upgrading.md` says about the way back.
fn way_back() -> String {
    let said = include_str!("../../../docs/upgrading.md");
    let sql = said.split_once("```sql\n").unwrap().1;
    sql.split_once("```").unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_told_that_the_schema_is_newer_than_itself() {
    let program = Program::on_empty_store().await;
    let server = program.serve();
    let url = program.setting("DATABASE_URL");
    let client = connect(&url).await.unwrap();
    client.batch_execute(UPGRADE).await.unwrap();
    // The one that runs goes on, and says so.
    let answer = server.visitor().get("/readyz").await;
    assert_eq!(answer.status(), 200);
    let words = answer.text().await.unwrap();
    assert!(words.contains("Upgrade this server too"), "{words}");
    for command in ["serve", "export"] {
        let said = program.refused(&[command], "");
        assert!(said.contains("newer than this program's"), "{said}");
        assert!(said.contains("docs/upgrading.md"), "{said}");
    }
    assert_eq!(server.visitor().get("/").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_schema_was_restored_from_before_is_not_ready() {
    let server = Server::start().await;
    let store = server.data.replace("data", "store");
    let client = shared().connect("keeper", &store).await;
    let restored = "delete from refinery_schema_history
        where version = (select max(version) from refinery_schema_history)";
    for sql in [restored, "drop table refinery_schema_history"] {
        client.batch_execute(sql).await.unwrap();
        let answer = server.anonymous().get("/readyz").await;
        assert_eq!(answer.status(), 503);
        let words = answer.text().await.unwrap();
        assert!(words.contains("Restart this server"), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_waits_for_a_locked_table_again_and_again() {
    let url = empty_database().await;
    open(&url).await.unwrap().close();
    let mut client = connect(&url).await.unwrap();
    client.batch_execute(&way_back()).await.unwrap();
    let lock = client.transaction().await.unwrap();
    let sql = "lock table refinery_schema_history in share mode";
    lock.batch_execute(sql).await.unwrap();
    let opening = tokio::spawn(async move { open(&url).await });
    for is_waiting in [true, false] {
        let deadline = Instant::now() + Duration::from_secs(20);
        let sql = "select exists (select from pg_locks where not granted
            and database = (select oid from pg_database where datname = current_database()))";
        while lock.query_one(sql, &[]).await.unwrap().get::<_, bool>(0) != is_waiting {
            assert!(Instant::now() < deadline, "is waiting: {is_waiting}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    lock.rollback().await.unwrap();
    let store = opening.await.unwrap().unwrap();
    assert_eq!(store.check().await.unwrap(), Schema::Known);
    store.close();
}

/// The program before knows this history, and nothing that it knows has changed; this one upgrades again.
#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_leads_to_the_release_before_and_to_this_one_again() {
    let url = empty_database().await;
    open(&url).await.unwrap().close();
    let client = connect(&url).await.unwrap();
    client.batch_execute(&way_back()).await.unwrap();
    let sql = "select max(version) from refinery_schema_history";
    let row = client.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), BEFORE);
    let store = open(&url).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Schema::Known);
    store.close();
}
