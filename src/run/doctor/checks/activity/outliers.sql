-- Thresholds: 20 ms on average over at least 100 calls, as PgHero (slow_query_ms, slow_query_calls); a tenth of all time is our own.
-- The ten statements that took the most time, and the ten that were called most.
with threshold as (
    select 20 as mean_ms_min, 100 as calls_min, 10 as time_percent_min
), counted as (
    select s.queryid, r.rolname as "user", s.query, s.calls, s.rows, s.total_exec_time as total_ms,
           s.shared_blks_hit + s.shared_blks_read as blocks,
           100 * s.total_exec_time / nullif(pg_catalog.sum(s.total_exec_time) over (), 0) as time_percent,
           pg_catalog.row_number() over (order by s.total_exec_time desc, s.queryid) as place_by_time,
           pg_catalog.row_number() over (order by s.calls desc, s.queryid) as place_by_calls
    from {pg_stat_statements} s
    left join pg_catalog.pg_roles r on r.oid = s.userid
    where s.dbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
), judged as (
    select *, case when total_ms / calls >= mean_ms_min and calls >= calls_min and time_percent >= time_percent_min then 'amber'
                   else 'green' end as grade
    from counted
    cross join threshold
    where (place_by_time <= 10 or place_by_calls <= 10) and calls > 0
)
select grade,
       pg_catalog.format('A statement of %s took %s %% of all time: %s of %s ms%s.', "user",
                         pg_catalog.round(time_percent::numeric, 1), case calls when 1 then '1 call' else calls || ' calls' end,
                         pg_catalog.round((total_ms / calls)::numeric, 1), case when calls > 1 then ' on average' end) as finding,
       -- With blanks in place of values, since 16.
       case when grade = 'amber' and pg_catalog.current_setting('server_version_num')::int4 >= 160000 and pg_catalog.length(query) <= 2000
            then pg_catalog.format('explain (generic_plan) %s;', query) end as statement,
       "user", calls, pg_catalog.round(total_ms::numeric) as total_milliseconds,
       pg_catalog.round((total_ms / calls)::numeric, 2) as mean_milliseconds,
       pg_catalog.round(time_percent::numeric, 1) as time_percent, rows, blocks,
       pg_catalog.left(pg_catalog.regexp_replace(query, '\s+', ' ', 'g'), 500) as query
from judged
order by grade = 'green', total_ms desc
