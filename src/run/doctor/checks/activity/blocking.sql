-- Thresholds: amber from deadlock_timeout, when PostgreSQL itself examines a wait for a lock and can log it (log_lock_waits); red from a
-- minute, which is our own. A chain is read from the session that waits to the one that holds up all others.
with recursive threshold as (
    select setting::float8 / 1000 as amber_seconds, 60 as red_seconds
    from pg_catalog.pg_settings
    where name = 'deadlock_timeout'
), waiting as materialized (
    select a.pid, a.usename, a.application_name, a.query_start, a.query, pg_catalog.pg_blocking_pids(a.pid) as blockers
    from pg_catalog.pg_stat_activity a
    where a.wait_event_type = 'Lock'
      and a.datname = pg_catalog.current_database()
), link as (
    select w.pid as waiter, blocker as at, array[w.pid, blocker] as chain
    from waiting w
    cross join lateral (select distinct pg_catalog.unnest(w.blockers)) as direct(blocker)
  union all
    select l.waiter, blocker, l.chain || blocker
    from link l
    join waiting w on w.pid = l.at
    cross join lateral (select distinct pg_catalog.unnest(w.blockers)) as next(blocker)
    where blocker <> all (l.chain)
      and pg_catalog.cardinality(l.chain) < 20
), chain as (
    select distinct on (waiter) waiter, at as head, chain
    from link
    order by waiter, pg_catalog.cardinality(chain) desc, at
), since as (
    select l.pid, pg_catalog.min((pg_catalog.to_jsonb(l) ->> 'waitstart')::timestamptz) as start
    from pg_catalog.pg_locks l
    where not l.granted
    group by l.pid
), timed as (
    select w.*, c.head, c.chain,
           -- PostgreSQL 13 does not say since when a lock is awaited.
           pg_catalog.round(extract(epoch from pg_catalog.clock_timestamp() - coalesce(s.start, w.query_start))::numeric, 1) as seconds,
           (select pg_catalog.count(*) from chain other where other.head = c.head) as held_up
    from waiting w
    join chain c on c.waiter = w.pid
    left join since s on s.pid = w.pid
)
select case when seconds >= red_seconds then 'red' when seconds >= amber_seconds then 'amber' else 'green' end as grade,
       pg_catalog.format('Session %s of %s has waited for %s s behind session %s (%s, %s), which holds up %s.', t.pid, t.usename, seconds, head,
                         coalesce(h.usename::text, 'a prepared transaction'), coalesce(h.state, 'unknown'),
                         case held_up when 1 then 'it alone' else held_up || ' sessions' end) as finding,
       case when head > 0 then pg_catalog.format('select pg_terminate_backend(%s);', head) end as statement,
       t.pid, t.usename as "user", t.application_name as application, seconds as waited_seconds,
       pg_catalog.array_to_string(chain, ' → ') as chain, pg_catalog.left(t.query, 500) as query,
       head as head_pid, h.usename as head_user, h.application_name as head_application, h.state as head_state,
       pg_catalog.left(h.query, 500) as head_query
from timed t
cross join threshold
left join pg_catalog.pg_stat_activity h on h.pid = t.head
order by seconds desc, t.pid
limit 50
