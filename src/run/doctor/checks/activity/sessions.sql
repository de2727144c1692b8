-- Thresholds: a query of 5 minutes, as heroku pg:long-running-queries; a transaction that idles or is prepared for 1 minute, and the
-- hour that makes each red, are our own. What is open for 10 seconds is listed.
with threshold as (
    select interval '10 seconds' as listed, interval '5 minutes' as query_amber, interval '1 minute' as idle_amber,
           interval '1 hour' as red
), open as (
    select pid, usename::text as "user", application_name as application, state, state ~ '^idle' as is_idle, xact_start,
           pg_catalog.clock_timestamp() - case when state ~ '^idle' then state_change else query_start end as duration,
           pg_catalog.left(query, 500) as query, null::text as gid
    from pg_catalog.pg_stat_activity
    where datname = pg_catalog.current_database()
      and backend_type = 'client backend'
      and pid <> pg_catalog.pg_backend_pid()
      and state in ('active', 'idle in transaction', 'idle in transaction (aborted)', 'fastpath function call')
  union all
    select null, owner::text, null, 'prepared transaction', true, prepared, pg_catalog.clock_timestamp() - prepared, null, gid
    from pg_catalog.pg_prepared_xacts
    where database = pg_catalog.current_database()
), judged as (
    select *, pg_catalog.date_trunc('second', duration) as lasted,
           case when duration >= red then 'red'
                when duration >= case when is_idle then idle_amber else query_amber end then 'amber'
                else 'green' end as grade
    from open
    cross join threshold
    where duration >= listed
)
select grade,
       case when gid is not null then pg_catalog.format('The prepared transaction %L of %s has been waiting for %s.', gid, "user", lasted)
            when is_idle then pg_catalog.format('Session %s of %s holds a transaction open and has done nothing for %s.', pid, "user", lasted)
            else pg_catalog.format('A query of %s (session %s) has been running for %s.', "user", pid, lasted) end as finding,
       case when gid is not null then pg_catalog.format('rollback prepared %L;', gid)
            when is_idle then pg_catalog.format('select pg_terminate_backend(%s);', pid)
            else pg_catalog.format('select pg_cancel_backend(%s);', pid) end as statement,
       pid, "user", application, state, pg_catalog.floor(extract(epoch from duration))::int8 as duration_seconds,
       xact_start as transaction_start, query
from judged
order by duration desc
limit 50
