-- Thresholds: any damaged page is red, as pgMonitor alerts (ccp_data_checksum_failure). PostgreSQL counts them where its data checksums
-- are on, which is the default since version 18.
select case when d.checksum_failures > 0 then 'red' else 'green' end as grade,
       case when d.checksum_failures > 0
            then pg_catalog.format('Pages of %s were read with a wrong checksum %s, last at %s.', place.name,
                                   case d.checksum_failures when 1 then 'once' else d.checksum_failures || ' times' end,
                                   pg_catalog.date_trunc('second', d.checksum_last_failure))
            when d.checksum_failures = 0 then pg_catalog.format('No page of %s was found damaged.', place.name)
            else pg_catalog.format('The checksums of pages are off, so that damage in %s goes unnoticed.', place.name) end as finding,
       case when d.checksum_failures > 0
            then E'create extension if not exists amcheck;\n-- pg_amcheck --all, in a terminal, names the tables: restore them from a backup' end as statement,
       d.datname as database, d.checksum_failures as failures, d.checksum_last_failure as last_failure
from pg_catalog.pg_stat_database d
cross join lateral (
    select coalesce('the database ' || pg_catalog.quote_ident(d.datname), 'the catalogue that all databases share')
) as place(name)
order by d.checksum_failures desc nulls last, d.datname nulls first
limit 50
