//! Servers that are restarted or killed, while readers go on.

use super::load::Load;
use super::*;

const READERS: usize = 8;

async fn clips(servers: &Servers) -> [(Clip, &'static str); 4] {
    let ada = servers.at(0);
    let pinned = ada
        .create_clip("select * from orders order by id limit 10")
        .await;
    assert_eq!(pin(&ada, &pinned, None).await.status(), 200);
    let quick = ada.create_clip("select now()").await;
    let slow = ada
        .create_clip("select pg_sleep(0.25) is null as slept")
        .await;
    let page = ada.create_clip("select 1 as one").await;
    [
        (pinned, ".csv"),
        (quick, ".json"),
        (slow, ".csv"),
        (page, ""),
    ]
}

fn readers(servers: &Servers) -> Vec<Client> {
    (0..READERS).map(|_| servers.balanced()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_are_restarted_in_turn_and_no_request_fails() {
    let mut servers = Servers::behind_haproxy().await;
    let (clips, readers, load) = (clips(&servers).await, readers(&servers), Load::default());
    let restarts = async {
        for server in 0..SERVERS {
            servers.restart(server).await;
            servers.all_are_up().await;
        }
        load.end();
    };
    tokio::join!(load.read(&readers, &clips), restarts);
    load.none_failed();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_killed_and_no_read_fails() {
    let mut servers = Servers::behind_haproxy().await;
    let (clips, readers, load) = (clips(&servers).await, readers(&servers), Load::default());
    let death = async {
        servers.kill(1);
        servers.is_down(1).await;
        servers.start(1).await;
        servers.all_are_up().await;
        load.end();
    };
    tokio::join!(load.read(&readers, &clips), death);
    load.none_failed();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopping_server_cuts_is_503_and_worth_another_try() {
    let servers = Servers::behind_haproxy().await;
    let superuser = servers.superuser().await;
    let clip = servers.at(0).create_clip("select pg_sleep(60)").await;
    let reader = servers.at(0);
    let path = format!("/{}.csv", clip.slug);
    let reader = tokio::spawn(async move { reader.get(&path).await });
    wait_until_run(&superuser, 1, 300.0).await;
    servers.tell_to_stop(0);
    let answer = reader.await.unwrap();
    assert!(!header(&answer, "retry-after").is_empty());
    let (status, body) = status_and_body(answer).await;
    assert_eq!(status, 503, "{body}");
}
