-- A small company, founded in 2004, up to the end of 2025. Everything is computed from the employee's number, so it is
-- the same every time. A current period ends on 9999-01-01.

revoke create on schema public from public;

-- Rights that everyone has in PostgreSQL but no reader needs: writing large objects and to the write-ahead log.
do $$
declare
  routine regprocedure;
begin
  for routine in
    select oid
    from pg_catalog.pg_proc
    where pronamespace = 'pg_catalog'::regnamespace
      and (proname like 'lo\_%' or proname in ('lowrite', 'loread', 'pg_logical_emit_message'))
  loop
    execute format('revoke execute on function %s from public', routine);
  end loop;
end
$$;

create table departments (
  dept_no char(4) constraint departments_pkey primary key,
  dept_name varchar(40) not null constraint departments_dept_name_key unique
);

create table employees (
  emp_no integer constraint employees_pkey primary key,
  birth_date date not null,
  first_name varchar(40) not null,
  last_name varchar(40) not null,
  gender char(1) not null constraint employees_gender_check check (gender in ('F', 'M', 'X')),
  hire_date date not null
);

create table dept_emp (
  emp_no integer not null constraint dept_emp_emp_no_fkey references employees on delete cascade,
  dept_no char(4) not null constraint dept_emp_dept_no_fkey references departments on delete cascade,
  from_date date not null,
  to_date date not null,
  constraint dept_emp_pkey primary key (emp_no, dept_no),
  constraint dept_emp_period_check check (from_date < to_date)
);

create table dept_manager (
  emp_no integer not null constraint dept_manager_emp_no_fkey references employees on delete cascade,
  dept_no char(4) not null constraint dept_manager_dept_no_fkey references departments on delete cascade,
  from_date date not null,
  to_date date not null,
  constraint dept_manager_pkey primary key (emp_no, dept_no),
  constraint dept_manager_period_check check (from_date < to_date)
);

create table titles (
  emp_no integer not null constraint titles_emp_no_fkey references employees on delete cascade,
  title varchar(50) not null,
  from_date date not null,
  to_date date not null,
  constraint titles_pkey primary key (emp_no, title, from_date),
  constraint titles_period_check check (from_date < to_date)
);

create table salaries (
  emp_no integer not null constraint salaries_emp_no_fkey references employees on delete cascade,
  salary integer not null constraint salaries_salary_check check (salary > 0),
  from_date date not null,
  to_date date not null,
  constraint salaries_pkey primary key (emp_no, from_date),
  constraint salaries_period_check check (from_date < to_date)
);

-- Always the same number for a person and throw, from 0 to sides - 1: a multiplicative hash within 63 bits.
create function pg_temp.dice(person integer, throw integer, sides integer)
returns integer
language plpgsql
immutable
as $$
declare
  x bigint := (person::bigint * 2654435761 + throw::bigint * 1013904223) % 4294967296;
begin
  x := ((x # (x >> 15)) * 1597334677) % 4294967296;
  x := ((x # (x >> 13)) * 1274126177) % 4294967296;
  return (x # (x >> 16)) % sides;
end
$$;

insert into departments (dept_no, dept_name)
values
  ('d001', 'Marketing'),
  ('d002', 'Finance'),
  ('d003', 'Human Resources'),
  ('d004', 'Production'),
  ('d005', 'Development'),
  ('d006', 'Quality Management'),
  ('d007', 'Sales'),
  ('d008', 'Research'),
  ('d009', 'Customer Service');

create temporary table names (
  culture integer primary key,
  women text[] not null,
  men text[] not null,
  families text[] not null
);

insert into names (culture, women, men, families)
values
  (0,
   array['Alice', 'Hannah', 'Grace', 'Emily', 'Charlotte', 'Ruth', 'Olivia', 'Joan', 'Beatrice', 'Helen', 'Sophie', 'Lucy'],
   array['Oliver', 'Thomas', 'George', 'Edward', 'Harry', 'Simon', 'Philip', 'Arthur', 'Daniel', 'Martin', 'Stephen', 'Hugh'],
   array['Whitfield', 'Ashworth', 'Carter', 'Hughes', 'Pemberton', 'O''Brien', 'Fletcher', 'MacLeod', 'Turner', 'Langley', 'Shaw', 'Bennett']),
  (1,
   array['Anna', 'Jördis', 'Käthe', 'Lena', 'Ursula', 'Greta', 'Sabine', 'Frieda', 'Monika', 'Heike', 'Johanna', 'Elke'],
   array['Jürgen', 'Matthias', 'Björn', 'Karl', 'Stefan', 'Günther', 'Lukas', 'Uwe', 'Heinrich', 'Dieter', 'Jonas', 'Rolf'],
   array['Müller', 'Schäfer', 'Vogel', 'Weiß', 'Köhler', 'Brandt', 'Lindner', 'Krüger', 'Baumgärtner', 'Jansen', 'Hoffmann', 'Zöllner']),
  (2,
   array['Amélie', 'Hélène', 'Chloé', 'Margaux', 'Sylvie', 'Inès', 'Camille', 'Thérèse', 'Juliette', 'Noémie', 'Élodie', 'Claire'],
   array['François', 'Étienne', 'Rémi', 'Luc', 'Jérôme', 'Baptiste', 'Antoine', 'Théo', 'Gaël', 'Marcel', 'Benoît', 'Yves'],
   array['Lefèvre', 'Moreau', 'Dubois', 'Gauthier', 'Béranger', 'Chevalier', 'Rousseau', 'Fontaine', 'Lemaître', 'D''Aubigny', 'Marchand', 'Giraud']),
  (3,
   array['Lucía', 'Sofía', 'Inés', 'Carmen', 'Pilar', 'Ximena', 'Rocío', 'Paloma', 'Belén', 'Mercedes', 'Noelia', 'Abril'],
   array['Javier', 'Andrés', 'Iván', 'Raúl', 'Joaquín', 'Diego', 'Tomás', 'Hernán', 'Pablo', 'Ramón', 'Esteban', 'Óscar'],
   array['García Ruiz', 'Núñez', 'Peña', 'Ibáñez', 'Morales', 'Zúñiga', 'Castillo', 'Ordóñez', 'Vega Soto', 'Herrera', 'Muñoz', 'Delgado']),
  (4,
   array['Aiko', 'Haruka', 'Yuki', 'Sakura', 'Naomi', 'Emi', 'Kaori', 'Mei', 'Rin', 'Chiyo', 'Ayumi', 'Hana'],
   array['Hiroshi', 'Kenji', 'Takumi', 'Ren', 'Shinji', 'Daichi', 'Yuto', 'Makoto', 'Satoshi', 'Kazuo', 'Ryo', 'Isamu'],
   array['Tanaka', 'Sato', 'Watanabe', 'Kobayashi', 'Ito', 'Mori', 'Hayashi', 'Yamaguchi', 'Ogawa', 'Fujita', 'Nakagawa', 'Ueda']),
  (5,
   array['Ananya', 'Priya', 'Meera', 'Kavita', 'Lakshmi', 'Nisha', 'Divya', 'Radha', 'Shreya', 'Pooja', 'Tara', 'Ishani'],
   array['Arjun', 'Vikram', 'Rohan', 'Sanjay', 'Kiran', 'Aditya', 'Dev', 'Nikhil', 'Rajesh', 'Suresh', 'Harish', 'Manoj'],
   array['Sharma', 'Iyer', 'Patel', 'Banerjee', 'Reddy', 'Nair', 'Chowdhury', 'Kulkarni', 'Menon', 'Desai', 'Kapoor', 'Subramanian']),
  (6,
   array['Chinwe', 'Amara', 'Ngozi', 'Abena', 'Folake', 'Zainab', 'Ifeoma', 'Akosua', 'Yetunde', 'Halima', 'Adaeze', 'Efua'],
   array['Chidi', 'Kwame', 'Babatunde', 'Emeka', 'Kofi', 'Ibrahim', 'Obinna', 'Yaw', 'Tunde', 'Musa', 'Segun', 'Kojo'],
   array['Okafor', 'Mensah', 'Adeyemi', 'Boateng', 'Nwosu', 'Bello', 'Owusu', 'Eze', 'Abubakar', 'Asante', 'Ogunleye', 'Diallo']),
  (7,
   array['Agnieszka', 'Zofia', 'Kateřina', 'Jana', 'Małgorzata', 'Lucie', 'Hanna', 'Božena', 'Ewa', 'Šárka', 'Dorota', 'Irena'],
   array['Łukasz', 'Tomáš', 'Paweł', 'Jiří', 'Marek', 'Ondřej', 'Wojciech', 'Vít', 'Stanisław', 'Petr', 'Michał', 'Radek'],
   array['Nowak', 'Dvořák', 'Wiśniewski', 'Černý', 'Zieliński', 'Král', 'Wójcik', 'Růžička', 'Mazur', 'Beneš', 'Pawlak', 'Šimek']),
  (8,
   array['Leyla', 'Fatima', 'Aylin', 'Yasmin', 'Noor', 'Zeynep', 'Salma', 'Şirin', 'Mariam', 'Elif', 'Dalia', 'Rania'],
   array['Omar', 'Yusuf', 'Emre', 'Karim', 'Hassan', 'Çağlar', 'Tariq', 'Mehmet', 'Sami', 'Oğuz', 'Bilal', 'Nabil'],
   array['Yılmaz', 'Haddad', 'Öztürk', 'Mansour', 'Demir', 'Al-Masri', 'Şahin', 'Khalil', 'Aydın', 'Nasser', 'Koç', 'Saleh']),
  (9,
   array['Astrid', 'Freja', 'Maja', 'Sólveig', 'Aino', 'Ingrid', 'Liv', 'Signe', 'Tuuli', 'Åsa', 'Birgitta', 'Karin'],
   array['Lars', 'Søren', 'Håkon', 'Mikko', 'Anders', 'Jørgen', 'Erik', 'Ville', 'Nils', 'Göran', 'Magnus', 'Torsten'],
   array['Lindqvist', 'Sørensen', 'Bjørnstad', 'Mäkinen', 'Åkesson', 'Dahl', 'Nygård', 'Holm', 'Virtanen', 'Ekström', 'Østergaard', 'Berg']),
  (10,
   array['Li Na', 'Xiuying', 'Mei Ling', 'Yan', 'Jing', 'Hui Min', 'Xia', 'Qing', 'Shu Fen', 'Ting', 'Yue', 'Lan'],
   array['Wei', 'Jun', 'Ming', 'Hao', 'Jian Hua', 'Lei', 'Zhi Qiang', 'Bo', 'Tao', 'Kai', 'Feng', 'Yong'],
   array['Chen', 'Zhao', 'Huang', 'Liu', 'Lin', 'Wu', 'Xu', 'Sun', 'Guo', 'Tang', 'Deng', 'Lü']),
  (11,
   array['Beatriz', 'Conceição', 'Larissa', 'Mariana', 'Inês', 'Fernanda', 'Letícia', 'Teresa', 'Raquel', 'Débora', 'Joana', 'Catarina'],
   array['João', 'Tiago', 'Caetano', 'Rafael', 'Luís', 'Gonçalo', 'Mateus', 'Sérgio', 'Duarte', 'Renato', 'Otávio', 'Nuno'],
   array['Araújo', 'Silva', 'Magalhães', 'Conceição', 'Ribeiro', 'Simões', 'Teixeira', 'Gusmão', 'Barbosa', 'Leitão', 'Pacheco', 'Moura']);

-- The number of people hired in each year: growth, with two bad years.
create temporary table hirings as
select year, count
from unnest(
  array[40, 30, 45, 60, 75, 18, 40, 65, 85, 100, 110, 125, 135, 150, 165, 175, 60, 190, 215, 180, 160, 150]
) with ordinality as hiring (count, n),
lateral (select 2003 + n::integer as year) as calendar;

create temporary table hired as
select
  10000 + row_number() over (order by hire_date, year, n)::integer as emp_no,
  hire_date
from hirings,
lateral generate_series(1, count) as n,
lateral (
  select make_date(year, 1, 1) + pg_temp.dice(year * 1000 + n, 1, 364) as hire_date
) as day;

-- The facts of a career: where it starts, when it ends, what it pays.
create temporary table careers as
select
  emp_no,
  hire_date,
  pg_temp.dice(emp_no, 2, 12) as culture,
  (array['F', 'M', 'F', 'M', 'M', 'F', 'M', 'F', 'M', 'F', 'M'])[1 + pg_temp.dice(emp_no, 3, 11)] as gender,
  hire_date - (20 * 365 + 150 + pg_temp.dice(emp_no, 4, 3000) + pg_temp.dice(emp_no, 5, 6500)) as birth_date,
  'd00' || (array[1, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 7, 7, 7, 7, 8, 8, 9, 9, 9])[1 + pg_temp.dice(emp_no, 6, 23)]
    as dept_no,
  least(
    case
      when pg_temp.dice(emp_no, 7, 100) < 42 then date '9999-01-01'
      else hire_date + 120 + pg_temp.dice(emp_no, 8, 2200) + pg_temp.dice(emp_no, 9, 3200)
    end,
    date '9999-01-01'
  ) as leave_date
from hired;

-- People who leave after the end of the data have not left yet.
update careers
set leave_date = '9999-01-01'
where leave_date > '2025-12-31';

update careers
set gender = 'X'
where pg_temp.dice(emp_no, 10, 160) = 0;

insert into employees (emp_no, birth_date, first_name, last_name, gender, hire_date)
select
  emp_no,
  birth_date,
  case
    when gender = 'F' or gender = 'X' and emp_no % 2 = 0 then own.women[1 + pg_temp.dice(emp_no, 11, 12)]
    else own.men[1 + pg_temp.dice(emp_no, 11, 12)]
  end,
  family.families[1 + pg_temp.dice(emp_no, 12, 12)],
  gender,
  hire_date
from careers
join names as own using (culture)
-- One in nine has a family name from another culture.
join names as family
  on family.culture = case
    when pg_temp.dice(emp_no, 13, 9) = 0 then pg_temp.dice(emp_no, 14, 12)
    else own.culture
  end
order by emp_no;

-- One in seven changes the department after a while, if they have not left.
create temporary table moves as
select
  emp_no,
  hire_date + 500 + pg_temp.dice(emp_no, 15, 1500) as move_date,
  'd00' || 1 + (substr(dept_no, 4)::integer + pg_temp.dice(emp_no, 16, 8)) % 9 as dept_no
from careers
where pg_temp.dice(emp_no, 17, 7) = 0;

delete from moves
using careers
where careers.emp_no = moves.emp_no
  and move_date >= least(leave_date, date '2025-12-31');

insert into dept_emp (emp_no, dept_no, from_date, to_date)
select emp_no, careers.dept_no, hire_date, coalesce(move_date, leave_date)
from careers
left join moves using (emp_no)
union all
select emp_no, moves.dept_no, move_date, leave_date
from moves
join careers using (emp_no)
order by 1, 3;

-- Up to four steps on a ladder, each after two to seven years.
create temporary table ladders (dept_no char(4) primary key, pay integer not null, steps text[] not null);

insert into ladders (dept_no, pay, steps)
values
  ('d001', 42000, array['Marketing Assistant', 'Marketing Specialist', 'Senior Marketing Specialist', 'Marketing Lead']),
  ('d002', 48000, array['Accountant', 'Senior Accountant', 'Financial Analyst', 'Financial Controller']),
  ('d003', 41000, array['HR Assistant', 'HR Specialist', 'Senior HR Specialist', 'HR Partner']),
  ('d004', 38000, array['Technician', 'Senior Technician', 'Production Engineer', 'Production Lead']),
  ('d005', 56000, array['Engineer', 'Senior Engineer', 'Staff Engineer', 'Principal Engineer']),
  ('d006', 45000, array['Quality Inspector', 'Quality Engineer', 'Senior Quality Engineer', 'Quality Lead']),
  ('d007', 44000, array['Sales Representative', 'Account Executive', 'Senior Account Executive', 'Key Account Lead']),
  ('d008', 54000, array['Researcher', 'Senior Researcher', 'Research Fellow', 'Principal Researcher']),
  ('d009', 35000, array['Support Agent', 'Support Specialist', 'Senior Support Specialist', 'Support Lead']);

create temporary table steps as
select
  emp_no,
  dept_no,
  step,
  hire_date + case
    when step = 1 then 0
    else sum(700 + pg_temp.dice(emp_no, 20 + step, 1900)) over (partition by emp_no order by step)::integer
  end as step_date,
  leave_date
from careers, generate_series(1, 4) as step;

delete from steps
where step_date >= least(leave_date, date '2025-12-31');

insert into titles (emp_no, title, from_date, to_date)
select
  emp_no,
  ladders.steps[step],
  step_date,
  coalesce(lead(step_date) over (partition by emp_no order by step), leave_date)
from steps
join ladders using (dept_no)
order by 1, 3;

-- A new salary each year: a raise of 1 to 5 per cent of the first one, and of 9 for each step up the ladder. Later
-- hires start higher.
insert into salaries (emp_no, salary, from_date, to_date)
select
  emp_no,
  (first_pay::bigint * (1000 + sum(raise) over years) / 10000 * 10)::integer,
  from_date,
  least((hire_date + make_interval(years => year + 1))::date, leave_date)
from (
  select
    careers.emp_no,
    hire_date,
    leave_date,
    year,
    from_date,
    pay
      + pg_temp.dice(careers.emp_no, 30, 14000)
      + 900 * (extract(year from hire_date)::integer - 2004) as first_pay,
    case
      when year = 0 then 0
      else 10 + pg_temp.dice(careers.emp_no, 40 + year, 41) + 90 * (
        select count(*)
        from steps
        where steps.emp_no = careers.emp_no
          and step > 1
          and step_date > from_date - 365
          and step_date <= from_date
      )
    end as raise
  from careers
  join ladders using (dept_no),
  lateral generate_series(0, 21) as year,
  lateral (select (hire_date + make_interval(years => year))::date as from_date) as start
  where from_date < least(leave_date, date '2025-12-31')
) as pay
window years as (partition by emp_no order by year)
order by 1, 3;

update salaries
set to_date = '9999-01-01'
where to_date > '2025-12-31';

-- Each department is led by one person at a time, chosen by the dice among those who stay long enough. Taking turns
-- by number prevents choosing a person twice.
insert into dept_manager (emp_no, dept_no, from_date, to_date)
select emp_no, dept_no, reign.from_date, reign.to_date
from departments,
lateral (
  select
    date '2005-01-01' + offset_days as a,
    date '2010-04-01' + offset_days as b,
    date '2015-09-01' + offset_days as c,
    date '2020-11-01' + offset_days as d
  from (select substr(dept_no, 4)::integer * 47 as offset_days) as shift
) as turn,
lateral (
  values (1, a, b), (2, b, c), (3, c, d), (4, d, date '9999-01-01')
) as reign (n, from_date, to_date),
lateral (
  select emp_no
  from dept_emp
  where dept_emp.dept_no = departments.dept_no
    and dept_emp.from_date < reign.from_date
    and dept_emp.to_date >= reign.to_date
    and emp_no % 4 = reign.n - 1
  order by pg_temp.dice(emp_no, 60 + reign.n, 100000), emp_no
  limit 1
) as chosen
order by dept_no, reign.from_date;

create index dept_emp_dept_no_idx on dept_emp (dept_no);

create index dept_manager_dept_no_idx on dept_manager (dept_no);

create index employees_last_name_idx on employees (last_name, first_name);

comment on table departments is 'The parts of the company';

comment on column departments.dept_no is 'd001 to d009';

comment on table employees is 'Everyone who works or ever worked here';

comment on column employees.emp_no is 'In the order of hiring, from 10001';

comment on column employees.gender is 'F, M or X';

comment on table dept_emp is 'Who worked in which department, from when to when';

comment on column dept_emp.to_date is 'The day after the last one; 9999-01-01 while it lasts';

comment on table dept_manager is 'Who led which department, from when to when';

comment on column dept_manager.to_date is 'The day after the last one; 9999-01-01 while it lasts';

comment on table titles is 'Who held which title, from when to when';

comment on column titles.to_date is 'The day after the last one; 9999-01-01 while it lasts';

comment on table salaries is 'Who earned how much, from when to when';

comment on column salaries.salary is 'Whole euros a year';

comment on column salaries.to_date is 'The day after the last one; 9999-01-01 while it lasts';

grant select on all tables in schema public to dataclips_reader;

analyze;
