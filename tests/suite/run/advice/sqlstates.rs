//! What a SQLSTATE alone tells, and what rights have to do with it.

use super::Case;

pub(super) const RIGHTS: &[Case] = &[
    (
        "table secret",
        "42501",
        "ask an administrator to grant it SELECT.",
    ),
    (
        "table hidden.t",
        "42501",
        "grant it USAGE on the schema, and SELECT on its tables.",
    ),
    ("table numbers", "42501", "cannot read this sequence"),
    (
        "select nextval('numbers')",
        "42501",
        "It is not meant to call nextval().",
    ),
    ("select f()", "42501", "grant it EXECUTE"),
    ("call p(1)", "42501", "grant it EXECUTE"),
    ("table pg_authid", "42501", "takes more than reading"),
    (
        "select pg_read_file('/etc/passwd')",
        "42501",
        "takes more than reading",
    ),
    (
        "select set_config('log_statement', 'all', true)",
        "42501",
        "takes more than reading",
    ),
    (
        "select brin_summarize_new_values('pages')",
        "42501",
        "Only its owner can do this.",
    ),
    (
        "select * from orders for update",
        "25006",
        "cannot change anything or lock rows",
    ),
];

pub(super) const SQLSTATES: &[Case] = &[
    (
        "select date '2026-02-30'",
        "22008",
        "There is no such date or time.",
    ),
    (
        "select substring('x' from 1 for -1)",
        "22011",
        "greatest(length, 0)",
    ),
    (
        "select convert_from('\\xff', 'UTF8')",
        "22021",
        "give convert_from() the encoding",
    ),
    (
        "select date_trunc('foo', now())",
        "22023",
        "PostgreSQL's message names it",
    ),
    (
        "select 'x' ~ '['",
        "2201B",
        "The pattern is not a regular expression",
    ),
    ("select ln(0)", "2201E", "nullif()"),
    ("select sqrt(-1)", "2201F", "nullif()"),
    ("select width_bucket(1, 1, 1, 1)", "2201G", "nullif()"),
    ("select 1 limit -1", "2201W", "take numbers from 0"),
    ("select 1 offset -1", "2201X", "take numbers from 0"),
    (
        "select '\"\\u0000\"'::jsonb",
        "22P05",
        "an escape such as \\u0000",
    ),
    (
        "select 'x'::moood",
        "42704",
        "Check the spelling of what PostgreSQL names",
    ),
    (
        "select o.id from orders o, orders o",
        "42712",
        "have the same name",
    ),
    (
        "select date_part('day', '2026-01-01')",
        "42725",
        "date '2026-03-31'",
    ),
    (
        "select id from orders where count(*) > 1",
        "42803",
        "belongs in HAVING",
    ),
    (
        "select * from orders o where orders.id = 1",
        "42P01",
        "use only the alias",
    ),
    (
        "select id from orders order by 3",
        "42P10",
        "the position of one of them",
    ),
    (
        "with recursive t as (select * from t) select * from t",
        "42P19",
        "then UNION ALL",
    ),
    (
        "select 1 where row_number() over () = 1",
        "42P20",
        "around this one",
    ),
];
