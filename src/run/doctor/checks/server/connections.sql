-- Thresholds: 90 % and 95 % of what is allowed, as check_postgres (backends). Connections that are reserved for superusers, and since
-- PostgreSQL 16 for a role, are not counted as allowed.
with threshold as (
    select 90 as used_percent_amber, 95 as used_percent_red
), connected as (
    select a.usesysid, a.usename, a.datname, coalesce(a.state, 'unknown') as state
    from pg_catalog.pg_stat_activity a
    where a.backend_type = 'client backend'
), counted as (
    select 0 as place, 'this server' as whose, null::text as state, pg_catalog.count(*) as connections,
           pg_catalog.current_setting('max_connections')::int8 - pg_catalog.current_setting('superuser_reserved_connections')::int8
               - coalesce(pg_catalog.current_setting('reserved_connections', true)::int8, 0) as allowed
    from connected
  union all
    select 1, 'the database ' || pg_catalog.quote_ident(d.datname), null,
           (select pg_catalog.count(*) from connected c where c.datname = d.datname), d.datconnlimit
    from pg_catalog.pg_database d
    where d.datname = pg_catalog.current_database() and d.datconnlimit >= 0
  union all
    select 2, 'the role ' || pg_catalog.quote_ident(r.rolname), null, pg_catalog.count(*), nullif(r.rolconnlimit, -1)
    from connected c
    join pg_catalog.pg_roles r on r.oid = c.usesysid
    group by r.rolname, r.rolconnlimit
  union all
    select 3, 'the role ' || pg_catalog.quote_ident(usename), state, pg_catalog.count(*), null
    from connected
    group by usename, state
), rated as (
    select *, pg_catalog.round(100.0 * connections / nullif(allowed, 0), 1) as used_percent
    from counted
)
select case when used_percent >= used_percent_red then 'red' when used_percent >= used_percent_amber then 'amber' else 'green' end as grade,
       case when allowed is not null then pg_catalog.format('%s of %s connections %s %s are in use.', connections, allowed,
                                                         case place when 2 then 'of' else 'to' end, whose)
            when connections = 1 then pg_catalog.format('1 connection of %s%s.', whose, ' is ' || state)
            else pg_catalog.format('%s connections of %s%s.', connections, whose, ' are ' || state) end as finding,
       case when used_percent >= used_percent_amber
            then 'select pid, usename, application_name, client_addr, state, state_change from pg_stat_activity '
                 'where state = ''idle'' order by state_change limit 20;' end as statement,
       whose, state, connections, allowed, used_percent
from rated
cross join threshold
order by place, connections desc, whose, state
limit 60
