//! The table of rows: a hundred at a time, sorted by links, on one stored result.

use std::time::Duration;

use tokio::time::timeout;

use crate::clip::*;

/// The cells of the table's first column.
fn first_column(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("<tbody>").unwrap();
    let (body, _) = body.split_once("</tbody>").unwrap();
    let rows = body.split("<tr>").skip(1).map(|row| {
        let cell = row.split_once("<td").unwrap().1.split_once('>').unwrap().1;
        cell.split_once("</td>").unwrap().0.trim().to_owned()
    });
    rows.collect()
}

/// The addresses of all links of the page.
fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1);
    let links = links.map(|link| link.split_once('"').unwrap().0);
    links.map(|link| link.replace("&#38;", "&")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_a_hundred_at_a_time_from_one_run() {
    let analyst = Analyst::new().await;
    let path = analyst
        .create(
            "Runs",
            "select n, clock_timestamp() as at from generate_series(1, 250) n",
        )
        .await;
    let first = analyst.page(&path).await;
    assert_eq!(first_column(&first).len(), 100);
    assert!(first.contains("Rows 1 to 100 of 250"), "{first}");
    let next = format!("{path}?page=2#rows");
    assert!(links(&first).contains(&next), "{:?}", links(&first));
    let second = analyst.page(&next).await;
    assert_eq!(first_column(&second)[0], "101");
    let third = analyst.page(&format!("{path}?page=3")).await;
    assert_eq!(first_column(&third).len(), 50);
    assert!(!third.contains(">Next</a>"), "{third}");
    // A page beyond the end is the last one.
    let beyond = analyst.page(&format!("{path}?page=99999999999")).await;
    assert_eq!(first_column(&beyond), first_column(&third));
    // All of one run: coming back to the first page shows the same moments.
    let again = analyst.page(&format!("{path}?page=1")).await;
    let moments = |page: &str| {
        let (_, body) = page.split_once("<tbody>").unwrap();
        body.split_once("</tbody>").unwrap().0.to_owned()
    };
    assert_eq!(moments(&again), moments(&first));
    assert_ne!(moments(&analyst.page(&path).await), moments(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heading_sorts_ascending_then_descending_then_not() {
    let analyst = Analyst::new().await;
    let sql =
        "select n, null as a, n::text as \"select\" from (values (10), (9), (null), (100)) v(n)";
    let path = analyst.create("Sorted", sql).await;
    let unsorted = ["10", "9", "NULL", "100"];
    let mut page = analyst.page(&path).await;
    for (expected, sorting) in [
        (["9", "10", "100", "NULL"], Some("ascending")),
        (["100", "10", "9", "NULL"], Some("descending")),
        (unsorted, None),
    ] {
        let link = links(&page).into_iter().find(|link| link.contains("#rows"));
        page = analyst.page(&link.unwrap()).await;
        let cells = first_column(&page);
        let cells: Vec<&str> = cells
            .iter()
            .map(|cell| if cell.contains("NULL") { "NULL" } else { cell })
            .collect();
        assert_eq!(cells, expected);
        match sorting {
            Some(way) => assert!(page.contains(&format!("aria-sort=\"{way}\"")), "{page}"),
            None => assert!(!page.contains("aria-sort"), "{page}"),
        }
    }
    // As text: the third column.
    let page = analyst.page(&format!("{path}?sort=3")).await;
    assert_eq!(first_column(&page)[..2], ["10", "100"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_stays_from_page_to_page() {
    let analyst = Analyst::new().await;
    let sql = "select n from generate_series(1, 250) n";
    let path = analyst.create("Sorted", sql).await;
    let page = analyst.page(&format!("{path}?sort=-1")).await;
    assert_eq!(first_column(&page)[0], "250");
    let next = format!("{path}?sort=-1&page=2#rows");
    assert!(links(&page).contains(&next), "{:?}", links(&page));
    assert_eq!(first_column(&analyst.page(&next).await)[0], "150");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_stays_from_page_to_page_and_order_to_order() {
    let analyst = Analyst::new().await;
    let sql = "select n, 'a&b ' || n as name from generate_series(1, 1000) n";
    let path = analyst.create("Filtered", sql).await;
    let page = analyst
        .page(&format!("{path}?filter=A%26B+1&sort=-1"))
        .await;
    assert!(page.contains("112 of 1,000 rows"), "{page}");
    assert!(page.contains("Rows 1 to 100 of 112"), "{page}");
    assert_eq!(first_column(&page)[..2], ["1000", "199"]);
    assert!(page.contains("value=\"A&#38;B 1\""), "{page}");
    for link in [
        format!("{path}?sort=-1&filter=A%26B%201&page=2#rows"),
        format!("{path}?filter=A%26B%201&page=1#rows"),
        format!("{path}?sort=2&filter=A%26B%201&page=1#rows"),
    ] {
        assert!(links(&page).contains(&link), "{link}: {:?}", links(&page));
    }
    let beyond = analyst.page(&format!("{path}?filter=a%26b+1&page=7")).await;
    assert!(beyond.contains("Rows 101 to 112 of 112"), "{beyond}");
    let none = analyst.page(&format!("{path}?filter=nobody")).await;
    assert!(none.contains("0 of 1,000 rows"), "{none}");
    assert!(none.contains("No row contains this text."), "{none}");
    // A frame on another page has no form.
    let embed = analyst.page(&format!("{path}/embed")).await;
    assert!(!embed.contains("<form"), "{embed}");
    assert_eq!(first_column(&embed)[0], "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_order_or_page_does_no_harm() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    for query in [
        "sort=0",
        "sort=7",
        "sort=-9223372036854775808",
        "page=0",
        "page=",
    ] {
        let page = analyst.page(&format!("{path}?{query}")).await;
        assert_eq!(first_column(&page), ["1"], "{query}");
    }
    for query in ["sort=a", "page=-1", "sort=1;2", "chart=2", "wait=soon"] {
        let answer = analyst.browser.get(&format!("{path}?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_version_is_paged_as_itself() {
    let analyst = Analyst::new().await;
    let path = analyst
        .create("Two", "select n from generate_series(1, 150) n")
        .await;
    let sql = [("sql", "select -n from generate_series(1, 150) n")];
    path_of(analyst.submit(&path, &sql).await).await;
    let page = analyst.page(&format!("{path}?version=1")).await;
    let next = format!("{path}?version=1&page=2#rows");
    assert!(links(&page).contains(&next), "{:?}", links(&page));
    assert_eq!(first_column(&analyst.page(&next).await)[0], "101");
}

/// People who may no longer read do not see rows that are still held.
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_result_is_protected_like_fresh_rows() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Mine", "select 1 as a").await;
    analyst.page(&path).await;
    let store = analyst.server.app.store.client().await.unwrap();
    store
        .execute("update clips set anyone = false", &[])
        .await
        .unwrap();
    let page = format!("{path}?page=1");
    assert_eq!(analyst.server.anonymous().get(&page).await.status(), 401);
    assert_eq!(analyst.browser.get(&page).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_database_shows_nothing_that_was_held() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Held", "select 1 as a").await;
    analyst.page(&path).await;
    let removed = analyst
        .server
        .administrator
        .delete("/api/v1/databases/data?force=1");
    assert_eq!(removed.await.status(), 204);
    let (status, page) = seen(analyst.browser.get(&format!("{path}?page=1")).await).await;
    assert_eq!(status, 503);
    assert!(!page.contains("<tbody>"), "{page}");
}

/// A page is bounded, whatever the cells hold and however often they have to be escaped.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_huge_cells_stays_a_page() {
    let analyst = Analyst::new().await;
    let columns: Vec<String> = (0..50)
        .map(|number| format!("repeat('<', 20000) as c{number}"))
        .collect();
    let sql = format!("select {} from generate_series(1, 100)", columns.join(", "));
    let path = analyst.create("Huge", &sql).await;
    // A page waits for a second, and after that for the next visit.
    let page = timeout(Duration::from_secs(60), async {
        loop {
            let page = analyst.page(&path).await;
            if page.contains("<tbody>") {
                break page;
            }
        }
    });
    let page = page.await.unwrap();
    assert!(page.len() < 16 << 20, "{}", page.len());
    assert!(page.contains("(cut here; downloads include all of it)"));
    let path = analyst
        .create("One huge cell", "select repeat('é', 1000000) as a")
        .await;
    let page = analyst.page(&path).await;
    assert!(
        page.len() < 200_000 && page.contains(&"é".repeat(20_000)),
        "{}",
        page.len()
    );
}
