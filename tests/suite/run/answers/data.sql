-- Superuser's additions to the queried database: types that a driver does not know, and functions that fail.
create type mood as enum ('calm', 'wild');
create domain amount as numeric(8, 2) check (value >= 0);
create domain amounts as amount[];
create type place as (name text, mood mood);
create type "Odd ""type""" as enum ('a, b');
create type span as range (subtype = amount);

create table feelings (
    mood mood,
    moods mood[],
    amount amount,
    amount_array amount[],
    list amounts,
    lists amounts[],
    place place,
    places place[],
    odd "Odd ""type""",
    span span,
    spans span[]
);
insert into feelings values (
    'calm', '{calm,wild}', 1.5, '{1.5,2}', '{3}', array['{4}'::amounts], ('here', 'wild'),
    array[('there', 'calm')::place], 'a, b', '[1,2)', '{"[1,2)"}'
);
insert into feelings default values;
create table "Café 客" ("größe" int, "a ""b""" int);
insert into "Café 客" values (1, 2);
create table notes (note text);
create view broken_view as select 1 / (id - id) as nothing from orders;
grant select on feelings, "Café 客", notes, broken_view to reader;
grant insert, update, delete, truncate on notes to reader;

create function divides(n int) returns int language sql as 'select 1 / n';

create function divides_in_plpgsql(n int) returns int language plpgsql as
    $$ begin return 1 / n; end $$;

create function reads_nothing() returns int language plpgsql as
    $$ begin return (select nope from orders limit 1); end $$;

create function executes(sql text) returns text language plpgsql as
    $$ declare result text; begin execute sql into result; return result; end $$;

create function raises(code text, words text) returns int language plpgsql as
    $$ begin raise exception using errcode = code, message = words; end $$;

create function raises(code text, words text, more text, tip text) returns int language plpgsql as
    $$ begin raise exception using errcode = code, message = words, detail = more, hint = tip; end $$;

create function raises_all() returns int language plpgsql as
    $$ begin
        raise exception 'no' using column = 'c', table = 't', schema = 's', constraint = 'k', datatype = 'd';
    end $$;

create function chatters(n int) returns int language plpgsql as
    $$ begin raise notice 'row %', n; raise warning 'row %', n; return n; end $$;

create function pairs(n int) returns table (number int, word text) language plpgsql as
    $$ begin
        return query select i, 'w' || i from generate_series(1, n) as i;
        if n = 4 then raise exception 'four' using errcode = 'P0004'; end if;
    end $$;

create function nothing() returns void language sql as '';
