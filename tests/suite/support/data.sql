-- What every test's queried database holds. `reader` may read it and no more.
revoke create on schema public from public;

do $$
declare
    risky regprocedure;
begin
    for risky in select oid from pg_proc where proname ~ '^(lo_|lowrite|pg_logical_emit_message)' loop
        execute format('revoke execute on function %s from public', risky);
    end loop;
end
$$;

create table orders (
    id integer primary key,
    customer text not null,
    amount numeric(12, 2) not null,
    ordered_at timestamptz not null
);

insert into orders
select number, 'Customer ' || number % 10, number * 1.25, timestamptz '2026-01-01 00:00:00+00' + number * interval '1 hour'
from generate_series(1, 50000) as number;

create table secrets (word text);
insert into secrets values ('xyzzy');

grant select on orders to reader;
