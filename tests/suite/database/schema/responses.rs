//! What the schema shows of tables, columns and functions.

use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_described_with_columns_keys_and_comments() {
    let company = Company::new().await;
    company.sql("vacuum analyze orders").await;
    let path = format!("{API}?search=staff.employees&limit=1");
    let (status, body) = status_and_body(company.mia.get(&path).await).await;
    assert_eq!(status, 200, "{body}");
    let column = |name: &str, identifier: &str, kind: &str, is_key: bool| {
        json!({"name": name, "identifier": identifier, "type": kind, "nullable": !is_key, "primary_key": is_key,
               "comment": null, "references": null})
    };
    let mut dept_no = column("dept_no", "dept_no", "integer", false);
    dept_no["references"] = json!({"schema": "staff", "table": "departments", "column": "dept_no"});
    let mut grade = column("grade", "grade", "staff.grade", false);
    grade["nullable"] = json!(false);
    let expected = json!({"tables": [{
        "schema": "staff", "name": "employees", "identifier": "employees", "qualified": "staff.employees", "kind": "table",
        "comment": null, "rows_estimate": null,
        "columns": [
            column("emp_no", "emp_no", "integer", true),
            dept_no,
            column("Last Name", "\"Last Name\"", "character varying(40)", false),
            grade,
            column("salary", "salary", "numeric(10,2)", false),
        ],
        "foreign_keys": [{
            "columns": ["dept_no"],
            "references": {"schema": "staff", "table": "departments", "columns": ["dept_no"]},
        }],
    }], "truncated": false});
    assert_eq!(body, expected);

    let body = company.search("search=public.orders").await;
    let orders = table(&body, "orders");
    assert_eq!(orders["rows_estimate"], 50_000);
    assert_eq!(orders["qualified"], json!(null));
    assert_eq!(body["functions"], json!([]));
    let body = company.search("search=departments").await;
    let departments = table(&body, "departments");
    assert_eq!(departments["comment"], "Where people work <b>");
    assert_eq!(
        super::column(departments, "dept_name")["comment"],
        "As on the door"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_table_is_named() {
    let company = Company::new().await;
    let body = company.search("search=staff.").await;
    for (name, kind) in [
        ("departments", "table"),
        ("employee_names", "view"),
        ("headcount", "materialized view"),
        ("visits", "partitioned table"),
    ] {
        assert_eq!(table(&body, name)["kind"], kind);
    }
    assert_eq!(table(&body, "employee_names")["rows_estimate"], json!(null));
    company
        .sql(
            "create extension file_fdw;
             create server files foreign data wrapper file_fdw;
             create foreign table staff.log (line text) server files options (filename '/dev/null');
             grant select on staff.log to reader",
        )
        .await;
    let body = company.search("search=staff.log").await;
    assert_eq!(table(&body, "log")["kind"], "foreign table");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_two_columns_refers_column_by_column() {
    let company = Company::new().await;
    let body = company.search("table=staff.title_notes").await;
    let notes = table(&body, "title_notes");
    for name in ["emp_no", "title"] {
        let expected = json!({"schema": "staff", "table": "titles", "column": name});
        assert_eq!(column(notes, name)["references"], expected);
    }
    let keys = json!([{
        "columns": ["emp_no", "title"],
        "references": {"schema": "staff", "table": "titles", "columns": ["emp_no", "title"]},
    }]);
    assert_eq!(notes["foreign_keys"], keys);
    let body = company.search("table=staff.titles").await;
    let titles = table(&body, "titles");
    assert_eq!(column(titles, "emp_no")["primary_key"], true);
    assert_eq!(column(titles, "title")["primary_key"], true);
    assert_eq!(column(titles, "from_date")["primary_key"], false);
    assert_eq!(column(titles, "emp_no")["references"]["table"], "employees");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_to_a_partitioned_table_is_told_once() {
    let company = Company::new().await;
    company
        .sql(
            "alter table staff.visits add primary key (day, visitor);
             create table staff.notes_of_visits (day date, visitor text, foreign key (day, visitor) references staff.visits);
             grant select on staff.notes_of_visits to reader",
        )
        .await;
    let body = company.search("table=staff.notes_of_visits").await;
    let keys = &table(&body, "notes_of_visits")["foreign_keys"];
    assert_eq!(keys.as_array().unwrap().len(), 1, "{keys}");
    assert_eq!(keys[0]["references"]["table"], "visits");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_role_may_read_is_shown() {
    let company = Company::new().await;
    let all = company.search("search=").await;
    for hidden in ["secrets", "gold"] {
        assert!(
            !names(&all)
                .iter()
                .any(|name| name.ends_with(&format!(".{hidden}")))
        );
        for query in [format!("search={hidden}"), format!("table={hidden}")] {
            let body = company.search(&query).await;
            assert!(
                !body["tables"]
                    .to_string()
                    .contains(&format!("\"name\":\"{hidden}\"")),
                "{body}"
            );
        }
    }
    // A table whose columns are granted one by one has only those, and is not found by any other column.
    let body = company.search("search=payroll").await;
    let payroll = table(&body, "payroll");
    assert_eq!(payroll["columns"].as_array().unwrap().len(), 1, "{payroll}");
    assert_eq!(payroll["columns"][0]["name"], "amount");
    let by_column = company.found("emp_no").await;
    assert!(
        !by_column.contains(&"staff.payroll".to_owned()),
        "{by_column:?}"
    );
    assert!(
        by_column.contains(&"staff.titles".to_owned()),
        "{by_column:?}"
    );
    assert!(
        company
            .found("amount")
            .await
            .contains(&"staff.payroll".to_owned())
    );
    // A key does not lead to what may not be read.
    let body = company.search("table=staff.keys_to_gold").await;
    let keys = table(&body, "keys_to_gold");
    assert_eq!(column(keys, "bars")["references"], json!(null));
    assert_eq!(keys["foreign_keys"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_that_a_query_may_call_are_found_by_their_beginning() {
    let company = Company::new().await;
    let body = company.search("functions=Double").await;
    let double = json!({"schema": "staff", "name": "double", "forms": [{"arguments": "number integer", "returns": "integer"}]});
    assert_eq!(body["functions"], json!([double]));
    assert_eq!(body["tables"], json!([]));

    let body = company.search("functions=count").await;
    let counts = &body["functions"];
    assert_eq!(counts[0]["name"], "count");
    // One function with all its overloads, fewest arguments first.
    let forms = json!([{"arguments": "", "returns": "bigint"}, {"arguments": "\"any\"", "returns": "bigint"}]);
    assert_eq!(counts[0]["forms"], forms);
    let body = company.search("functions=row_number").await;
    assert_eq!(
        body["functions"][0]["forms"][0]["returns"], "bigint",
        "{body}"
    );
    // Functions for triggers and types, and functions that are not granted.
    for name in [
        "tsvector_update_trigger",
        "int4out",
        "internal",
        "double_s",
        "pg_ls_dir",
    ] {
        let body = company.search(&format!("functions={name}")).await;
        assert_eq!(body["functions"], json!([]), "{name}");
    }
    let body = company.search("functions=&limit=3").await;
    assert_eq!(body["functions"].as_array().unwrap().len(), 3);
    assert_eq!(body["truncated"], true);
}
