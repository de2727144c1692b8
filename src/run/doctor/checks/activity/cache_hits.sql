-- Thresholds: 99 % as PgHero (cache_hit_rate_threshold) and heroku pg:cache-hit advise. A million blocks, so that a new
-- database is not judged by its first reads, is our own.
with threshold as (
    select 99.0 as hit_percent_min, 1000000 as blocks_min
), counted as (
    select 'tables' as kind, coalesce(pg_catalog.sum(heap_blks_hit), 0) as hits, coalesce(pg_catalog.sum(heap_blks_read), 0) as reads
    from pg_catalog.pg_statio_user_tables
  union all
    select 'indexes', coalesce(pg_catalog.sum(idx_blks_hit), 0), coalesce(pg_catalog.sum(idx_blks_read), 0)
    from pg_catalog.pg_statio_user_indexes
), rated as (
    select *, pg_catalog.round(100 * hits / nullif(hits + reads, 0), 2) as hit_percent
    from counted
)
select case when hits + reads >= blocks_min and hit_percent < hit_percent_min then 'amber' else 'green' end as grade,
       case when hit_percent is null then pg_catalog.format('No block of %s has been read yet.', kind)
            else pg_catalog.format('%s %% of the blocks of %s were found in memory.', hit_percent, kind) end as finding,
       case when hits + reads >= blocks_min and hit_percent < hit_percent_min
            then 'select schemaname, relname, heap_blks_read, idx_blks_read from pg_statio_user_tables '
                 'order by heap_blks_read + coalesce(idx_blks_read, 0) desc limit 10;' end as statement,
       kind, hits as blocks_in_memory, reads as blocks_from_disk, hit_percent
from rated
cross join threshold
order by kind desc
