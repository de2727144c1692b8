-- Thresholds: no scan at all, which is our own: PgHero (unused_indexes) and heroku pg:unused-indexes name indexes of up to 50 scans,
-- too. So is 1 MiB: on small tables PostgreSQL rightly ignores indexes.
-- Left out is what enforces something (unique, constraints), identifies rows for replication, or belongs to a partitioned index.
with threshold as (
    select 0 as scans_max, 1048576 as bytes_min
), since as (
    select coalesce(pg_catalog.to_char(stats_reset, 'YYYY-MM-DD'), 'the statistics began') as start
    from pg_catalog.pg_stat_database
    where datname = pg_catalog.current_database()
), candidate as (
    select s.schemaname, s.relname, s.indexrelname, s.idx_scan,
           c.relpages::int8 * pg_catalog.current_setting('block_size')::int8 as bytes
    from pg_catalog.pg_stat_user_indexes s
    join pg_catalog.pg_index i on i.indexrelid = s.indexrelid
    join pg_catalog.pg_class c on c.oid = s.indexrelid
    where not i.indisunique
      and not i.indisreplident
      and i.indisvalid
      and not c.relispartition
      and not exists (select from pg_catalog.pg_constraint k where k.conindid = s.indexrelid)
)
select 'amber' as grade,
       pg_catalog.format('No query on this server has used the index %I of %I.%I since %s; it takes %s.',
                         indexrelname, schemaname, relname, start, pg_catalog.pg_size_pretty(bytes)) as finding,
       pg_catalog.format('drop index concurrently %I.%I;', schemaname, indexrelname) as statement,
       schemaname as "schema", relname as "table", indexrelname as "index", idx_scan as scans, bytes as size_bytes
from candidate
cross join threshold
cross join since
where idx_scan <= scans_max and bytes >= bytes_min
order by bytes desc, schemaname, indexrelname
limit 50
