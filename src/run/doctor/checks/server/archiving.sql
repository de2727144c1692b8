-- Thresholds: amber where the last try failed, at which pgMonitor alerts (ccp_archive_command_status); red where nothing could be archived
-- for an hour, which is our own.
with threshold as (
    select interval '1 hour' as red
), archiver as (
    select a.*, pg_catalog.current_setting('archive_mode') <> 'off' as is_on,
           a.last_failed_time > coalesce(a.last_archived_time, '-infinity') as is_failing,
           pg_catalog.clock_timestamp() - coalesce(a.last_archived_time, a.stats_reset) as duration
    from pg_catalog.pg_stat_archiver a
)
select case when not is_on or is_failing is not true then 'green' when duration < red then 'amber' else 'red' end as grade,
       case when not is_on then 'Archiving is off.'
            when is_failing then pg_catalog.format('Archiving WAL fails: %s could not be stored at %s, and %s.', last_failed_wal,
                                                   pg_catalog.date_trunc('second', last_failed_time),
                                                   case when last_archived_time is null then 'nothing was stored yet'
                                                        else 'the last success was ' || pg_catalog.date_trunc('second', duration) || ' ago' end)
            when last_archived_wal is null then 'Archiving is on, and nothing was to be stored yet.'
            else pg_catalog.format('WAL is archived, %s last.', last_archived_wal) end as finding,
       case when is_on and is_failing
            then 'show archive_command; -- the server''s log says why it fails' end as statement,
       archived_count as archived, last_archived_wal, last_archived_time, failed_count as failed, last_failed_wal, last_failed_time
from archiver
cross join threshold
