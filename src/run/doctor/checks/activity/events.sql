-- Thresholds: a deadlock a day and 10 GiB of temporary files a day are our own, as pgMonitor only draws them (ccp_stat_database). Counted
-- since the statistics of the database or of the server began, and for a day at least.
with threshold as (
    select 1 as deadlocks_a_day, 10737418240 as temporary_bytes_a_day
), counted as (
    select d.*, greatest(extract(epoch from pg_catalog.clock_timestamp() - coalesce(d.stats_reset, b.stats_reset))::numeric / 86400, 1) as days
    from pg_catalog.pg_stat_database d
    cross join pg_catalog.pg_stat_bgwriter b
    where d.datname = pg_catalog.current_database()
), spanned as (
    select *, coalesce(nullif(pg_catalog.round(days)::text, '1') || ' days', 'a day') as span
    from counted
), finding as (
    select 0 as place, 'deadlocks' as kind, deadlocks as number, deadlocks / days >= deadlocks_a_day as is_much,
           pg_catalog.format('%s in %s: each time PostgreSQL ended one of the transactions.',
                             case deadlocks when 1 then '1 deadlock' else deadlocks || ' deadlocks' end, span) as sentence,
           'show log_lock_waits; -- on, the log tells who waited for whom' as statement, days
    from spanned cross join threshold
  union all
    select 1, 'temporary_bytes', temp_bytes, temp_bytes / days >= temporary_bytes_a_day,
           pg_catalog.format('%s of %s in all, in %s: sorts and joins did not fit into work_mem (%s).',
                             case temp_files when 1 then '1 temporary file' else temp_files || ' temporary files' end,
                             pg_catalog.pg_size_pretty(temp_bytes), span, pg_catalog.current_setting('work_mem')),
           pg_catalog.format(E'alter database %I set log_temp_files = ''100MB''; -- the log names the queries\n'
                             'alter database %1$I set work_mem = ''32MB''; -- for each sort or join of each session', pg_catalog.current_database()), days
    from spanned cross join threshold
  union all
    select 2, 'recovery_conflicts', conflicts, false,
           pg_catalog.format('%s cancelled in %s, since this server is a standby.',
                             case conflicts when 1 then '1 query was' else conflicts || ' queries were' end, span), null, days
    from spanned
    where pg_catalog.pg_is_in_recovery()
  union all
    select 3, 'rollbacks', xact_rollback, false,
           pg_catalog.format('%s of %s transactions were rolled back.', xact_rollback, xact_commit + xact_rollback), null, days
    from spanned
)
select case when is_much then 'amber' else 'green' end as grade,
       sentence as finding,
       case when is_much then statement end as statement,
       kind, number, pg_catalog.round(days, 1) as days, pg_catalog.round(number / days, 1) as a_day
from finding
order by place
