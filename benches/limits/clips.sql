-- 100,000 clips in the store, owned by the first user; each value is a function of the row's number. The search indexes are
-- rebuilt afterwards, which takes half the time of maintaining them during the insert.
create temporary table search_indexes as
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
from pg_index
where indrelid in ('clips'::regclass, 'versions'::regclass)
and indexrelid::regclass::text like '%search';

do $$
declare
    name text;
begin
    for name in select search_indexes.name from search_indexes loop
        execute 'drop index ' || name;
    end loop;
end
$$;

with made as (
    insert into clips (slug, title, owner_id, anyone, created_at, updated_at)
    select
        translate(substr(md5('clip ' || i), 1, 28), '0123456789abcdef', 'ghijklmnopqrstuv'),
        (array['Orders', 'Revenue', 'Customers', 'Refunds', 'Stock', 'Churn', 'Invoices', 'Shipments'])[1 + i % 8]
            || ' by ' || (array['month', 'week', 'city', 'product', 'Grüße', 'channel'])[1 + i % 6] || ' ' || i,
        (select min(id) from users),
        i % 3 <> 0,
        timestamptz '2020-01-01 00:00:00+00' + i * interval '7 minutes',
        timestamptz '2020-01-01 00:00:00+00' + (i * 7919 % 100000) * interval '11 minutes'
    from generate_series(1, 100000) as i
    returning id, owner_id, created_at
)
insert into versions (clip_id, number, sql, database_id, author_id, created_at)
select
    id,
    1,
    'select customer, sum(amount) as total from orders where qty > ' || id % 500
        || ' and customer like ''%' || (array['Acme', 'Müller', 'Smith', '北京', 'Zażółć'])[1 + id % 5] || ' ' || id
        || '%'' group by customer order by total desc',
    (select id from databases where name = 'shop'),
    owner_id,
    created_at
from made;

set maintenance_work_mem = '256MB';

do $$
declare
    definition text;
begin
    for definition in select search_indexes.definition from search_indexes loop
        execute definition;
    end loop;
end
$$;

vacuum analyze clips, versions;
