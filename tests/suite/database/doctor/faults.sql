-- One of each fault that the doctor looks for and that a database can have by itself. `reader` is the role that examines it.

-- Of 54,000 rows every fiftieth is left, the last among them: more than 100 MB of table and of index are empty.
create table bloated (filling text);
alter table bloated alter filling set storage plain;
create index bloated_filling on bloated (filling);
insert into bloated select lpad(n::text, 2000, '0') from generate_series(1, 54000) n;
delete from bloated where right(filling, 5)::int % 50 <> 0;

-- An index nobody uses, one that is there twice, and one whose columns lead another's.
create table measurements (id int generated always as identity primary key, place int, at int);
insert into measurements (place, at) select n % 100, n from generate_series(1, 60000) n;
create index measurements_unused on measurements (at);
create index measurements_twice on measurements (at);
create index measurements_leading on measurements (place);
create index measurements_both on measurements (place, at);

-- A foreign key without an index, and one whose index has its columns in another order, which serves. No autovacuum.
create table places (id int primary key, part int, unique (id, part));
insert into places select n, n from generate_series(0, 99) n;
create table visits (part int, place int, measurement int);
insert into visits select n % 100, n % 100, n from generate_series(1, 60000) n;
create index visits_place on visits (part, place);
alter table visits add constraint visits_place_served foreign key (place, part) references places (id, part);
alter table visits add constraint visits_measurement_slow foreign key (measurement) references measurements (id);
alter table visits set (autovacuum_enabled = off);

-- A constraint and triggers that check nothing.
alter table visits add constraint visits_place_positive check (place >= 0) not valid;
alter table measurements disable trigger all;

create table damaged (filling text);
insert into damaged select repeat('x', 500) from generate_series(1, 100);

-- Dead rows, for which autovacuum would have come long ago.
create table forgotten (id int);
alter table forgotten set (autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0);
insert into forgotten select generate_series(1, 30000);

-- A sequence that is nearly spent, and one that ends later than its column.
create table spent (id serial primary key);
select setval('spent_id_seq', 2147483000);
create table narrow (id smallint primary key);
create sequence narrow_numbers owned by narrow.id;
select setval('narrow_numbers', 30000);

select pg_create_physical_replication_slot('forgotten_reader', true);

alter database shop set enable_hashjoin = off;
grant usage on all sequences in schema public to reader;
grant select on all tables in schema public to reader;
