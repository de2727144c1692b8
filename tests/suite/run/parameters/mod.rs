//! Queries with blanks, as a run answers them: types, values and errors. `fuzz` compares our reading of a text's tokens
//! with PostgreSQL's.

mod arrays;
mod errors;
mod fuzz;
mod injection;
mod types;

use dataclips::result::Rows;
use dataclips::run::{Failure, ParameterTypes, Values};

use super::visits::{Visits, cells};
use crate::support::{LIMITS, Server, shared};

const SCHEMA: &str = "
    create type mood as enum ('sad', 'calm', 'glad');
    create domain positive as int check (value > 0);
    create table things (id int, big bigint, price numeric(10,2), name text, code varchar(5), day date,
        at timestamp, atz timestamptz, clock time, is_done bool, mood mood, tags text[], data jsonb, key uuid);
    insert into things values
        (1, 10, 1.50, 'one', 'a', '2026-01-01', '2026-01-01 10:00', '2026-01-01 10:00+00', '10:00', true, 'sad',
         '{x,y}', '{\"a\": 1}', '00000000-0000-0000-0000-000000000001'),
        (2, 20, 2.50, 'two', 'b', '2026-02-01', '2026-02-01 10:00', '2026-02-01 10:00+00', '11:00', false, 'glad',
         '{y,z}', '{\"a\": 2}', '00000000-0000-0000-0000-000000000002'),
        (3, null, null, null, null, null, null, null, null, null, null, null, null, null);
    grant select on things to public;";

async fn visits() -> (Server, Visits) {
    let server = Server::start().await;
    let database = shared().connect("postgres", &server.data).await;
    database.batch_execute(SCHEMA).await.unwrap();
    let visits = Visits::new(&server.data_url(), LIMITS).await;
    (server, visits)
}

fn values(pairs: &[(&str, Option<&str>)]) -> Values {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
        .collect()
}

async fn rows(
    visits: &Visits,
    sql: &str,
    given: Values,
    types: &ParameterTypes,
) -> Result<Rows, Failure> {
    let running = visits.start_with(sql, given, types.clone());
    running.summary().await?;
    running.rows().await
}

/// The first column of all rows, joined; or the code of the failure.
async fn answer(
    visits: &Visits,
    sql: &str,
    given: &[(&str, Option<&str>)],
    types: &ParameterTypes,
) -> String {
    match rows(visits, sql, values(given), types).await {
        Ok(rows) => {
            let all = cells(&rows).await;
            let first = all.iter().map(|row| row[0].as_deref().unwrap_or("∅"));
            first.collect::<Vec<_>>().join(" ")
        }
        Err(failure) => failure.code().to_owned(),
    }
}
