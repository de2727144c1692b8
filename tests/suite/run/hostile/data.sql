-- Superuser's additions to the queried database: what `reader` may do besides reading, and functions that misbehave.
delete from orders where id > 1000;
create table notes (note text);
insert into notes values ('as it was');
grant all on notes to reader;
create sequence counter;
grant all on sequence counter to reader;
create type mood as enum ('calm', 'wild');
create table feelings (mood mood);
insert into feelings values ('calm');
grant select on feelings to reader;
create type size as enum ('small', 'large');
create table boxes (size size);
insert into boxes values ('small');
grant select on boxes to reader;
create table seeded as select random() as random from setseed(0.5);
grant select on seeded to reader;
create schema evil;
grant all on schema evil to reader;
grant execute on function lo_create(oid), lo_from_bytea(oid, bytea) to reader;

create function prepares() returns int language plpgsql as
    $$ begin execute 'prepare left_behind as select 1'; return 1; end $$;

create function deallocates() returns int language plpgsql as
    $$ begin execute 'deallocate all'; return 1; end $$;

create function opens_cursors() returns int language plpgsql as
    $$ begin
        execute 'declare short cursor for select 1';
        execute 'declare held cursor with hold for select generate_series(1, 10)';
        return 1;
    end $$;

create function listens() returns int language plpgsql as
    $$ begin execute 'listen channel'; perform pg_notify('channel', 'x'); return 1; end $$;

create function sets_everything() returns int language plpgsql as
    $$ begin
        set search_path = evil;
        set statement_timeout = 0;
        set timezone = 'Asia/Tokyo';
        set datestyle = 'German';
        set default_transaction_read_only = off;
        set session characteristics as transaction isolation level serializable;
        set role friend;
        return 1;
    end $$;

create function writes() returns int language plpgsql as
    $$ begin insert into notes values ('x'); return 1; end $$;

create function writes_with_more_rights() returns int language plpgsql security definer as
    $$ begin
        perform set_config('transaction_read_only', 'off', false);
        insert into notes values ('x');
        return 1;
    end $$;

create function creates_temp_table() returns int language plpgsql as
    $$ begin create temp table left_behind (a int); return 1; end $$;

create function raises() returns int language plpgsql as
    $$ begin raise exception 'no' using errcode = 'XY123', detail = 'because', hint = 'stop'; end $$;

create function raises_as_if_cancelled() returns int language plpgsql as
    $$ begin raise exception 'no' using errcode = '57014'; end $$;

create function raises_as_if_shut_down() returns int language plpgsql as
    $$ begin raise exception 'no' using errcode = '57P01'; end $$;

create function notices() returns int language plpgsql as
    $$ begin raise notice 'once'; raise warning 'twice'; return 1; end $$;

create function commits_inside() returns int language plpgsql as
    $$ begin commit; return 1; end $$;

create procedure commits() language plpgsql as
    $$ begin delete from notes; commit; end $$;

create procedure commits_and_returns(inout a int) language plpgsql as
    $$ begin delete from notes; commit; end $$;
