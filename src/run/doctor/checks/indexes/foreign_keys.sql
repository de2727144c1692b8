-- Thresholds: 1 MiB is our own: a smaller table is read as fast without an index. PostgreSQL, "Foreign Keys", advises the index.
with threshold as (
    select 1048576 as bytes_min
), foreign_key as (
    select k.oid, k.conname, k.conrelid, k.confrelid, k.conkey, n.nspname, c.relname, c.relkind,
           -- Of all partitions; pg_partition_tree would lock them.
           case when c.relkind = 'p'
                then (with recursive part as (
                          select c.oid
                        union all
                          select i.inhrelid from part join pg_catalog.pg_inherits i on i.inhparent = part.oid
                      )
                      select coalesce(pg_catalog.sum(leaf.relpages), 0)
                      from part join pg_catalog.pg_class leaf on leaf.oid = part.oid)::int8
                else c.relpages::int8 end * pg_catalog.current_setting('block_size')::int8 as bytes
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f'
      and k.conparentid = 0
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (
          select from pg_catalog.pg_index i
          where i.indrelid = k.conrelid
            and i.indisvalid
            and i.indpred is null
            and (i.indkey::pg_catalog.int2[])[0:pg_catalog.cardinality(k.conkey) - 1] @> k.conkey
      )
)
select case when bytes >= bytes_min then 'amber' else 'green' end as grade,
       pg_catalog.format('The foreign key %I of %I.%I has no index on (%s).', conname, nspname, relname, list.columns) as finding,
       pg_catalog.format('create index %son %I.%I (%s);', case when relkind = 'p' then '' else 'concurrently ' end,
                         nspname, relname, list.columns) as statement,
       nspname as "schema", relname as "table", conname as foreign_key, list.columns,
       confrelid::pg_catalog.regclass::text as refers_to, bytes as table_bytes
from foreign_key
cross join threshold
cross join lateral (
    select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by key.place)
    from pg_catalog.unnest(conkey) with ordinality as key(number, place)
    join pg_catalog.pg_attribute a on a.attrelid = conrelid and a.attnum = key.number
) as list(columns)
order by bytes desc, nspname, relname, conname
limit 50
