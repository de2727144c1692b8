//! The sample database: a small company, and a few clips that show what its data can do.

/// Creates and fills the tables, always with the same data.
pub(super) const SQL: &str = include_str!("sample.sql");

/// A clip on the sample database.
#[derive(Clone, Copy, Debug)]
pub struct Clip {
    pub title: &'static str,
    pub sql: &'static str,
}

/// The clips of a new server.
pub const CLIPS: [Clip; 4] = [
    Clip {
        title: "First five tables in pg_tables",
        sql: "SELECT * FROM pg_catalog.pg_tables ORDER BY tablename ASC LIMIT 5",
    },
    Clip {
        title: "The company, year by year",
        sql: "\
-- How many people worked here at the end of each year, and what they earned.
select
  year_end,
  count(*) as employees,
  count(*) filter (where hire_date > year_end - interval '1 year') as hired,
  round(avg(salary)) as average_salary,
  sum(salary) as payroll
from generate_series(date '2004-12-31', date '2025-12-31', '1 year') as moment,
lateral (select moment::date as year_end) as day
join salaries on from_date <= year_end and to_date > year_end
join employees using (emp_no)
group by year_end
order by year_end",
    },
    Clip {
        title: "Departments today",
        sql: "\
-- Who leads each department, how many work there, and what they earn.
select
  dept_name as department,
  manager.first_name || ' ' || manager.last_name as manager,
  count(*) as employees,
  min(salary) as lowest_salary,
  percentile_disc(0.5) within group (order by salary) as median_salary,
  max(salary) as highest_salary
from departments
join dept_emp using (dept_no)
join salaries using (emp_no)
join dept_manager using (dept_no)
join employees as manager on manager.emp_no = dept_manager.emp_no
where dept_emp.to_date = '9999-01-01'
  and salaries.to_date = '9999-01-01'
  and dept_manager.to_date = '9999-01-01'
group by dept_name, manager.emp_no
order by employees desc",
    },
    Clip {
        title: "The hundred longest careers",
        sql: "\
-- Everybody's way up the ladder, longest service first.
select
  emp_no,
  first_name || ' ' || last_name as name,
  hire_date,
  date '2025-12-31' - hire_date as days_of_service,
  array_agg(title order by titles.from_date) as titles,
  max(salary) as salary
from employees
join titles using (emp_no)
join salaries using (emp_no)
where salaries.to_date = '9999-01-01'
group by emp_no
order by hire_date, emp_no
limit 100",
    },
];
