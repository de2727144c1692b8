//! Each promise that a run makes, on each kind of server: versions of PostgreSQL, a standby, PgBouncer. `make
//! test-servers` tries all of them, and prints the table; `make test` those that are always there, and the newest.

pub mod kind;
mod promises;
mod scene;
mod types;

/// libtest knows functions alone: one for each promise on a server. Square brackets hold attributes of all of them.
macro_rules! on_server {
    ($server:ident, $kind:expr, $when:tt, [$($promise:ident,)+]) => {
        mod $server {
            use crate::run::servers::{kind::Kind, promises};

            $(on_server!($kind, $when, $promise);)+
        }
    };
    ($kind:expr, [$($when:tt)*], $promise:ident) => {
        $($when)*
        #[tokio::test(flavor = "multi_thread")]
        async fn $promise() {
            promises::$promise($kind).await;
        }
    };
}

/// What holds wherever rows come from, and more that this kind of server keeps too.
macro_rules! promises {
    ($server:ident, $kind:expr, $when:tt, [$($promise:ident,)*]) => {
        on_server!($server, $kind, $when, [
            rows_are_right_as_page_csv_and_json,
            a_result_is_cut_by_rows_and_by_bytes,
            a_run_that_takes_too_long_is_a_504,
            a_smaller_time_limit_of_the_role_holds,
            a_departed_readers_query_is_cancelled,
            blanks_are_filled_in,
            a_value_of_every_type_is_read_from_the_address,
            hostile_texts_change_nothing,
            settings_locks_and_seed_end_with_the_run,
            csv_is_what_copy_prints,
            errors_are_those_of_the_query,
            six_readers_at_once_are_answered,
            queries_are_checked_while_others_run,
            $($promise,)*
        ]);
    };
}

/// A session is ours: nothing of it reaches the next run, and the role may have fewer connections than we would take.
macro_rules! direct {
    ($server:ident, $kind:expr, $when:tt) => {
        promises!(
            $server,
            $kind,
            $when,
            [
                prepared_statements_end_with_the_run,
                three_connections_are_enough,
            ]
        );
    };
}

direct!(postgresql_installed, Kind::Installed, []);
direct!(postgresql_13, Kind::Version(13), [#[ignore = "make test-servers"]]);
direct!(postgresql_14, Kind::Version(14), [#[ignore = "make test-servers"]]);
direct!(postgresql_15, Kind::Version(15), [#[ignore = "make test-servers"]]);
direct!(postgresql_16, Kind::Version(16), [#[ignore = "make test-servers"]]);
direct!(postgresql_17, Kind::Version(17), [#[ignore = "make test-servers"]]);
direct!(postgresql_18, Kind::Version(18), [#[ignore = "make test, where it can be fetched"]]);
direct!(standby, Kind::Standby, [#[ignore = "make test-servers"]]);
promises!(
    pgbouncer_session,
    Kind::PgBouncer("pool_mode = session"),
    [#[ignore = "make test-servers"]],
    [a_session_pool_of_two_is_enough,]
);
promises!(
    pgbouncer_transaction,
    Kind::PgBouncer("pool_mode = transaction\ndefault_pool_size = 1"),
    [],
    []
);
promises!(
    pgbouncer_round_robin,
    Kind::PgBouncer("pool_mode = transaction\ndefault_pool_size = 4\nserver_round_robin = 1"),
    [],
    []
);
promises!(
    pgbouncer_ignoring,
    Kind::PgBouncer(
        "pool_mode = transaction\ndefault_pool_size = 4\n\
         ignore_startup_parameters = extra_float_digits,options,search_path,statement_timeout"
    ),
    [#[ignore = "make test-servers"]],
    []
);
