//! Texts of other tools, and of other databases.

use super::Case;

pub(super) const OTHER_TOOLS: &[Case] = &[
    (
        "select 1 {% if a %}",
        "42601",
        "{% if a %} is a placeholder of Jinja",
    ),
    (
        "select * from orders where id = {x}",
        "42601",
        "{x} is a placeholder of Blazer",
    ),
    (
        "select * from orders where id = :x",
        "42601",
        ":x is a placeholder of psql, SQLAlchemy",
    ),
    (
        "select * from orders where id=:x",
        "42601",
        ":x is a placeholder",
    ),
    (
        "select * from orders where note = :'x'",
        "42601",
        ":'x' is a placeholder",
    ),
    ("select * from :\"x\"", "42601", ":\"x\" is a placeholder"),
    (
        "select * from orders where id = %(x)s",
        "42601",
        "%(x)s is a placeholder of Python's",
    ),
    (
        "select * from orders where note like '%s' and id = %s",
        "42601",
        "%s is a placeholder",
    ),
    (
        "select * from orders where id = @x",
        "42703",
        "@x is a placeholder of SQL Server",
    ),
    (
        "select * from orders where id=@x",
        "42703",
        "@x is a placeholder",
    ),
    (
        "select * from orders where id = &x",
        "42703",
        "&x is a placeholder of Oracle",
    ),
    (
        "select * from orders where id = ?",
        "42601",
        "? is a placeholder of JDBC",
    ),
    (
        "select * from orders where id in (?, ?)",
        "42601",
        "? is a placeholder",
    ),
    (
        "select * from orders where id = ${x}",
        "42601",
        "${x} is a placeholder of Grafana",
    ),
    (
        "select * from orders where $__timeFilter(id)",
        "42601",
        "$__timeFilter is a placeholder",
    ),
    (
        "\\d orders",
        "42601",
        "\\d is a command of psql, not SQL. The schema is beside the editor; or select from information_schema.columns",
    ),
    (
        "select 1; \\gx",
        "42601",
        "\\gx is a command of psql, not SQL. Leave it out.",
    ),
    (
        "\\copy orders to stdout",
        "42601",
        "Write the query alone; its page has the downloads.",
    ),
    (
        "select 1 as a;\nGO",
        "42601",
        "GO is a command of SQL Server's tools",
    ),
    ("table `orders`", "42601", "write \"orders\""),
    (
        "select [id] from orders",
        "42601",
        "not with [ ]: write \"id\"",
    ),
    (
        "select * from orders limit 10, 20",
        "42601",
        "Write limit 20 offset 10.",
    ),
    (
        "select top 10 * from orders",
        "42601",
        "PostgreSQL has no top: write limit 10",
    ),
    (
        "show tables",
        "42704",
        "select from information_schema.tables",
    ),
    (
        "describe orders",
        "42601",
        "select from information_schema.tables",
    ),
    (
        "select * from orders where id == 1",
        "42883",
        "PostgreSQL compares with one =.",
    ),
    (
        "select * from orders where id = 1 && note = 'x'",
        "42601",
        "joins conditions with and",
    ),
    (
        "select * from orders where true && false",
        "42883",
        "joins conditions with and",
    ),
    (
        "select * from orders where !true",
        "42883",
        "PostgreSQL negates with not.",
    ),
    (
        "select id:text from orders",
        "42601",
        "A cast has two colons",
    ),
    (
        "select * from orders where note = 'it's'",
        "42601",
        "The ' in line 1, column 40 opens text that is not closed. Inside text, ' is written twice, as in 'it''s'.",
    ),
    (
        "select \"id from orders",
        "42601",
        "The \" in line 1, column 8 opens a name that is not closed.",
    ),
    (
        "select $a$ from orders",
        "42601",
        "The $ quote in line 1, column 8 is not closed",
    ),
    (
        "select 1 /* a",
        "42601",
        "The comment in line 1, column 10 is not closed",
    ),
    (
        "select {1, 2}",
        "42601",
        "Check the text at the marked place",
    ),
    // Not to blame.
    (
        "select id &x from orders",
        "42703",
        "Check the column's spelling",
    ),
    (
        "select id % s from orders",
        "42703",
        "Check the column's spelling",
    ),
    (
        "select (array[1])[1:x]",
        "42703",
        "Check the column's spelling",
    ),
    (
        "select ':x', '{{x}}', id from from",
        "42601",
        "Check the text at the marked place",
    ),
];
