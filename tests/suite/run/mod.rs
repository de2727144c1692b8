//! The checks that a database passes before clips query it, against a real PostgreSQL.

mod advice;
mod answers;
pub mod certificates;
mod connecting;
mod encryption;
mod examination;
mod failures;
mod hostile;
mod limits;
mod outages;
mod own_store;
mod parameters;
mod poolers;
mod role;
pub mod servers;
mod settings;
mod standby;
pub mod visits;
mod wire;

use dataclips::result::Memory;
use dataclips::run::{Identity, Runner};

use crate::support::{Cluster, LIMITS};

/// Takes the cluster's database `postgres` for our own store.
pub async fn runner(cluster: &Cluster) -> Runner {
    let store = cluster.connect("postgres", "postgres").await;
    let identity = Identity::read(&store).await.unwrap();
    Runner::new(LIMITS, Memory::new(1 << 20), identity)
}

/// A database without the rights that PostgreSQL gives to everyone, so that each case shows its own.
pub async fn shop() -> Cluster {
    let cluster = Cluster::start("max_connections=30").boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create database shop")
        .await
        .unwrap();
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "revoke create on schema public from public;
         revoke temporary on database shop from public;
         do $$ declare f regprocedure; begin
             for f in select oid from pg_proc where proname ~ '^(lo_|lowrite|pg_logical_emit_message)' loop
                 execute format('revoke execute on function %s from public', f);
             end loop;
         end $$;
         create table orders (id int, note text);
         create schema sales;
         create table sales.invoices (id int);",
    )
    .await
    .unwrap();
    cluster
}
