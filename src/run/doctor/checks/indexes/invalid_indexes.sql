-- No thresholds: an invalid index answers no query and is still written. PostgreSQL, "Building Indexes Concurrently".
select 'amber' as grade,
       case when c.relkind = 'I'
            then pg_catalog.format('The index %I of the partitioned table %I.%I is invalid: some partition lacks it.', c.relname, n.nspname, t.relname)
            else pg_catalog.format('The index %I of %I.%I is invalid: building it failed.', c.relname, n.nspname, t.relname) end as finding,
       case when c.relkind = 'I' then null
            else pg_catalog.format('reindex index concurrently %I.%I;', n.nspname, c.relname) end as statement,
       n.nspname as "schema", t.relname as "table", c.relname as "index", i.indisunique as is_unique,
       c.relpages::int8 * pg_catalog.current_setting('block_size')::int8 as size_bytes
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_class t on t.oid = i.indrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid
  and n.nspname !~ '^pg_'
  -- One that is being built now is invalid, too.
  and not exists (select from pg_catalog.pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
order by size_bytes desc, n.nspname, c.relname
limit 50
