-- Thresholds: 100 MiB or a minute, and red from 1 GiB or ten minutes, are our own. Where all is replayed, the lag is nothing, however long
-- ago the last write was.
with threshold as (
    select 104857600 as lag_bytes_amber, 60 as lag_seconds_amber, 1073741824 as lag_bytes_red, 600 as lag_seconds_red
), own as (
    select pg_catalog.pg_is_in_recovery() as is_standby,
           case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_receive_lsn() else pg_catalog.pg_current_wal_lsn() end as lsn
), server as (
    select r.application_name as name, r.client_addr::text as address, r.state, r.sync_state,
           pg_catalog.pg_wal_lsn_diff(own.lsn, r.replay_lsn)::int8 as bytes,
           pg_catalog.round(extract(epoch from r.replay_lag)::numeric, 1) as seconds, true as is_connected,
           false as is_paused
    from pg_catalog.pg_stat_replication r
    cross join own
  union all
    select 'this server', (pg_catalog.to_jsonb(w) ->> 'sender_host'), w.status, null,
           pg_catalog.pg_wal_lsn_diff(own.lsn, pg_catalog.pg_last_wal_replay_lsn())::int8,
           case when own.lsn = pg_catalog.pg_last_wal_replay_lsn() then 0
                else pg_catalog.round(extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::numeric, 1) end,
           w.pid is not null, case when own.is_standby then pg_catalog.pg_is_wal_replay_paused() end
    from own
    left join pg_catalog.pg_stat_wal_receiver w on true
    where own.is_standby
)
select case when bytes >= lag_bytes_red or (bytes > 0 and seconds >= lag_seconds_red) then 'red'
            when not is_connected or bytes >= lag_bytes_amber or (bytes > 0 and seconds >= lag_seconds_amber) then 'amber'
            else 'green' end as grade,
       case when not is_connected then 'This server is a standby that receives nothing from a primary.'
            when bytes is null then pg_catalog.format('The standby %s has not said how far it is (%s).', name, state)
            when bytes > 0 then pg_catalog.format('%s is %s behind%s.', case name when 'this server' then 'This standby' else 'The standby ' || name end, pg_catalog.pg_size_pretty(bytes),
                                                  coalesce(' (' || seconds || ' s)', ''))
            else pg_catalog.format('%s has all that was written.', case name when 'this server' then 'This standby' else 'The standby ' || name end) end as finding,
       case when is_paused then 'select pg_wal_replay_resume(); -- replay is paused'
            when bytes >= lag_bytes_amber or (bytes > 0 and seconds >= lag_seconds_amber)
            then 'select application_name, state, sent_lsn, write_lsn, flush_lsn, replay_lsn, reply_time from pg_stat_replication;' end as statement,
       name as standby, address, state, sync_state, bytes as lag_bytes, seconds as lag_seconds
from server
cross join threshold
order by bytes desc nulls last, name
limit 50
