//! The secret key of a store: a server with another one is not ready.

use crate::cli::program::{Program, Serving};
use crate::support::{connect, shared};

async fn ready(server: &Serving) -> (u16, String) {
    let answer = server.visitor().get("/readyz").await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_key_is_not_ready_and_seals_nothing() {
    let program = Program::on_empty_store().await;
    let reader = shared().socket_url("reader", "nothing_there");
    let program = program.with("DATACLIPS_DATABASE_SALES_URL", &reader);
    let other = program
        .clone()
        .with("DATACLIPS_SECRET_KEY", &"another key ".repeat(3));
    let server = program.serve();
    let client = connect(&program.setting("DATABASE_URL")).await.unwrap();
    let sealed = async || -> Vec<u8> {
        let sql = "select url_sealed from databases";
        client.query_one(sql, &[]).await.unwrap().get(0)
    };
    let before = sealed().await;
    let stranger = other.serve();
    assert_eq!(sealed().await, before);
    assert_eq!(ready(&server).await, (200, "ready\n".to_owned()));
    let (status, words) = ready(&stranger).await;
    assert_eq!(status, 503);
    assert!(words.contains("DATACLIPS_SECRET_KEY is not"), "{words}");
    assert_eq!(stranger.visitor().get("/healthz").await.status(), 200);
}

/// From before keys were told apart.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_store_is_the_one_that_opens_what_is_in_it() {
    let program = Program::on_empty_store().await;
    let reader = shared().socket_url("reader", "nothing_there");
    let with_database = program
        .clone()
        .with("DATACLIPS_DATABASE_SALES_URL", &reader);
    assert!(with_database.serve().stop().success());
    let client = connect(&program.setting("DATABASE_URL")).await.unwrap();
    client
        .batch_execute("delete from store_keys")
        .await
        .unwrap();
    let other = program
        .clone()
        .with("DATACLIPS_SECRET_KEY", &"another key ".repeat(3));
    assert_eq!(ready(&other.serve()).await.0, 503);
    assert_eq!(ready(&program.serve()).await.0, 200);
    assert_eq!(ready(&other.serve()).await.0, 503);
}
