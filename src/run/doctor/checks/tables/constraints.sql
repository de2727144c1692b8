-- No thresholds: each is named, as PgHero (invalid_constraints) and check_postgres (disabled_triggers) do.
-- NOT ENFORCED is of PostgreSQL 18.
with found as (
    select n.nspname, c.relname, k.conname as name, 'constraint' as kind,
           case when coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
                then 'was never validated: rows from before it may break it'
                else 'is not enforced: any row may break it' end as what,
           case when coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
                then pg_catalog.format('alter table %I.%I validate constraint %I;', n.nspname, c.relname, k.conname)
                else pg_catalog.format('alter table %I.%I alter constraint %I enforced;', n.nspname, c.relname, k.conname) end as statement
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not k.convalidated
      and k.conparentid = 0
  union all
    -- The triggers of foreign keys are internal, and named by numbers.
    select n.nspname, c.relname, case when not t.tgisinternal then t.tgname end, 'trigger',
           case when t.tgisinternal then 'are disabled: foreign keys are not checked' else 'is disabled' end,
           pg_catalog.format('alter table %I.%I enable trigger %s;', n.nspname, c.relname,
                             case when t.tgisinternal then 'all' else pg_catalog.quote_ident(t.tgname) end)
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where t.tgenabled = 'D'
)
select distinct 'amber' as grade,
       case when name is null then pg_catalog.format('Triggers of %I.%I %s.', nspname, relname, what)
            else pg_catalog.format('The %s %I of %I.%I %s.', kind, name, nspname, relname, what) end as finding,
       statement,
       nspname as "schema", relname as "table", kind, name
from found
where nspname !~ '^pg_' and nspname <> 'information_schema'
order by 4, 5, 7
limit 50
