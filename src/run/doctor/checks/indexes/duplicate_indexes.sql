-- No thresholds: of two indexes that answer the same questions, one is enough, as PgHero (duplicate_indexes) has it. Names the
-- one that may go: of equal ones that which enforces nothing, or else the newer; of two, the one whose columns lead the other's.
with described as (
    select i.indexrelid, i.indrelid, i.indisunique, i.indnatts, i.indnkeyatts, c.relam, n.nspname, t.relname as "table", c.relname,
           c.relpages::int8 * pg_catalog.current_setting('block_size')::int8 as bytes,
           i.indkey::text || ' ' as keys, i.indclass::text || ' ' as classes, i.indcollation::text || ' ' as collations,
           i.indoption::text || ' ' as options,
           i.indexprs is null and i.indpred is null as is_plain,
           case when i.indexprs is not null then pg_catalog.pg_get_expr(i.indexprs, i.indrelid) end as expressions,
           case when i.indpred is not null then pg_catalog.pg_get_expr(i.indpred, i.indrelid) end as predicate,
           exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) or i.indisreplident as is_needed
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_class t on t.oid = i.indrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where i.indisvalid
      and c.relkind = 'i'
      and not c.relispartition
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
), pair as (
    select spare.*, kept.relname as kept, spare.keys = kept.keys as is_equal
    from described spare
    join described kept on kept.indrelid = spare.indrelid and kept.indexrelid <> spare.indexrelid and kept.relam = spare.relam
    where not spare.is_needed
      and (
          (
              (kept.keys, kept.classes, kept.collations, kept.options) = (spare.keys, spare.classes, spare.collations, spare.options)
              and kept.indnkeyatts = spare.indnkeyatts
              and kept.expressions is not distinct from spare.expressions
              and kept.predicate is not distinct from spare.predicate
              and (kept.indisunique or not spare.indisunique)
              and (kept.is_needed or kept.indisunique and not spare.indisunique or kept.indexrelid < spare.indexrelid)
          ) or (
              spare.relam = (select oid from pg_catalog.pg_am where amname = 'btree')
              and not spare.indisunique
              and spare.is_plain and kept.is_plain
              and spare.indnatts = spare.indnkeyatts
              and spare.indnatts < kept.indnkeyatts
              and pg_catalog.starts_with(kept.keys, spare.keys)
              and pg_catalog.starts_with(kept.classes, spare.classes)
              and pg_catalog.starts_with(kept.collations, spare.collations)
              and pg_catalog.starts_with(kept.options, spare.options)
          )
      )
), first as (
    select distinct on (indexrelid) *
    from pair
    order by indexrelid, is_equal desc, kept
)
select 'amber' as grade,
       case when is_equal then pg_catalog.format('The index %I of %I.%I is the same as %I.', relname, nspname, "table", kept)
            else pg_catalog.format('The columns of the index %I of %I.%I lead those of %I, which can answer for it.', relname, nspname, "table", kept) end as finding,
       pg_catalog.format('drop index concurrently %I.%I;', nspname, relname) as statement,
       nspname as "schema", "table", relname as "index", kept as covered_by, bytes as size_bytes
from first
order by bytes desc, nspname, relname
limit 50
