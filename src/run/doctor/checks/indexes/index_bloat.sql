-- Thresholds: 100 MiB of waste, as PgHero (index_bloat), that is half of the index, which is our own; red from 5 GiB, where
-- check_postgres (bloat) is critical. An estimate for B-trees on columns: entries of the average width, aligned to 8 bytes, each
-- with a header of 8 bytes and a pointer of 4, on pages that are nine tenths full. Entries that PostgreSQL deduplicates take less.
with threshold as (
    select 104857600 as waste_bytes_amber, 50 as waste_percent_amber, 5368709120 as waste_bytes_red
), width as (
    select i.indexrelid, pg_catalog.sum((1 - s.null_frac) * s.avg_width)::numeric as bytes,
           pg_catalog.count(s.avg_width) = i.indnatts as is_known
    from pg_catalog.pg_index i
    join pg_catalog.pg_class t on t.oid = i.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = any (i.indkey)
    left join pg_catalog.pg_stats s on (s.schemaname, s.tablename, s.attname) = (n.nspname, t.relname, a.attname) and not s.inherited
    where i.indexprs is null and i.indisvalid
    group by i.indexrelid, i.indnatts
), measured as (
    select c.oid, n.nspname, t.relname as "table", c.relname, c.relpages, c.reltuples::numeric as rows, bs.size,
           8 * pg_catalog.ceil((8 + w.bytes) / 8) + 4 as entry_bytes,
           coalesce((select option_value::numeric from pg_catalog.pg_options_to_table(c.reloptions)
                     where option_name = 'fillfactor'), 90) as fillfactor
    from width w
    join pg_catalog.pg_class c on c.oid = w.indexrelid
    join pg_catalog.pg_index i on i.indexrelid = c.oid
    join pg_catalog.pg_class t on t.oid = i.indrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_am m on m.oid = c.relam
    cross join (select pg_catalog.current_setting('block_size')::numeric) as bs(size)
    where w.is_known
      and m.amname = 'btree'
      and c.relkind = 'i'
      and c.relpages > 1
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
), estimated as (
    select *, relpages * size as bytes,
           greatest(0, relpages - 1 - pg_catalog.ceil(greatest(rows, 0) * entry_bytes / ((size - 40) * fillfactor / 100))) * size as waste
    from measured
)
select case when waste >= waste_bytes_red and 100 * waste >= waste_percent_amber * bytes then 'red'
            when waste >= waste_bytes_amber and 100 * waste >= waste_percent_amber * bytes then 'amber'
            else 'green' end as grade,
       pg_catalog.format('About %s of the %s of the index %I (%s %%) hold no entries.', pg_catalog.pg_size_pretty(waste),
                         pg_catalog.pg_size_pretty(bytes), relname, pg_catalog.round(100 * waste / bytes)) as finding,
       case when waste >= waste_bytes_amber and 100 * waste >= waste_percent_amber * bytes
            then pg_catalog.format('reindex index concurrently %I.%I;', nspname, relname) end as statement,
       nspname as "schema", "table", relname as "index", rows::int8 as entries_estimate, bytes::int8 as index_bytes,
       waste::int8 as waste_bytes, pg_catalog.round(100 * waste / bytes) as waste_percent
from (select * from estimated order by waste desc, nspname, relname limit 20) as worst
cross join threshold
order by waste desc, nspname, relname
