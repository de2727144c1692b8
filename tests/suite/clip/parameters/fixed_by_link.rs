//! The fields of a new clip link for the values that it fixes: those of the form above the rows.

use super::*;
use crate::clip::path_of;

const SQL: &str = "select {{day}}::date as day, {{country?}} as country, {{is_new = true}}::bool as is_new, \
    {{ids?}}::int[] as ids";

/// What a form without these values sends.
const LINK: [(&str, &str); 2] = [("label", "sheet"), ("expires", "never")];

fn links(page: &str) -> &str {
    let (_, section) = page.split_once("id=\"links\"").unwrap();
    section.split_once("</section>").unwrap().0
}

async fn stage() -> (Analyst, String) {
    let analyst = Analyst::new().await;
    let path = analyst.create("Days", SQL).await;
    let settings = serde_json::json!({"parameters": [
        {"name": "country", "label": "Country", "help": "Where it is", "options": ["France", "Spain"]},
        {"name": "day"}]});
    let slug = &path[1..];
    let administrator = &analyst.server.administrator;
    let answer = administrator
        .patch(&format!("/api/v1/clips/{slug}"), &settings)
        .await;
    assert_eq!(answer.status(), 200);
    (analyst, path)
}

async fn make(analyst: &Analyst, path: &str, values: &[(&str, &str)]) -> (u16, String) {
    let fields = [&LINK[..], values].concat();
    let answer = analyst.submit(&format!("{path}/links"), &fields).await;
    let status = answer.status().as_u16();
    let page = match status {
        303 => {
            let place = path_of(answer).await;
            analyst.page(place.split('#').next().unwrap()).await
        }
        _ => answer.text().await.unwrap(),
    };
    (status, links(&page).to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_the_fields_above_the_rows_with_the_values_of_the_page() {
    let (analyst, path) = stage().await;
    let page = analyst.page(&format!("{path}/share")).await;
    let section = links(&page);
    for part in [
        "<label for=\"value-fixed.country\">Country</label>",
        "Where it is",
        "<option value=\"\">Readers choose</option>",
        "name=\"null.country\"",
        "so you need one only to fix values.",
    ] {
        assert!(section.contains(part), "{part}: {section}");
    }
    assert!(!section.contains("name=\"null.day\""), "{section}");
    assert!(!section.contains(" selected>true"), "a default: {section}");
    assert!(field(section, "fixed.day").contains("type=\"date\""));
    // The order of the settings.
    let place = |name: &str| section.find(&format!("id=\"value-fixed.{name}\"")).unwrap();
    assert!(place("country") < place("day"));
    let query = "?day=2026-01-31&country=Spain&is_new=false&ids=1&ids=2";
    let page = analyst.page(&format!("{path}/share{query}")).await;
    let section = links(&page);
    for part in [
        "<option value=\"Spain\" selected>",
        "<option value=\"false\" selected>",
        "name=\"fixed.ids\" value=\"2\"",
    ] {
        assert!(section.contains(part), "{part}: {section}");
    }
    assert!(field(section, "fixed.day").contains("value=\"2026-01-31\""));
    let page = analyst.page(&format!("{path}/share?country=")).await;
    let null = "name=\"null.country\" value=\"1\" checked";
    assert!(links(&page).contains(null), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_cannot_be_read_is_refused_when_the_link_is_made() {
    let (analyst, path) = stage().await;
    let typed = [
        ("fixed.day", "2026-02-31"),
        ("fixed.country", "France"),
        ("csv", "1"),
    ];
    let (status, section) = make(&analyst, &path, &typed).await;
    assert_eq!(status, 422);
    let problem = "id=\"value-fixed.day-problem\">date/time field value out of range";
    assert!(section.contains(problem), "{section}");
    for kept in [
        "value=\"2026-02-31\"",
        "<option value=\"France\" selected>",
        "value=\"sheet\"",
        "name=\"csv\" value=\"1\" checked",
        "<option value=\"never\" selected>",
    ] {
        assert!(section.contains(kept), "{kept}: {section}");
    }
    let both = [("fixed.country", "France"), ("null.country", "1")];
    let (status, section) = make(&analyst, &path, &both).await;
    assert_eq!(status, 422);
    let problem = "id=\"value-fixed.country-problem\">Give a value or tick NULL, not both.";
    assert!(section.contains(problem), "{section}");
    let several = [("fixed.day", "2026-01-01"), ("fixed.day", "2026-01-02")];
    let (status, section) = make(&analyst, &path, &several).await;
    assert_eq!(status, 422);
    let problem = "id=\"value-fixed.day-problem\"><code>day</code> takes one value.";
    assert!(section.contains(problem), "{section}");
    // Nor does a program make one.
    let administrator = &analyst.server.administrator;
    let api = format!("/api/v1/clips{path}/links");
    let link = serde_json::json!({"label": "sheet", "values": {"day": "soon"}});
    let answer = administrator.post(&api, &link).await;
    assert_eq!(answer.status(), 422);
    let answer = answer.text().await.unwrap();
    assert!(answer.contains("parameter_unreadable"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn null_and_several_values_can_be_fixed() {
    let (analyst, path) = stage().await;
    let typed = [
        ("fixed.day", ""),
        ("null.country", "1"),
        ("fixed.ids", "1"),
        ("fixed.ids", "2"),
        ("fixed.ids", ""),
    ];
    let (status, section) = make(&analyst, &path, &typed).await;
    assert_eq!(status, 303);
    let (_, newest) = section.split_once("<li>").unwrap();
    for part in ["Country = NULL", "ids = {1,2}"] {
        assert!(newest.contains(part), "{part}: {newest}");
    }
    for left in ["day = ", "is_new = "] {
        assert!(!newest.contains(left), "{left}: {newest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn making_a_link_keeps_the_values_of_the_page() {
    let (analyst, path) = stage().await;
    let page = analyst.page(&format!("{path}/share?country=Spain")).await;
    let action = format!("action=\"{path}/links?country=Spain\"");
    assert!(links(&page).contains(&action), "{page}");
    let answer = analyst
        .submit(&format!("{path}/links?country=Spain"), &LINK)
        .await;
    let place = path_of(answer).await;
    assert_eq!(place, format!("{path}/share?country=Spain#links"));
}
