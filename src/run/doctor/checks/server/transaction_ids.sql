-- Thresholds: amber from one and a half times autovacuum_freeze_max_age, at which autovacuum begins to freeze whatever else it has to
-- do; that factor is our own. Red from 1.3 billion, where check_postgres (txn_wraparound) warns. PostgreSQL refuses to write 3
-- million before 2,147 million ("Preventing Transaction ID Wraparound Failures").
with threshold as (
    select 1.5 * pg_catalog.current_setting('autovacuum_freeze_max_age')::numeric as xids_amber,
           1.5 * pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::numeric as multixacts_amber,
           1300000000 as red, 2147483647 as "limit"
), aged as (
    select 0 as place, datname::text as name, null::text as "schema", pg_catalog.age(datfrozenxid)::int8 as xids,
           pg_catalog.mxid_age(datminmxid)::int8 as multixacts, null::int8 as bytes, datallowconn as is_open
    from pg_catalog.pg_database
  union all
    select * from (
        select 1, c.relname::text, n.nspname::text, pg_catalog.age(c.relfrozenxid)::int8, pg_catalog.mxid_age(c.relminmxid)::int8,
               c.relpages::int8 * pg_catalog.current_setting('block_size')::int8, true
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm', 't') and c.relfrozenxid::text <> '0'
        order by 4 desc, 3, 2
        limit 10
    ) as oldest
), judged as (
    select *, case when greatest(xids, multixacts) >= red then 'red'
                   when xids >= xids_amber or multixacts >= multixacts_amber then 'amber'
                   else 'green' end as grade
    from aged
    cross join threshold
)
select grade,
       case place when 0 then pg_catalog.format('The oldest transaction id of the database %I is %s transactions old: %s %% of the way to the end.', name, xids,
                                                pg_catalog.round(100.0 * greatest(xids, multixacts) / "limit", 1))
                  else pg_catalog.format('The oldest transaction id of the table %I.%I is %s transactions old.', "schema", name, xids) end as finding,
       case when grade = 'green' or not is_open then null
            when place = 1 then pg_catalog.format('vacuum (freeze, verbose) %I.%I;', "schema", name)
            when name = pg_catalog.current_database() then 'vacuum (freeze, verbose);'
            else '-- connected to ' || pg_catalog.quote_ident(name) || E':\nvacuum (freeze, verbose);' end as statement,
       case place when 0 then 'database' else 'table' end as kind, "schema", name, xids as transactions, multixacts,
       pg_catalog.round(100.0 * greatest(xids, multixacts) / "limit", 1) as used_percent, bytes as size_bytes
from judged
order by place, xids desc, name
limit 60
