//! What people are told when a query fails, each time by the failure itself: what it comes from, and what to write.

use dataclips::run::Failure;
use dataclips::run::error::sql_error::SqlError;

use super::shop;
use super::visits::Visits;
use crate::support::{Cluster, LIMITS};

const SHOP: &str = "
    create role r login;
    create table secret (id int);
    create index pages on orders using brin (id);
    create schema hidden; create table hidden.t (id int);
    create sequence numbers;
    create function f() returns int language sql as 'select 1';
    revoke execute on function f from public;
    create procedure p(inout int) language sql as 'select 1';
    revoke execute on procedure p from public;
    grant select on orders to r";

/// The text, its SQLSTATE, and a part of the advice.
type Case = (&'static str, &'static str, &'static str);

const CHARACTERS: &[Case] = &[
    (
        "select id\nfrom \u{a0}orders where note = 'a\u{a0}b'",
        "42P01",
        "There is a no-break space (U+00A0) in line 2, column 6: replace it by an ordinary space.",
    ),
    (
        "select id from\u{a0}orders",
        "42703",
        "no-break space (U+00A0) in line 1, column 15:",
    ),
    (
        "\u{feff}select id from orders",
        "42601",
        "There is a byte order mark (U+FEFF) in line 1, column 1: delete it.",
    ),
    (
        "select 'é',\u{200b}id from\u{200b}orders",
        "42703",
        "There is a zero-width space (U+200B) in line 1, column 12: delete it. There is one more such character.",
    ),
    (
        "select\u{3000}id,\u{3000}note\u{3000}from orders",
        "42601",
        "an ideographic space (U+3000) in line 1, column 7: replace it by an ordinary space. There are 2 more such",
    ),
    (
        "select id\u{2028}, \u{202f}note\u{ad} from orders",
        "42703",
        "There is an unusual line break (U+2028) in line 1, column 10: replace it by an ordinary space. There are 2 more",
    ),
    (
        "select \u{2060}1 + x",
        "42703",
        "There is an invisible character (U+2060) in line 1, column 8: delete it.",
    ),
    (
        "select x\u{1}",
        "42601",
        "There is a control character (U+0001) in line 1, column 9:",
    ),
    (
        "select ‘x’",
        "42703",
        "a typographic quote ‘ (U+2018) in line 1, column 8: replace it by ' around text, or by \" around a name.",
    ),
    ("select “id” from orders", "42703", "“ (U+201C)"),
    ("select * from «orders»", "42P01", "« (U+00AB)"),
    (
        "select * from orders where note = 'abc’",
        "42601",
        "a typographic quote ’ (U+2019) in line 1, column 39:",
    ),
    (
        "select id – 1 from orders",
        "42601",
        "There is a dash – (U+2013) in line 1, column 11: replace it by -, or by -- before a comment.",
    ),
    ("select id—1 from orders", "42703", "— (U+2014)"),
    ("select id−1 from orders", "42703", "− (U+2212)"),
    (
        "select id from orders where id ≥ 1",
        "42601",
        "the sign ≥ (U+2265) in line 1, column 32: write >= instead.",
    ),
    (
        "select id，note from orders",
        "42703",
        "There is a fullwidth character ， (U+FF0C) in line 1, column 10: replace it by ,.",
    ),
    (
        "select '5\u{a0}'::int",
        "22P02",
        "There is a no-break space (U+00A0) in line 1, column 10:",
    ),
    // Not to blame.
    (
        "select '“a”', x -- –\u{a0}",
        "42703",
        "Check the column's spelling",
    ),
    (
        "select '“5”'::int",
        "22P02",
        "A value does not have the form",
    ),
    ("select 'a\u{a0}', 1 / 0", "22012", "Divide by nullif"),
    (
        "select می\u{200c}خواهم from orders",
        "42703",
        "Check the column's spelling",
    ),
];

const OTHER_TOOLS: &[Case] = &[
    (
        "select * from orders where id = {{ x }}",
        "42601",
        "{{ x }} is a placeholder of Redash, Metabase and dbt. A clip's query is complete as it stands: write the \
         value itself in its place.",
    ),
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

const RIGHTS: &[Case] = &[
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
    ("table numbers", "42501", "may not read this sequence"),
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
        "Only its owner may do this.",
    ),
    (
        "select * from orders for update",
        "25006",
        "neither change anything nor lock rows",
    ),
];

const SQLSTATES: &[Case] = &[
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
        "an alias is known by that only",
    ),
    (
        "select id from orders order by 3",
        "42P10",
        "the place of one of them",
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

#[tokio::test]
async fn an_error_is_explained_by_what_it_comes_from() {
    let cluster = prepared_shop().await;
    let shop = Visits::new(&cluster.socket_url("r", "shop"), LIMITS).await;
    let cases = [CHARACTERS, OTHER_TOOLS, RIGHTS, SQLSTATES].concat();
    assert_advice(&shop, &cases).await;
    let columns: Vec<_> = (0..1_665).map(|number| number.to_string()).collect();
    let wide = error_of(&shop, &format!("select {}", columns.join(","))).await;
    assert!(wide.advice().unwrap().contains("at most 1,664 columns"));
    let call = format!("select jsonb_build_array({})", columns[..101].join(","));
    let long = error_of(&shop, &call).await;
    assert!(long.advice().unwrap().contains("at most 100 arguments"));
}

#[tokio::test]
async fn a_database_of_any_encoding_has_its_errors_marked_and_explained() {
    let cluster = prepared_shop().await;
    let data = "The data holds text that UTF-8 does not have";
    let lacks =
        |character: &str| format!("The query contains {character} in line 1, column 9, which");
    for (encoding, text, cases) in [
        ("UTF8", "é漢😀", vec![]),
        (
            "LATIN1",
            "éé",
            vec![
                ("select '€'", lacks("€ (U+20AC)")),
                ("select 1 – 2", "There is a dash – (U+2013)".to_owned()),
                ("select U&'\\20ac'", data.to_owned()),
            ],
        ),
        (
            "WIN1252",
            "é€",
            vec![
                ("select '漢'", lacks("漢 (U+6F22)")),
                ("select chr(129)", data.to_owned()),
            ],
        ),
        (
            "EUC_JP",
            "漢é",
            vec![
                ("select '€'", lacks("€ (U+20AC)")),
                ("table unreadable", data.to_owned()),
            ],
        ),
        ("SQL_ASCII", "é漢😀", vec![]),
    ] {
        let visits = encoded(&cluster, encoding).await;
        let sql = format!("select '{text}', '{text}',\n'{text}', * from orderz");
        let error = error_of(&visits, &sql).await;
        let before = sql[..sql.find("orderz").unwrap()].chars().count();
        assert_eq!(error.position, Some(before + 1), "{encoding}");
        assert_eq!(error.near_names, ["orders"], "{encoding}");
        for (sql, expected) in cases {
            let error = error_of(&visits, sql).await;
            assert_eq!(error.sqlstate, "22P05", "{encoding}: {sql}");
            let advice = error.advice().unwrap();
            assert!(advice.contains(&expected), "{encoding}: {sql}: {advice}");
        }
        let error = error_of(&visits, "select 'é',\u{3000}1").await;
        assert!(
            error
                .advice()
                .unwrap()
                .contains("(U+3000) in line 1, column 12")
        );
    }
}

#[tokio::test]
async fn what_a_standby_cannot_do_is_said_to_be_the_standbys() {
    let cluster = prepared_shop().await;
    cluster.write("data/standby.signal", "");
    cluster.restart("fast");
    let visits = Visits::new(&cluster.socket_url("r", "shop"), LIMITS).await;
    let cases = [
        (
            "select txid_current()",
            "25006",
            "The database is a standby",
        ),
        ("select * from orders for update", "25006", "nor lock rows"),
    ];
    assert_advice(&visits, &cases).await;
}

async fn prepared_shop() -> Cluster {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(SHOP).await.unwrap();
    cluster
}

async fn encoded(cluster: &Cluster, encoding: &str) -> Visits {
    let name = format!("in_{}", encoding.to_lowercase());
    let superuser = cluster.connect("postgres", "postgres").await;
    let create = format!("create database {name} encoding '{encoding}' template template0");
    superuser.batch_execute(&create).await.unwrap();
    let data = cluster.connect("postgres", &name).await;
    let orders = "create table orders (id int); grant select on orders to r";
    data.batch_execute(orders).await.unwrap();
    if encoding == "EUC_JP" {
        let unreadable =
            "create table unreadable as select convert_from('\\xa9a1', 'EUC_JP') as note;
                          grant select on unreadable to r";
        data.batch_execute(unreadable).await.unwrap();
    }
    Visits::new(&cluster.socket_url("r", &name), LIMITS).await
}

async fn assert_advice(visits: &Visits, cases: &[Case]) {
    let mut wrong = Vec::new();
    for (sql, sqlstate, expected) in cases {
        let error = error_of(visits, sql).await;
        let advice = error.advice().unwrap_or_default();
        if error.sqlstate != *sqlstate || !advice.contains(expected) {
            wrong.push(format!(
                "{sql}: {} {}: {advice}",
                error.sqlstate, error.message
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Running the text and only checking it explain an error in the same way.
async fn error_of(visits: &Visits, sql: &str) -> SqlError {
    let Err(Failure::Statement(error)) = visits.start(sql).summary().await else {
        panic!("{sql}");
    };
    if let Err(failure) = visits.runner.prepare(&visits.target, sql).await {
        assert_eq!(failure, Failure::Statement(error.clone()), "{sql}");
    }
    *error
}
