//! Text → what happens.

use super::Then::{self, Answers, Cut, Differs, Prints, Refused};

const SYNTAX: Then = Refused(422, "sql_error", "42601");
const NO_COLUMNS: Then = Refused(422, "no_columns", "");
const EMPTY: Then = Refused(422, "empty", "");
const PARAMETERS: Then = Refused(422, "parameters", "");
const READ_ONLY: Then = Refused(422, "sql_error", "25006");
const NOT_ALLOWED: Then = Refused(422, "sql_error", "42501");

/// What versions before 14 do instead.
pub const BEFORE_14: &[(&str, Then)] = &[
    (
        "select repeat('x', 1100000000)",
        Refused(422, "sql_error", "XX000"),
    ),
    (
        "select pg_backend_memory_contexts from pg_backend_memory_contexts limit 1",
        Refused(422, "sql_error", "42P01"),
    ),
    (
        "select pg_log_backend_memory_contexts(pg_backend_pid())",
        Refused(422, "sql_error", "42883"),
    ),
];

pub const STATEMENTS: &[(&str, Then)] = &[
    // Two statements, and what only looks so.
    ("select 1; select 2", SYNTAX),
    ("select 1; drop table notes", SYNTAX),
    ("select 1 ; ; select 2", SYNTAX),
    ("select 1; commit; delete from notes", SYNTAX),
    ("select 1;", Prints("1")),
    ("select 1;;; -- done", Prints("1")),
    (";select 1", Prints("1")),
    ("select ';' as semicolon", Prints(";")),
    ("select 1 -- ; select 2", Prints("1")),
    ("select 1 /* ; drop table notes; */", Prints("1")),
    (
        "select $$;drop table notes;$$ as quoted",
        Prints(";drop table notes;"),
    ),
    ("select $a$ $b$ ; $a$ as quoted", Prints(" $b$ ; ")),
    ("select $a$ $a$; drop table notes; select $a$ $a$", SYNTAX),
    ("select 'it''s; fine' as quoted", Prints("it's; fine")),
    (
        r"select E'\'; drop table notes; --' as quoted",
        Prints("'; drop table notes; --"),
    ),
    (r"select '\'; drop table notes; --' as quoted", SYNTAX),
    (r#"select 1 as "a;b""#, Prints("1")),
    ("select /* /* ; */ ; */ 1 as nested", Prints("1")),
    ("select /* /* */ 1", SYNTAX),
    ("select 1 as a union select 2; table secrets", SYNTAX),
    // Leaving the transaction, or changing it.
    ("begin", NO_COLUMNS),
    ("commit", NO_COLUMNS),
    ("commit and chain", NO_COLUMNS),
    ("rollback", NO_COLUMNS),
    ("rollback and chain", NO_COLUMNS),
    ("savepoint here", NO_COLUMNS),
    ("prepare transaction 'x'", NO_COLUMNS),
    ("commit; select 1", SYNTAX),
    ("commit and chain; select 1", SYNTAX),
    ("start transaction read write", NO_COLUMNS),
    ("set transaction read write", NO_COLUMNS),
    // Writing.
    ("insert into notes values ('x')", NO_COLUMNS),
    ("insert into notes values ('x') returning *", READ_ONLY),
    ("update notes set note = 'x' returning note", READ_ONLY),
    ("delete from notes returning *", READ_ONLY),
    (
        "merge into notes using orders on false when not matched then insert values ('x')",
        Differs,
    ),
    ("truncate notes", NO_COLUMNS),
    (
        "with gone as (delete from notes returning *) select * from gone",
        READ_ONLY,
    ),
    (
        "with new as (insert into notes values ('x') returning *) select 1",
        READ_ONLY,
    ),
    ("select * from notes for update", READ_ONLY),
    // Changing the schema.
    ("create table t (a int)", NO_COLUMNS),
    ("create temp table t (a int)", NO_COLUMNS),
    ("create table t as select 1", NO_COLUMNS),
    ("select 1 as a into t", NO_COLUMNS),
    ("select 1 as a into temp t", NO_COLUMNS),
    ("create view v as select 1", NO_COLUMNS),
    (
        "create function f() returns int language sql as 'select 1'",
        NO_COLUMNS,
    ),
    ("drop table notes", NO_COLUMNS),
    ("alter table notes add column more int", NO_COLUMNS),
    ("alter role reader superuser", NO_COLUMNS),
    ("comment on table notes is 'x'", NO_COLUMNS),
    ("grant all on notes to public", NO_COLUMNS),
    ("refresh materialized view orders", NO_COLUMNS),
    // Code.
    ("do $$ begin delete from notes; end $$", NO_COLUMNS),
    ("call commits()", NO_COLUMNS),
    ("call commits_and_returns(1)", READ_ONLY),
    // Moving rows in and out.
    ("copy notes to stdout", NO_COLUMNS),
    ("copy notes to program 'touch /tmp/x'", NO_COLUMNS),
    ("copy notes from stdin", NO_COLUMNS),
    ("copy (select 1) to '/tmp/x'", NO_COLUMNS),
    // Settings.
    ("set role friend", NO_COLUMNS),
    ("set statement_timeout = 0", NO_COLUMNS),
    (
        "set session characteristics as transaction read write",
        NO_COLUMNS,
    ),
    ("reset all", NO_COLUMNS),
    ("discard all", NO_COLUMNS),
    // Statements that return rows without being a SELECT.
    ("show server_encoding", Prints("UTF8")),
    ("show all", Differs),
    ("explain select 1", Differs),
    ("explain analyze insert into notes values ('x')", READ_ONLY),
    (
        // PostgreSQL 18 prints rows=1.00, older ones rows=1.
        "explain (analyze, costs off, timing off, summary off) select 1",
        Answers,
    ),
    ("explain analyze create table t as select 1", NOT_ALLOWED),
    // Settings by way of a SELECT.
    (
        "select set_config('role', 'friend', false)",
        Prints("friend"),
    ),
    (
        "select set_config('role', 'friend', false), current_user",
        Prints("friend,friend"),
    ),
    ("select set_config('role', 'postgres', false)", NOT_ALLOWED),
    (
        "select set_config('session_authorization', 'postgres', false)",
        NOT_ALLOWED,
    ),
    (
        "select set_config('transaction_read_only', 'off', false)",
        Refused(422, "sql_error", "25001"),
    ),
    (
        "select set_config('default_transaction_read_only', 'off', false)",
        Prints("off"),
    ),
    (
        "select set_config('statement_timeout', '0', false)",
        Prints("0"),
    ),
    (
        "select set_config('search_path', 'evil, pg_catalog', false)",
        Prints(r#""evil, pg_catalog""#),
    ),
    (
        "select set_config('client_encoding', 'LATIN1', false), 'é' as e",
        Refused(422, "not_utf8", ""),
    ),
    (
        "select set_config('client_encoding', 'LATIN1', false), 'e' as e",
        Prints("LATIN1,e"),
    ),
    (
        "select set_config('client_encoding', 'SJIS', false)",
        Prints("SJIS"),
    ),
    (
        "select set_config('DateStyle', 'German', true), date '2026-03-31' as day",
        Prints(r#""German, DMY",31.03.2026"#),
    ),
    (
        "select set_config('TimeZone', 'Asia/Tokyo', false), timestamptz '2026-03-31 00:00:00+00' as moment",
        Prints("Asia/Tokyo,2026-03-31 09:00:00+09"),
    ),
    (
        "select set_config('standard_conforming_strings', 'off', false)",
        Prints("off"),
    ),
    (
        "select set_config('application_name', 'somebody else', false)",
        Prints("somebody else"),
    ),
    (
        "select set_config('idle_in_transaction_session_timeout', '0', false)",
        Prints("0"),
    ),
    ("select set_config('work_mem', '1GB', false)", Prints("1GB")),
    (
        "select set_config('log_statement', 'none', false)",
        NOT_ALLOWED,
    ),
    (
        "select set_config('session_preload_libraries', '/tmp/x', false)",
        NOT_ALLOWED,
    ),
    (
        "select set_config('my.secret', 'left behind', false)",
        Prints("left behind"),
    ),
    ("select setseed(0.5)", Prints(r#""""#)),
    // The server: its files, large objects, log and replication.
    ("select lo_import('/etc/passwd')", NOT_ALLOWED),
    ("select lo_export(1, '/tmp/x')", NOT_ALLOWED),
    ("select pg_read_file('/etc/passwd')", NOT_ALLOWED),
    ("select pg_read_binary_file('/etc/passwd')", NOT_ALLOWED),
    ("select * from pg_ls_dir('/')", NOT_ALLOWED),
    ("select pg_stat_file('/etc/passwd')", NOT_ALLOWED),
    ("select lo_create(0)", Differs),
    ("select lo_create(424242)", Differs),
    ("select lo_from_bytea(424242, 'x')", Differs),
    ("select lo_put(1, 0, 'x')", NOT_ALLOWED),
    (
        "select pg_logical_emit_message(false, 'x', 'y')",
        NOT_ALLOWED,
    ),
    (
        "select pg_create_physical_replication_slot('x')",
        NOT_ALLOWED,
    ),
    (
        "select pg_create_logical_replication_slot('x', 'test_decoding')",
        NOT_ALLOWED,
    ),
    ("select pg_switch_wal()", NOT_ALLOWED),
    ("select pg_reload_conf()", NOT_ALLOWED),
    ("select pg_rotate_logfile()", NOT_ALLOWED),
    ("select pg_stat_reset()", NOT_ALLOWED),
    ("select pg_promote()", NOT_ALLOWED),
    // Holding on to something.
    (
        "select pg_export_snapshot() is not null as exported",
        Prints("true"),
    ),
    (
        "select pg_current_xact_id() is not null as assigned",
        Prints("true"),
    ),
    (
        "select count(pg_advisory_lock(number)) from generate_series(1, 100000) as number",
        Prints("100000"),
    ),
    ("select pg_try_advisory_lock_shared(1, 2)", Prints("true")),
    ("select pg_advisory_xact_lock(7)", Prints(r#""""#)),
    (
        "select number, pg_advisory_lock(number) from generate_series(1, 3000) as number",
        Cut(1000),
    ),
    (
        "select pg_advisory_lock(number), 1 / (2000 - number) from generate_series(1, 3000) as number",
        Cut(1000),
    ),
    ("select pg_sleep(0.01)", Prints(r#""""#)),
    // Talking to other sessions, and ending them.
    ("listen channel", NO_COLUMNS),
    ("unlisten *", NO_COLUMNS),
    ("notify channel", NO_COLUMNS),
    ("select pg_notify('channel', 'x')", Prints(r#""""#)),
    (
        "select pg_cancel_backend(pg_backend_pid())",
        Refused(503, "unavailable", "57014"),
    ),
    (
        "select pg_terminate_backend(pg_backend_pid())",
        Refused(503, "unavailable", "57P01"),
    ),
    (
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' and pid <> pg_backend_pid() limit 1",
        NOT_ALLOWED,
    ),
    (
        "select pg_cancel_backend(pid) from pg_stat_activity where usename = 'postgres' and pid <> pg_backend_pid() limit 1",
        NOT_ALLOWED,
    ),
    // Prepared statements and cursors.
    ("prepare p as select 1", NO_COLUMNS),
    ("execute p", NO_COLUMNS),
    ("execute s0", NO_COLUMNS),
    ("deallocate all", NO_COLUMNS),
    ("deallocate s0", NO_COLUMNS),
    ("declare c cursor for select 1", NO_COLUMNS),
    ("declare c cursor with hold for select 1", NO_COLUMNS),
    ("fetch all from c", NO_COLUMNS),
    ("move all in c", NO_COLUMNS),
    ("close all", NO_COLUMNS),
    // Sequences.
    ("select nextval('counter')", READ_ONLY),
    ("select setval('counter', 7)", READ_ONLY),
    (
        "select currval('counter')",
        Refused(422, "sql_error", "55000"),
    ),
    ("select lastval()", Refused(422, "sql_error", "55000")),
    // Statements inside a string.
    (
        "select query_to_xml('delete from notes returning *', true, false, '')",
        Refused(422, "sql_error", "0A000"),
    ),
    (
        "select query_to_xml('commit', true, false, '')",
        Refused(422, "sql_error", "22000"),
    ),
    (
        "select query_to_xml('select 1; drop table notes', true, false, '')",
        Refused(422, "sql_error", "0A000"),
    ),
    (
        "select query_to_xml('set role friend', true, false, '')",
        Refused(422, "sql_error", "0A000"),
    ),
    (
        "select query_to_xml('select 1 as a', true, true, '')",
        Prints(
            "\"<row xmlns:xsi=\"\"http://www.w3.org/2001/XMLSchema-instance\"\">\n  <a>1</a>\n</row>\n\n\"",
        ),
    ),
    (
        "select table_to_xml('secrets', true, false, '')",
        NOT_ALLOWED,
    ),
    (
        "select ts_stat('select to_tsvector(word) from secrets')",
        NOT_ALLOWED,
    ),
    (
        "select * from ts_stat('delete from notes returning to_tsvector(note)')",
        Refused(422, "sql_error", "0A000"),
    ),
    // Maintenance.
    ("vacuum", NO_COLUMNS),
    ("vacuum orders", NO_COLUMNS),
    ("analyze orders", NO_COLUMNS),
    ("cluster", NO_COLUMNS),
    ("reindex table orders", NO_COLUMNS),
    ("checkpoint", NO_COLUMNS),
    ("load 'plpgsql'", NO_COLUMNS),
    ("lock table orders in access exclusive mode", NO_COLUMNS),
    ("lock table orders in access share mode", NO_COLUMNS),
    ("security label on table orders is 'x'", NO_COLUMNS),
    ("create extension dblink", NO_COLUMNS),
    ("create database x", NO_COLUMNS),
    ("drop owned by reader", NO_COLUMNS),
    ("alter system set work_mem = '1GB'", NO_COLUMNS),
    ("import foreign schema x from server y into z", NO_COLUMNS),
    // Functions of the database that misbehave.
    ("select prepares()", Prints("1")),
    ("select sets_everything()", Prints("1")),
    ("select opens_cursors()", Prints("1")),
    ("select deallocates()", Prints("1")),
    ("select listens()", Prints("1")),
    ("select writes()", READ_ONLY),
    (
        "select writes_with_more_rights()",
        Refused(422, "sql_error", "25001"),
    ),
    ("select creates_temp_table()", READ_ONLY),
    ("select raises()", Refused(422, "sql_error", "XY123")),
    (
        "select raises_as_if_cancelled()",
        Refused(503, "unavailable", "57014"),
    ),
    (
        "select raises_as_if_shut_down()",
        Refused(503, "unavailable", "57P01"),
    ),
    ("select notices()", Prints("1")),
    (
        "select commits_inside()",
        Refused(422, "sql_error", "2D000"),
    ),
    // Texts that try to confuse.
    (
        r"select U&'\0441\043B\043E\043D' as elephant",
        Prints("слон"),
    ),
    (
        "select U&'d!0061t!0061' uescape '!' as data",
        Prints("data"),
    ),
    (r#"select 1 as U&"d\0061t\0061""#, Prints("1")),
    (r"select U&'\0000'", SYNTAX),
    (r"select U&'\D800'", SYNTAX),
    (
        r"select U&'\003B drop table notes'",
        Prints("; drop table notes"),
    ),
    ("select chr(0)", Refused(422, "sql_error", "54000")),
    // Parameters.
    ("select $1", PARAMETERS),
    ("select $1::int", PARAMETERS),
    ("select * from orders where id = $1", PARAMETERS),
    ("select '$1' as dollar", Prints("$1")),
    // Texts without a statement.
    ("", EMPTY),
    ("   ", EMPTY),
    ("-- nothing", NO_COLUMNS),
    ("-- nothing; really", NO_COLUMNS),
    ("/* nothing /* at */ all */", NO_COLUMNS),
    (";", EMPTY),
    (";; /* */ ;", NO_COLUMNS),
    // Texts that do not end.
    ("/* open", SYNTAX),
    ("'", SYNTAX),
    (r#"""#, SYNTAX),
    ("$$", SYNTAX),
    // Columns.
    ("select", NO_COLUMNS),
    (r#"select 1 as a, 2 as a, 3 as "A""#, Prints("1,2,3")),
    ("select from orders", NO_COLUMNS),
    ("select from orders limit 3", NO_COLUMNS),
    // Characters.
    ("\u{feff}select 1", SYNTAX),
    ("\u{a0}select 1", SYNTAX),
    ("selеct 1", SYNTAX),
    (r#"select 1 as "﷽""#, Prints("1")),
    // Too much.
    ("select generate_series(1, 1000000000)", Cut(1000)),
    (
        "with recursive n as (select 1 as i union all select i + 1 from n) select i from n",
        Cut(1000),
    ),
    (
        "select a.id from orders a, orders b, orders c, orders d",
        Cut(1000),
    ),
    (
        "select repeat('x', 30000000)",
        Refused(422, "row_too_large", ""),
    ),
    ("select repeat('x', 3000000)", Answers),
    (
        "select repeat('x', 1100000000)",
        Refused(422, "sql_error", "54000"),
    ),
    (
        "select 1 / (1100 - number) from generate_series(1, 2000) as number",
        Cut(1000),
    ),
    (
        "select 1 / (900 - number) from generate_series(1, 2000) as number",
        Refused(422, "sql_error", "22012"),
    ),
    // Values.
    (
        r"select convert_from('\xff', 'UTF8')",
        Refused(422, "sql_error", "22021"),
    ),
    (
        "select array_agg(number) from generate_series(1, 500000) as number",
        Answers,
    ),
    (
        "select 'x'::no_such_type",
        Refused(422, "sql_error", "42704"),
    ),
    ("select mood from feelings", Prints("calm")),
    ("select row(1, 'x')", Prints(r#""(1,x)""#)),
    ("select null", Prints("")),
    ("values (1), (2)", Prints("1\n2")),
    ("table notes", Prints("as it was")),
    // What the role may not read.
    ("select * from secrets", NOT_ALLOWED),
    ("select * from pg_authid", NOT_ALLOWED),
    ("select * from pg_largeobject", NOT_ALLOWED),
    ("select current_setting('data_directory')", NOT_ALLOWED),
    ("select * from pg_hba_file_rules", NOT_ALLOWED),
    ("select pg_ls_logdir()", NOT_ALLOWED),
    // Elsewhere.
    (
        "select dblink('dbname=postgres', 'select 1')",
        Refused(422, "sql_error", "42883"),
    ),
    (
        r#"select xmlparse(document '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')"#,
        Prints(r#""<!DOCTYPE a [<!ENTITY b SYSTEM ""file:///etc/passwd"">]><a>&b;</a>""#),
    ),
    ("select 'a' ~ '(a*)*(a*)*(a*)*b'", Prints("false")),
    (
        "select pg_backend_memory_contexts from pg_backend_memory_contexts limit 1",
        NOT_ALLOWED,
    ),
    (
        "select pg_log_backend_memory_contexts(pg_backend_pid())",
        NOT_ALLOWED,
    ),
];
