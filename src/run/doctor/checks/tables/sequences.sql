-- Thresholds: 85 % and 95 % of the numbers, as check_postgres (sequence). The end is that of the sequence or of its column's type,
-- whichever comes first. Sequences that start over (CYCLE) are left out. To read one takes a lock, of which a server has about 64 for each
-- connection (max_locks_per_transaction): the thousand that end first, of the largest tables first, are read.
with threshold as (
    select 85 as used_percent_amber, 95 as used_percent_red, 1000 as read_max
), described as (
    select c.oid, n.nspname, c.relname, s.seqincrement, s.seqtypid, o.refobjid as table_oid, a.attname, a.atttypid, t.reltuples,
           case when s.seqincrement > 0 then s.seqmax else s.seqmin end::numeric as sequence_end,
           case a.atttypid when 'pg_catalog.int2'::pg_catalog.regtype then 32767
                           when 'pg_catalog.int4'::pg_catalog.regtype then 2147483647
                           when 'pg_catalog.int8'::pg_catalog.regtype then 9223372036854775807 end::numeric as type_end,
           pg_catalog.has_sequence_privilege(c.oid, 'usage, select') as is_readable
    from pg_catalog.pg_sequence s
    join pg_catalog.pg_class c on c.oid = s.seqrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_depend o on o.objid = c.oid and o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and o.refobjsubid > 0 and o.deptype in ('a', 'i')
    left join pg_catalog.pg_attribute a on a.attrelid = o.refobjid and a.attnum = o.refobjsubid
    left join pg_catalog.pg_class t on t.oid = o.refobjid
    where not s.seqcycle
      and c.relpersistence <> 't'
), bounded as (
    select *, case when seqincrement > 0 then least(sequence_end, type_end) else greatest(sequence_end, -type_end) end as "end"
    from described
    where is_readable
), placed as (
    select *, pg_catalog.row_number() over (order by pg_catalog.abs("end"), reltuples desc nulls last, oid) as place
    from bounded
), read as materialized (
    select placed.*, pg_catalog.pg_sequence_last_value(oid) as last
    from placed
    cross join threshold
    where place <= read_max
), rated as (
    select *, case when last / nullif("end", 0) > 0 then pg_catalog.trunc(100 * last / "end", 1) else 0 end as used_percent
    from read
), judged as (
    select *, case when used_percent >= used_percent_red then 'red' when used_percent >= used_percent_amber then 'amber' else 'green' end as grade
    from rated
    cross join threshold
    order by used_percent desc, nspname, relname
    limit 30
)
select grade,
       case when attname is null then pg_catalog.format('The sequence %I.%I has used %s %% of its numbers.', nspname, relname, used_percent)
            else pg_catalog.format('The sequence %I.%I has used %s %% of the numbers for %s.%I.', nspname, relname, used_percent,
                                   table_oid::pg_catalog.regclass, attname) end as finding,
       case when grade = 'green' then null
            else pg_catalog.concat_ws(E'\n',
                case when seqtypid <> 'pg_catalog.int8'::pg_catalog.regtype
                     then pg_catalog.format('alter sequence %I.%I as bigint;', nspname, relname) end,
                case when type_end < 9223372036854775807
                     then pg_catalog.format('alter table %s alter column %I type bigint; -- rewrites the table, and locks it meanwhile',
                                            table_oid::pg_catalog.regclass, attname) end) end as statement,
       nspname as "schema", relname as "sequence", table_oid::pg_catalog.regclass::text as "table", attname as "column",
       pg_catalog.format_type(atttypid, null) as column_type, last as last_value, "end" as last_possible, used_percent
from judged
union all
select 'blind',
       pg_catalog.format('The role may not read %s of schema %I.',
                         case pg_catalog.count(*) when 1 then '1 sequence' else pg_catalog.count(*) || ' sequences' end, nspname),
       pg_catalog.format('grant select on all sequences in schema %I to %I;', nspname, session_user),
       nspname, null, null, null, null, null, null, null
from described
where not is_readable
group by nspname
union all
-- Of 64 bits, none ends in a lifetime.
select 'blind',
       case pg_catalog.count(*) when 1 then '1 more sequence was not read, since each takes a lock.'
            else pg_catalog.format('%s more sequences were not read, since each takes a lock.', pg_catalog.count(*)) end, null,
       null, null, null, null, null, null, null, null
from placed
cross join threshold
where place > read_max and pg_catalog.abs("end") < 4611686018427387904
having pg_catalog.count(*) > 0
