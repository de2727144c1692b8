-- Thresholds: 1 GiB and 10 GiB of WAL that a slot keeps are our own, and that any slot which nobody reads is amber. Red too where
-- wal_status says that WAL is about to be, or was, removed (PostgreSQL, "pg_replication_slots").
with threshold as (
    select 1073741824 as kept_bytes_amber, 10737418240 as kept_bytes_red
), position as (
    select case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn() end as lsn
), slot as (
    select s.slot_name, s.slot_type, s.database, s.active, s.wal_status, s.restart_lsn,
           greatest(pg_catalog.pg_wal_lsn_diff(p.lsn, s.restart_lsn), 0)::int8 as bytes,
           -- Since PostgreSQL 17.
           pg_catalog.to_jsonb(s) ->> 'inactive_since' as inactive_since,
           greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)) as held_transactions
    from pg_catalog.pg_replication_slots s
    cross join position p
    where not s.temporary
)
select case when wal_status in ('unreserved', 'lost') or bytes >= kept_bytes_red then 'red'
            when not active or bytes >= kept_bytes_amber then 'amber'
            else 'green' end as grade,
       case when wal_status = 'lost' then pg_catalog.format('The slot %I has lost WAL that its reader needs: it has to be made anew.', slot_name)
            when restart_lsn is null then pg_catalog.format('The slot %I has not been used yet.', slot_name)
            when active then pg_catalog.format('The slot %I keeps %s of WAL for its reader.', slot_name, pg_catalog.pg_size_pretty(bytes))
            else pg_catalog.format('Nobody reads the slot %I: it keeps %s of WAL, and all that will be written.', slot_name,
                                   pg_catalog.pg_size_pretty(bytes)) end as finding,
       case when not active then pg_catalog.format('select pg_drop_replication_slot(%L);', slot_name) end as statement,
       slot_name as slot, slot_type as kind, database, active as is_active, inactive_since, wal_status, bytes as kept_bytes, held_transactions
from slot
cross join threshold
order by bytes desc nulls last, slot_name
limit 50
