//! Share/Export: lines that work as they are, and a table for other people's pages.

use crate::clip::*;
use crate::encode::{GEOMETRY, POINT};
use crate::http::{header, hide_sql, protect};

/// What stands in a field or a snippet of the page, as its visitor copies it.
pub fn line(page: &str, id: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("id=\"{id}\""))
        .unwrap_or_else(|| panic!("{id}: {page}"));
    let tag = rest.split_once('>').unwrap();
    let text = match tag.0.split_once("value=\"") {
        Some((_, value)) => value.split('"').next().unwrap(),
        None => {
            let (_, code) = rest.split_once("<code>").unwrap();
            code.split("</code>").next().unwrap()
        }
    };
    text.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

/// The addresses of this server that a text names.
fn addresses<'a>(server: &Server, text: &'a str) -> Vec<&'a str> {
    let pieces = text.split(['"', '\'', ' ', '\n', '\r', ')']);
    let ours = pieces.filter_map(|piece| piece.strip_prefix(&server.url));
    ours.collect()
}

const LINES: [&str; 15] = [
    "share-link",
    "share-importdata",
    "share-excel-address",
    "share-embed",
    "share-curl",
    "share-python",
    "share-polars",
    "share-duckdb",
    "share-r",
    "share-javascript",
    "share-psql",
    "share-parquet-pandas",
    "share-parquet-polars",
    "share-parquet-duckdb",
    "share-parquet-r",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_line_names_an_address_that_works() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let path = analyst
        .create("Two \"orders\" & <more>", "select id from orders limit 2")
        .await;
    analyst.page(&path).await;
    let nobody = server.anonymous();
    for query in ["", "?version=1", "?version=1&result=1"] {
        let page = analyst.page(&format!("{path}/share{query}")).await;
        for id in LINES {
            // A frame's address is written in HTML.
            let text = line(&page, id).replace("&#38;", "&");
            let [address] = addresses(server, &text)[..] else {
                panic!("{id}: {text}");
            };
            assert!(address.ends_with(query), "{id}: {text}");
            let answer = nobody.get(address).await;
            assert_eq!(answer.status(), 200, "{id}: {text}");
        }
        for extension in [
            "csv", "tsv", "json", "ndjson", "xml", "xlsx", "parquet", "md", "sql",
        ] {
            let href = format!("href=\"{path}.{extension}{}\"", query.replace('&', "&#38;"));
            assert!(page.contains(&href), "{href}: {page}");
        }
        let separator = if query.is_empty() { "?" } else { "&#38;" };
        assert!(
            page.contains(&format!("{separator}bom=1&#38;guard=1\"")),
            "{page}"
        );
        let commas = "bom=1&guard=1&delimiter=%3B&decimal=%2C";
        let href = format!("{separator}{}\"", commas.replace('&', "&#38;"));
        assert!(page.contains(&href), "{page}");
        let and = if query.is_empty() { "?" } else { "&" };
        let address = format!("{path}.csv{query}{and}{commas}");
        assert_eq!(nobody.get(&address).await.status(), 200);
    }
    let page = analyst.page(&format!("{path}/share")).await;
    assert_eq!(
        line(&page, "share-importdata"),
        format!("=IMPORTDATA(\"{}{path}.csv\")", server.url)
    );
    let frame = line(&page, "share-embed");
    assert!(
        frame.contains("title=\"Two &#34;orders&#34; &#38; &#60;more&#62;\""),
        "{frame}"
    );
    for words in [
        "href=\"mailto:?subject=Two%20%22orders%22%20%26%20%3Cmore%3E&#38;body=",
        "href=\"https://x.com/intent/post?text=Two%20%22orders%22%20%26%20%3Cmore%3E&#38;url=http%3A%2F%2F",
        "rel=\"noopener noreferrer\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("YOUR_CLIP_LINK"), "{page}");
    for missing in ["?version=2", "?version=1&result=9"] {
        let answer = nobody.get(&format!("{path}/share{missing}")).await;
        assert_eq!(answer.status(), 404, "{missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_is_offered_where_one_column_is_known_to_hold_geometries() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let superuser = server.superuser().await;
    superuser.batch_execute(GEOMETRY).await.unwrap();
    let geometry = format!("'{POINT}'::geometry");
    for (sql, is_offered) in [
        (format!("select 1 as a, {geometry} as g"), true),
        ("select 1 as a".to_owned(), false),
        (format!("select {geometry} as f, {geometry} as g"), false),
    ] {
        let path = analyst.create("Places", &sql).await;
        let unknown = analyst.page(&format!("{path}/share")).await;
        assert!(!unknown.contains("geojson"), "{sql}");
        let shown = analyst.page(&path).await;
        assert_eq!(shown.contains(".geojson\""), is_offered, "{sql}");
        for query in ["", "?version=1", "?version=1&result=1"] {
            let page = analyst.page(&format!("{path}/share{query}")).await;
            // The download, two programs, and the format of a new link.
            for part in [
                &*format!("{path}.geojson"),
                "id=\"share-geopandas\"",
                "id=\"share-gdal\"",
                "name=\"geojson\"",
            ] {
                assert_eq!(page.contains(part), is_offered, "{sql} {part}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_clips_lines_work_with_a_clip_link() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let clip = server.create_clip("select 1 as a").await;
    protect(server, &clip).await;
    let share = format!("{}/share", path(&clip));
    assert_eq!(server.anonymous().get(&share).await.status(), 401);
    assert_eq!(analyst.browser.get(&share).await.status(), 403);
    let owner = server.signed_in("ada@example.com").await;
    let page = owner.get(&share).await.text().await.unwrap();
    assert!(page.contains("id=\"links\""), "{page}");
    for absent in ["id=\"share-embed\"", "excel.iqy", "Post on X"] {
        assert!(!page.contains(absent), "{absent}: {page}");
    }
    let links = format!("/api/v1/clips/{}/links", clip.slug);
    let new = serde_json::json!({"label": "sheet"});
    let made = server.administrator.post(&links, &new).await;
    let made: serde_json::Value = made.json().await.unwrap();
    let secret = made["token"].as_str().unwrap();
    for id in ["share-importdata", "share-excel-address"] {
        let text = line(&page, id).replace("YOUR_CLIP_LINK", secret);
        let [address] = addresses(server, &text)[..] else {
            panic!("{id}: {text}");
        };
        let answer = server.anonymous().get(address).await;
        assert_eq!(answer.status(), 200, "{id}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_is_offered_to_those_who_may_see_it_and_to_psql_without_blanks() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let clip = server.create_clip("select {{n = 1}}::int as n").await;
    let owner = server.signed_in("ada@example.com").await;
    let share = format!("{}/share", path(&clip));
    let file = format!("href=\"{}.sql\"", path(&clip));
    let page = analyst.page(&share).await;
    assert!(
        page.contains(&file) && !page.contains("share-psql"),
        "{page}"
    );
    hide_sql(server, &clip).await;
    let page = analyst.page(&share).await;
    assert!(!page.contains(".sql\""), "{page}");
    let page = owner.get(&share).await.text().await.unwrap();
    assert!(page.contains(&file), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clips_page_leads_to_what_it_shows() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    let page = analyst.page(&path).await;
    let share = |query: &str| format!("href=\"{path}/share{query}\" data-dialog");
    assert!(page.contains(&share("")), "{page}");
    analyst.submit(&path, &[("sql", "select 2 as b")]).await;
    for query in ["?version=1", "?version=1&result=1"] {
        let page = analyst.page(&format!("{path}{query}")).await;
        let share = share(&query.replace('&', "&#38;"));
        assert!(page.contains(&share), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_query_names_a_table_with_all_rows() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let clip = server
        .create_clip("select n, case n when 1 then '=1+1' when 2 then '<b>&' when 3 then '00123' end as t, n > 2 as b, date '2026-03-31' as d from generate_series(1, 250) as n")
        .await;
    let nobody = server.anonymous();
    let answer = nobody.get(&format!("{}/excel.iqy", path(&clip))).await;
    assert_eq!(answer.status(), 200);
    let file = header(&answer, "content-disposition").to_owned();
    assert!(
        file.starts_with("attachment") && file.contains(".iqy"),
        "{file}"
    );
    let query = answer.text().await.unwrap();
    let lines: Vec<&str> = query.split("\r\n").collect();
    assert_eq!(lines[..2], ["WEB", "1"]);
    assert_eq!(
        lines[3..],
        [
            "",
            "Selection=EntirePage",
            "Formatting=All",
            "DisableDateRecognition=True",
            ""
        ]
    );
    let answer = nobody
        .get(lines[2].strip_prefix(&server.url).unwrap())
        .await;
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
    assert_eq!(header(&answer, "x-frame-options"), "DENY");
    assert!(!header(&answer, "etag").is_empty());
    let table = answer.text().await.unwrap();
    for row in [
        "<th class=\"t\">n</th><th class=\"t\">t</th><th class=\"t\">b</th>",
        "<tr><td>1</td><td class=\"t\">'=1+1</td><td>false</td>",
        "<tr><td>2</td><td class=\"t\">&lt;b&gt;&amp;</td><td>false</td>",
        "<td class=\"t\">00123</td><td>true</td><td class=\"d\" x:num=\"46112\">2026-03-31</td></tr>",
        "<tr><td>250</td><td></td><td>true</td>",
        "</tr>\n</table>",
    ] {
        assert!(table.contains(row), "{row}: {table}");
    }
    let stored = format!("{}/excel.iqy?version=1&result=1", path(&clip));
    let query = nobody.get(&stored).await.text().await.unwrap();
    assert!(query.contains("/table?version=1&result=1\r\n"), "{query}");
    protect(server, &clip).await;
    let owner = server.signed_in("ada@example.com").await;
    for below in ["excel.iqy", "table"] {
        let address = format!("{}/{below}", path(&clip));
        assert_eq!(nobody.get(&address).await.status(), 401, "{below}");
        assert_eq!(analyst.browser.get(&address).await.status(), 403, "{below}");
        let (status, page) = seen(owner.get(&address).await).await;
        assert_eq!(status, 403);
        assert!(page.contains("address of a clip link"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_query_says_that_rows_were_cut() {
    let analyst = Analyst::new().await;
    let sql = "select n from generate_series(1, 30000) as n";
    let clip = analyst.server.create_clip(sql).await;
    let table = format!("{}/table", path(&clip));
    let table = analyst.server.anonymous().get(&table).await;
    let table = table.text().await.unwrap();
    assert!(
        table.ends_with(
            "</table>\n<p>The query returns more rows. Only the first 29999 are here.</p>\n"
        ),
        "{}",
        &table[table.len() - 200..]
    );
}
