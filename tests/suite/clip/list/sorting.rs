//! The columns of the list: what they show, and the list in the order of each.

use serde_json::json;

use crate::clip::*;

/// Names in the list of the administrator, from page to page.
async fn names(browser: &Client, query: &str) -> Vec<String> {
    let (mut names, mut address) = (Vec::new(), format!("/?{query}"));
    loop {
        let answer = browser.get(&address).await;
        assert_eq!(answer.status(), 200, "{address}");
        let page = answer.text().await.unwrap();
        let titles = page.split("class=\"title\"").skip(1);
        names.extend(titles.map(|title| between(title, ">", "</a>")));
        if !page.contains("rel=\"next\"") {
            return names;
        }
        address = between(&page, "rel=\"next\" href=\"", "\"").replace("&#38;", "&");
    }
}

fn between(text: &str, start: &str, end: &str) -> String {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_sorted_by_every_column() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    server.add_database("Archive", &server.data_url()).await;
    let two = analyst.create("beta", "select generate_series(1, 2)").await;
    let failing = analyst
        .create("Alpha", "select 1 / (random() * 0)::int")
        .await;
    let one = server
        .administrator
        .create_clip_on("Archive", "select 1")
        .await;
    let api = format!("/api/v1/clips/{}", one.slug);
    server
        .administrator
        .patch(&api, &json!({"title": "gamma"}))
        .await;
    analyst.create("delta", "select 1").await;
    for path in [&two, &failing, &format!("/{}", one.slug)] {
        analyst.browser.get(&format!("{path}.csv")).await;
    }
    let browser = server.signed_in("ada@example.com").await;
    for (sort, order) in [
        ("", ["delta", "gamma", "Alpha", "beta"]),
        ("sort=-changed", ["delta", "gamma", "Alpha", "beta"]),
        ("sort=changed", ["beta", "Alpha", "gamma", "delta"]),
        ("sort=name", ["Alpha", "beta", "delta", "gamma"]),
        ("sort=-name", ["gamma", "delta", "beta", "Alpha"]),
        ("sort=database", ["gamma", "beta", "Alpha", "delta"]),
        ("sort=-owner", ["delta", "Alpha", "beta", "gamma"]),
        ("sort=-rows", ["beta", "gamma", "delta", "Alpha"]),
        ("sort=run", ["delta", "beta", "Alpha", "gamma"]),
        ("sort=-run", ["gamma", "Alpha", "beta", "delta"]),
        ("sort=nonsense", ["delta", "gamma", "Alpha", "beta"]),
        (
            "sort=rows&before=nonsense",
            ["Alpha", "delta", "gamma", "beta"],
        ),
    ] {
        assert_eq!(names(&browser, sort).await, order, "{sort}");
    }
    let page = browser
        .get("/?sort=-rows&search=a")
        .await
        .text()
        .await
        .unwrap();
    for words in [
        "class=\"rows\" aria-sort=\"descending\"><a href=\"/?search=a&#38;sort=rows\">Rows",
        "<a href=\"/?search=a&#38;sort=name\">Name",
        "title=\"The last run failed\">failed",
        "<td class=\"rows\">2</td>",
        "never",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_in_every_order_miss_and_repeat_nothing() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("One", "select 1 as a").await;
    analyst.browser.get(&format!("{clip}.csv")).await;
    let store = analyst.server.app.store.client().await.unwrap();
    // Names with what an address must escape; many that are equal in every other column.
    let sql = "with made as (
                   insert into clips (slug, title, owner_id, anyone)
                   select translate(md5(n::text || 'a'), '0123456789', 'ghijklmnop')::char(28), 'n-&%+ Ö ' || n / 3, owner_id, true
                   from clips, generate_series(1, 119) n
                   returning id
               ), added as (
                   insert into versions (clip_id, number, sql, database_id)
                   select made.id, 1, 'select 1', database_id from made, versions
                   returning clip_id
               )
               select from added";
    store.execute(sql, &[]).await.unwrap();
    let sql = "insert into results (clip_id, version, number, started_at, finished_at, checked_at, elapsed_us, columns, row_count, checksum)
               select clips.id, 1, 1, started_at, finished_at, checked_at + clips.id % 7 * interval '1 s', elapsed_us, columns, clips.id % 5, checksum
               from clips, results
               where clips.id % 3 = 0 and clips.id <> results.clip_id";
    store.execute(sql, &[]).await.unwrap();
    let administrator = analyst.server.signed_in("ada@example.com").await;
    for browser in [&administrator, &analyst.browser] {
        let mut sorted = names(browser, "").await;
        sorted.sort();
        assert_eq!(sorted.len(), 120);
        for column in ["name", "database", "owner", "rows", "run", "changed"] {
            let up = names(browser, &format!("sort={column}")).await;
            let mut down = names(browser, &format!("sort=-{column}")).await;
            down.reverse();
            assert_eq!(up, down, "{column}");
            let mut found = up;
            found.sort();
            assert_eq!(found, sorted, "{column}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_clip_shows_the_run_that_it_is_pinned_to() {
    let analyst = Analyst::new().await;
    let clip = analyst
        .create("Held", "select generate_series(1, 3) as a")
        .await;
    analyst.page(&clip).await;
    let shown = [("version", "1"), ("result", "1")];
    path_of(analyst.submit(&format!("{clip}/pin"), &shown).await).await;
    let changed = [("sql", "select 1 / (random() * 0)::int"), ("keep", "1")];
    path_of(analyst.submit(&clip, &changed).await).await;
    let (status, _) = seen(analyst.browser.get(&format!("{clip}?version=2")).await).await;
    assert_eq!(status, 404);
    let page = analyst.page("/").await;
    assert!(page.contains("<td class=\"rows\">3</td>"), "{page}");
}
