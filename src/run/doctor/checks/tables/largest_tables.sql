-- No thresholds: what is large is for you to judge. The hundred that seem largest by PostgreSQL's estimates are measured, since that
-- examines every file of a table; the first line is the whole database. One that somebody has locked for themselves keeps its estimate.
with locked as materialized (
    select distinct relation
    from pg_catalog.pg_locks
    where mode = 'AccessExclusiveLock' and relation is not null
), measured as (
    select n.nspname, c.relname, nullif(c.reltuples, -1)::int8 as rows, c.reltoastrelid,
           c.relpages::int8 * pg_catalog.current_setting('block_size')::int8 as estimate, l.relation is null as is_free, c.oid
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_class toast on toast.oid = c.reltoastrelid
    left join locked l on l.relation = c.oid
    where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    -- Where nothing was counted yet, a page may hold a hundred rows.
    order by greatest(c.relpages::int8 + coalesce(toast.relpages, 0), pg_catalog.pg_stat_get_live_tuples(c.oid) / 100) desc, c.oid desc
    limit 100
), sized as (
    select *, case when is_free then pg_catalog.pg_total_relation_size(oid) else estimate end as total,
           case when is_free then pg_catalog.pg_indexes_size(oid) end as indexes,
           case when is_free and reltoastrelid <> 0 then pg_catalog.pg_total_relation_size(reltoastrelid) else 0 end as toast
    from measured
)
select 'green' as grade,
       pg_catalog.format('The database %I takes %s.', pg_catalog.current_database(), pg_catalog.pg_size_pretty(bytes)) as finding,
       null::text as statement,
       null as "schema", null as "table", null::int8 as rows_estimate, bytes as total_bytes, null::int8 as table_bytes,
       null::int8 as index_bytes, null::int8 as toast_bytes
from pg_catalog.pg_database_size(pg_catalog.current_database()) as bytes
union all
(
    select 'green', pg_catalog.format('%I.%I takes %s.', nspname, relname, pg_catalog.pg_size_pretty(total)), null,
           nspname, relname, rows, total, total - indexes - toast, indexes, toast
    from sized
    order by total desc, nspname, relname
    limit 20
)
