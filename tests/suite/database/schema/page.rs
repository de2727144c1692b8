//! The page of a database's tables, as it is without JavaScript.

use super::*;
use crate::support::{Browser, Device};

async fn page(company: &Company, path: &str) -> String {
    let answer = company.mia.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_tables_by_schema_with_their_columns() {
    let company = Company::new().await;
    company.sql("vacuum analyze orders").await;
    let all = page(&company, PAGE).await;
    for words in [
        "<h1>Schema of data</h1>",
        "<h2>public</h2>",
        "<h2>staff</h2>",
        "4 columns, ≈ 50,000 rows",
        "materialized view, 2 columns",
        "Where people work &#60;b&#62;",
        "<span class=\"type\">numeric(10,2)</span>",
        "<span class=\"badge\">key</span>",
        "refers to </span>departments.dept_no</a>",
        "?search=staff%2Edepartments\"",
    ] {
        assert!(all.contains(words), "{words}: {all}");
    }
    assert!(!all.contains("There are more"), "{all}");
    let found = page(&company, &format!("{PAGE}?search=ORDERS")).await;
    assert!(found.contains("value=\"ORDERS\""), "{found}");
    assert_eq!(found.matches("<details open>").count(), 2, "{found}");
    assert!(!found.contains("departments"), "{found}");
    let nothing = page(&company, &format!("{PAGE}?search=<b>")).await;
    let words = "No table or column has “&#60;b&#62;” in its name.";
    assert!(nothing.contains(words), "{nothing}");
    let cut = page(&company, &format!("{PAGE}?limit=1")).await;
    assert!(cut.contains("There are more. Type to find them."), "{cut}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_tables_says_what_to_do() {
    let company = Company::new().await;
    company
        .sql("revoke select on all tables in schema staff, public from reader")
        .await;
    let empty = page(&company, PAGE).await;
    assert!(empty.contains("Ask an administrator to grant"), "{empty}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_fills_the_form_with_a_query_and_runs_nothing() {
    let company = Company::new().await;
    let path = "/clips/new?database=data&sql=select%20%3C/textarea%3E%0D%0Afrom%20nowhere";
    let form = page(&company, path).await;
    let words = ">\nselect &#60;/textarea&#62;\nfrom nowhere</textarea>";
    assert!(form.contains(words), "{form}");
    assert!(form.contains("<option selected"), "{form}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_somebody_finds_a_table_and_takes_its_first_rows() {
    let company = Company::new().await;
    let device = Device::phone().without_javascript();
    let browser = Browser::with(&company.server, device).await;
    browser.visit("/sign-in").await;
    browser.fill("E-mail address", "mia@example.com").await;
    browser.fill("Password", crate::support::PASSWORD).await;
    browser.press("Sign in").await;
    browser.is_at("/").await;
    browser.visit("/databases").await;
    browser.click_link("Schema of data").await;
    browser.is_at(PAGE).await;
    browser.fill("Find tables and columns", "employees").await;
    browser.press("Search").await;
    browser.sees("Last Name").await;
    browser.fits_the_screen().await;
    browser.click_link("refers to departments.dept_no").await;
    browser.sees("dept_name").await;
    browser.does_not_see("Last Name").await;
    browser.click_link("First 100 rows of departments").await;
    browser.sees("New clip").await;
    assert_eq!(
        browser.value("Query").await,
        "select * from staff.departments limit 100"
    );
}
