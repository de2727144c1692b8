-- Thresholds: dead rows are more than twice what autovacuum waits for (PostgreSQL, "The Autovacuum Daemon": threshold + scale factor
-- × rows, and since 18 a maximum), and 10,000, which are our own, as are 10,000 rows that were never analyzed.
with threshold as (
    select 2 as waits_max, 10000 as dead_rows_min, 10000 as unanalyzed_rows_min
), measured as (
    select s.*, c.reloptions,
           least(
               coalesce(own.start, pg_catalog.current_setting('autovacuum_vacuum_threshold')::numeric)
                   + coalesce(own.factor, pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::numeric)
                   * greatest(c.reltuples, 0)::numeric,
               nullif(pg_catalog.current_setting('autovacuum_vacuum_max_threshold', true), '-1')::numeric
           ) as awaited,
           coalesce(own.is_enabled, true) as is_vacuumed,
           greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at,
           greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at
    from pg_catalog.pg_stat_user_tables s
    join pg_catalog.pg_class c on c.oid = s.relid
    cross join lateral (
        select pg_catalog.max(option_value) filter (where option_name = 'autovacuum_vacuum_threshold')::numeric,
               pg_catalog.max(option_value) filter (where option_name = 'autovacuum_vacuum_scale_factor')::numeric,
               pg_catalog.bool_and(option_value::boolean) filter (where option_name = 'autovacuum_enabled')
        from pg_catalog.pg_options_to_table(c.reloptions)
    ) as own(start, factor, is_enabled)
), judged as (
    select *,
           case when n_dead_tup >= dead_rows_min and n_dead_tup > waits_max * awaited then 'dead'
                when not is_vacuumed then 'off'
                when analyzed_at is null and n_live_tup >= unanalyzed_rows_min then 'unanalyzed'
                else 'fine' end as state
    from measured
    cross join threshold
)
select case state when 'fine' then 'green' else 'amber' end as grade,
       case state
            when 'dead' then pg_catalog.format('%I.%I has %s dead rows; vacuum should have come at %s.', schemaname, relname, n_dead_tup, pg_catalog.round(awaited))
            when 'off' then pg_catalog.format('Autovacuum is switched off for %I.%I.', schemaname, relname)
            when 'unanalyzed' then pg_catalog.format('%I.%I was never analyzed, so that PostgreSQL plans its queries blindly.', schemaname, relname)
            else pg_catalog.format('%I.%I has %s dead rows; vacuum comes at %s.', schemaname, relname, n_dead_tup, pg_catalog.round(awaited))
       end as finding,
       case state
            when 'dead' then pg_catalog.format('vacuum (verbose, analyze) %I.%I;', schemaname, relname)
            when 'off' then pg_catalog.format('alter table %I.%I reset (autovacuum_enabled);', schemaname, relname)
            when 'unanalyzed' then pg_catalog.format('analyze %I.%I;', schemaname, relname)
       end as statement,
       schemaname as "schema", relname as "table", n_live_tup as live_rows, n_dead_tup as dead_rows,
       pg_catalog.round(awaited) as vacuum_comes_at, vacuumed_at as last_vacuum, analyzed_at as last_analyze
from judged
order by state = 'fine', n_dead_tup desc, schemaname, relname
limit 30
