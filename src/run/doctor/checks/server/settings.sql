-- Thresholds: values that PostgreSQL's documentation warns of, setting by setting; 500 connections as PgHero
-- (total_connections_threshold). What else the server's own files or commands set differently from the default is listed, without the
-- values that may hold a password, as pg_basebackup --write-recovery-conf leaves one in primary_conninfo.
with dangerous(name, value, better, grade, why) as (
    values ('fsync', 'off', 'on', 'red', 'a crash of the machine can destroy the database'),
           ('full_page_writes', 'off', 'on', 'red', 'a crash of the machine can leave half-written pages'),
           ('autovacuum', 'off', 'on', 'red', 'dead rows pile up, and statistics grow old'),
           ('track_counts', 'off', 'on', 'red', 'autovacuum does not know what to do'),
           ('zero_damaged_pages', 'on', 'off', 'red', 'damaged pages are silently emptied'),
           ('ignore_checksum_failure', 'on', 'off', 'red', 'damaged pages are read as if they were sound'),
           ('synchronous_commit', 'off', 'on', 'amber', 'a crash loses the last transactions'),
           ('track_activities', 'off', 'on', 'amber', 'nobody sees what runs'),
           ('password_encryption', 'md5', 'scram-sha-256', 'amber', 'passwords are stored in a way that PostgreSQL has given up'),
           ('enable_indexscan', 'off', 'on', 'amber', 'PostgreSQL avoids indexes'),
           ('enable_bitmapscan', 'off', 'on', 'amber', 'PostgreSQL avoids a way to use indexes'),
           ('enable_seqscan', 'off', 'on', 'amber', 'PostgreSQL avoids reading whole tables even where that is faster'),
           ('enable_hashjoin', 'off', 'on', 'amber', 'PostgreSQL avoids the fastest join of large tables'),
           ('enable_nestloop', 'off', 'on', 'amber', 'PostgreSQL avoids the fastest join of few rows'),
           ('enable_mergejoin', 'off', 'on', 'amber', 'PostgreSQL avoids a join of sorted rows')
), threshold as (
    select 500 as connections_max
), set as (
    select s.name, case when s.name like any (array['%\_conninfo', '%\_command']) then null else s.reset_val end as reset_val, s.boot_val, s.unit, s.source, s.pending_restart, d.better,
           case when s.pending_restart then 'amber'
                when d.grade is not null then d.grade
                when s.name = 'max_connections' and s.reset_val::int8 > connections_max then 'amber'
                else 'green' end as grade,
           case when s.pending_restart then 'its new value waits for a restart'
                when d.why is not null then d.why
                when s.name = 'max_connections' and s.reset_val::int8 > connections_max then 'so many sessions at once are slower than a pooler' end as why
    from pg_catalog.pg_settings s
    cross join threshold
    left join dangerous d on d.name = s.name and d.value = s.reset_val
    where s.pending_restart
       or d.name is not null
       or (
           s.reset_val is distinct from s.boot_val
           and s.source in ('configuration file', 'command line', 'environment variable', 'global', 'database')
           and s.category !~ '^(Reporting and Logging|File Locations|Client Connection Defaults / Locale|Connections and Authentication / SSL|Customized|Preset)'
           and s.name not in ('port', 'listen_addresses', 'unix_socket_directories', 'cluster_name', 'DateStyle', 'TimeZone')
       )
)
select grade,
       case when reset_val is null then pg_catalog.concat(name, ' is set', ': ' || why, '. Its value may hold a password and is not shown.')
            when why is null then pg_catalog.format('%s is %s instead of %s.', name, reset_val || coalesce(' ' || unit, ''), coalesce(nullif(boot_val, ''), 'empty'))
            else pg_catalog.format('%s is %s: %s.', name, reset_val, why) end as finding,
       case when pending_restart or grade = 'green' then null
            when source = 'database' then pg_catalog.format('alter database %I reset %I;', pg_catalog.current_database(), name)
            else pg_catalog.format(E'alter system set %I = %L;\nselect pg_reload_conf();', name, coalesce(better, boot_val)) end as statement,
       name as setting, reset_val as value, boot_val as "default", unit, source
from set
order by grade = 'green', grade = 'amber', name
limit 80
