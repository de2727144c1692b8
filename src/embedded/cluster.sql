-- Roles and databases of the private cluster. Neither role is a superuser, and each can enter one database only.

create role dataclips
  login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

create role dataclips_reader
  login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
  connection limit 64;

alter role dataclips_reader set temp_file_limit = '1GB';

create database dataclips owner dataclips;

create database sample;

revoke all on database dataclips, sample, postgres, template0, template1 from public;

grant connect on database sample to dataclips_reader;

-- Begins four more files of the write-ahead log, which the next checkpoint keeps for reuse: on a full disk, PostgreSQL stops when it
-- cannot create one. Without a record in the current file, pg_switch_wal does nothing.
select pg_current_xact_id();

select pg_switch_wal();

select pg_current_xact_id();

select pg_switch_wal();

select pg_current_xact_id();

select pg_switch_wal();

select pg_current_xact_id();

select pg_switch_wal();
