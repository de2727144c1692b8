-- What the queried database of each row holds. `visitor` stands for the role that clips query as.
create type mood as enum ('calm', 'wild');
create table feelings (mood mood);
insert into feelings values ('calm');
do $$ begin
    for number in 1..12 loop
        execute format('create type kind_%s as enum (''one'')', number);
    end loop;
end $$;
create table notes (note text);
insert into notes values ('as it was');
grant select on feelings to visitor;
grant all on notes to visitor;

create function writes() returns int language plpgsql as
    $$ begin insert into notes values ('x'); return 1; end $$;

create function creates_temp_table() returns int language plpgsql as
    $$ begin create temp table left_behind (a int); return 1; end $$;

create function prepares() returns int language plpgsql as
    $$ begin execute 'prepare left_behind as select 1'; return 1; end $$;

create function sets_everything() returns int language plpgsql as
    $$ begin
        set search_path = evil;
        set statement_timeout = 0;
        set timezone = 'Asia/Tokyo';
        set datestyle = 'German';
        set default_transaction_read_only = off;
        set session characteristics as transaction isolation level serializable;
        set my.secret = 'left behind';
        return 1;
    end $$;
