-- A company beside the orders of every test: keys, comments, kinds, and what the reader may not read.
create schema staff;
create schema vault;
grant usage on schema staff to reader;

create table staff.departments (
    dept_no integer primary key,
    dept_name text not null
);
comment on table staff.departments is 'Where people work <b>';
comment on column staff.departments.dept_name is 'As on the door';

create domain staff.grade as integer not null;

create table staff.employees (
    emp_no integer primary key,
    dept_no integer references staff.departments,
    "Last Name" varchar(40),
    grade staff.grade,
    salary numeric(10, 2),
    dropped text
);
alter table staff.employees drop column dropped;

create table staff.titles (
    emp_no integer references staff.employees,
    title text,
    from_date date,
    primary key (emp_no, title)
);

create table staff.title_notes (
    emp_no integer,
    title text,
    note text,
    foreign key (emp_no, title) references staff.titles
);

create view staff.employee_names as select emp_no, "Last Name" from staff.employees;
create materialized view staff.headcount as select dept_no, count(*) from staff.employees group by 1;

create table staff.visits (day date, visitor text) partition by range (day);
create table staff.visits_2026 partition of staff.visits for values from ('2026-01-01') to ('2027-01-01');

create table staff.payroll (emp_no integer references staff.employees, amount numeric);
create table vault.gold (bars integer primary key, emp_no integer);
create table staff.keys_to_gold (bars integer references vault.gold, door text);
create table "Order Items" (id integer, "select" text);
create table "100%_sure" (id integer);
create table staff.orders (id integer);

grant select on all tables in schema staff, public to reader;
grant select on all tables in schema vault to reader;
revoke select on secrets, staff.payroll from reader;
grant select (amount) on staff.payroll to reader;

create function staff.double(number integer) returns integer language sql as 'select number * 2';
create function staff.double_of_trigger() returns trigger language plpgsql as 'begin return null; end';
create function staff.double_secretly() returns integer language sql as 'select 2';
revoke execute on function staff.double_secretly() from public;
