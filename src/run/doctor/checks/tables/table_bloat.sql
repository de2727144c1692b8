-- Thresholds: 100 MiB of waste that is half of the table is our own (PgHero lists index bloat from 100 MB); red from 5 GiB, where
-- check_postgres (bloat) is critical. An estimate from the statistics of ANALYZE, without reading the table: rows of the average
-- width, aligned to 8 bytes, each with a header of 24 bytes and a pointer of 4.
with threshold as (
    select 104857600 as waste_bytes_amber, 50 as waste_percent_amber, 5368709120 as waste_bytes_red
), width as (
    select s.schemaname, s.tablename, pg_catalog.count(*) as known,
           pg_catalog.sum((1 - s.null_frac) * s.avg_width)::numeric as bytes,
           pg_catalog.bool_or(s.null_frac > 0) as has_nulls
    from pg_catalog.pg_stats s
    where not s.inherited
    group by s.schemaname, s.tablename
), measured as (
    select c.oid, n.nspname, c.relname, c.relpages, c.reltuples::numeric as rows, bs.size,
           w.known = (select pg_catalog.count(*) from pg_catalog.pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as is_known,
           8 * pg_catalog.ceil((24 + case when w.has_nulls then c.relnatts / 8 else 0 end + w.bytes) / 8) + 4 as row_bytes,
           coalesce((select option_value::numeric from pg_catalog.pg_options_to_table(c.reloptions)
                     where option_name = 'fillfactor'), 100) as fillfactor
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join width w on (w.schemaname, w.tablename) = (n.nspname, c.relname)
    cross join (select pg_catalog.current_setting('block_size')::numeric) as bs(size)
    where c.relkind in ('r', 'm')
      and c.relpages > 0
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
), estimated as (
    select *, relpages * size as bytes,
           greatest(0, relpages - pg_catalog.ceil(greatest(rows, 0) * row_bytes / ((size - 24) * fillfactor / 100))) * size as waste
    from measured
    where is_known
)
select case when waste >= waste_bytes_red and 100 * waste >= waste_percent_amber * bytes then 'red'
            when waste >= waste_bytes_amber and 100 * waste >= waste_percent_amber * bytes then 'amber'
            else 'green' end as grade,
       pg_catalog.format('About %s of the %s of %I.%I (%s %%) hold no rows.', pg_catalog.pg_size_pretty(waste), pg_catalog.pg_size_pretty(bytes),
                         nspname, relname, pg_catalog.round(100 * waste / bytes)) as finding,
       case when waste >= waste_bytes_amber and 100 * waste >= waste_percent_amber * bytes
            then pg_catalog.format('vacuum (full, verbose, analyze) %I.%I;', nspname, relname) end as statement,
       nspname as "schema", relname as "table", rows::int8 as rows_estimate, bytes::int8 as table_bytes, waste::int8 as waste_bytes,
       pg_catalog.round(100 * waste / bytes) as waste_percent
from (select * from estimated order by waste desc, nspname, relname limit 20) as worst
cross join threshold
union all
select 'blind',
       case pg_catalog.count(*)
            when 1 then pg_catalog.format('1 table of schema %I is not estimated: the role may not read it, or it was never analyzed.', nspname)
            else pg_catalog.format('%s tables of schema %I are not estimated: the role may not read them, or they were never analyzed.',
                                   pg_catalog.count(*), nspname) end,
       pg_catalog.format('grant select on all tables in schema %I to %I; analyze;', nspname, session_user),
       nspname, null, null, pg_catalog.sum(relpages * size)::int8, null, null
from measured
where is_known is not true
  -- Of catalogue rows alone: what may not be read has no statistics here.
  and relpages >= 128
group by nspname
