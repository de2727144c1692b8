-- Thresholds: 10,000 rows, and an index was used for less than 95 % of the scans, as PgHero (missing_indexes); 100 scans of the whole
-- table are our own.
with threshold as (
    select 10000 as rows_min, 95 as index_percent_min, 100 as scans_min
), counted as (
    select s.schemaname, s.relname, s.n_live_tup as rows, s.seq_scan as scans, s.seq_tup_read as rows_read, coalesce(s.idx_scan, 0) as index_scans,
           pg_catalog.round(100.0 * coalesce(s.idx_scan, 0) / nullif(s.seq_scan + coalesce(s.idx_scan, 0), 0), 1) as index_percent
    from pg_catalog.pg_stat_user_tables s
    where s.seq_scan > 0
), judged as (
    select *, case when rows >= rows_min and scans >= scans_min and index_percent < index_percent_min then 'amber' else 'green' end as grade
    from counted
    cross join threshold
)
select grade,
       pg_catalog.format('%I.%I, about %s rows, was read whole %s times; an index was used for %s %% of all scans.', schemaname, relname, rows, scans,
                         index_percent) as finding,
       case grade when 'amber'
            then pg_catalog.format('select query, calls, mean_exec_time from pg_stat_statements where query ~* %L order by total_exec_time desc limit 10;',
                                   relname) end as statement,
       schemaname as "schema", relname as "table", rows as rows_estimate, scans as whole_scans, rows_read, index_scans, index_percent
from judged
order by grade = 'green', rows_read desc, schemaname, relname
limit 30
