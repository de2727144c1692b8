//! What a URL may look like, and the name and type of the file it returns.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::encode::{GEOMETRY, POINT};
use crate::http::{ask, change, header};
use crate::support::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_text_after_the_slug_is_never_checked() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    for text in [
        "",
        "-any.text.v2",
        "-Gr%C3%B6%C3%9Fe",
        // Latin-1, as old programs send it.
        "-Gr%F6%DFe",
        "-a%2Fb%20c%3F",
        "-",
        "--",
        "-..",
        "-%F0%9F%98%80",
        "-%3Cscript%3E",
        "-.json",
        "-x.json.pdf",
        ".json",
    ] {
        let answer = ask(&server.anonymous(), &clip, &format!("{text}.csv")).await;
        assert_eq!(answer.status(), 200, "{text}");
        assert_eq!(answer.text().await.unwrap(), "a\n1\n", "{text}");
        let encoded = ask(&server.anonymous(), &clip, &format!("{text}%2Ecsv")).await;
        assert_eq!(encoded.status(), 200, "{text}");
    }
    for text in ["", "-some-text", "-", "-Gr%F6%DFe"] {
        let answer = ask(&server.anonymous(), &clip, text).await;
        assert_eq!(answer.status(), 200, "{text}");
        assert!(
            header(&answer, "content-type").starts_with("text/html"),
            "{text}"
        );
    }
    for text in ["x", "_x", "%20"] {
        let answer = ask(&server.anonymous(), &clip, &format!("{text}.csv")).await;
        assert_eq!(answer.status(), 404, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_very_long_address_is_served_or_refused() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let long = format!("-{}.csv?{}", "x".repeat(20_000), "y=z&".repeat(5_000));
    assert_eq!(ask(&server.anonymous(), &clip, &long).await.status(), 200);
    let host = server.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /{}-{}.csv HTTP/1.1\r\nHost: {host}\r\n\r\n",
        clip.slug,
        "x".repeat(100_000)
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 414");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_a_readable_name() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    for (title, plain, whole) in [
        ("Orders by day", "Orders by day", "Orders%20by%20day"),
        ("Größe", "Gr__e", "Gr%C3%B6%C3%9Fe"),
        ("say \"hi\"; x=y", "say _hi__ x_y", "say%20_hi_%3B%20x%3Dy"),
        ("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"),
        ("..", "clip", "clip"),
        (".x", "x", "x"),
        ("C:\\x", "C__x", "C__x"),
        ("100 % 😀", "100 _ _", "100%20%25%20%F0%9F%98%80"),
        (&"x".repeat(200), &"x".repeat(200), &"x".repeat(200)),
        (
            &"😀".repeat(60),
            &"_".repeat(50),
            &"%F0%9F%98%80".repeat(50),
        ),
    ] {
        change(&server, &clip, json!({"title": title})).await;
        for (rest, extension) in [
            (".csv", "csv"),
            (".xls", "xlsx"),
            ("-other.xlsx", "xlsx"),
            (".json", "json"),
            (".md", "md"),
            (".sql", "sql"),
        ] {
            let answer = ask(&server.anonymous(), &clip, rest).await;
            let expected = format!(
                "attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{whole}.{extension}"
            );
            assert_eq!(header(&answer, "content-disposition"), expected, "{title}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_format_names_its_type() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser.batch_execute(GEOMETRY).await.unwrap();
    let sql = format!("select '{POINT}'::geometry as g");
    let clip = server.create_clip(&sql).await;
    let workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    for (rest, content_type) in [
        ("", "text/html; charset=utf-8"),
        (".csv", "text/csv; charset=utf-8"),
        (".tsv", "text/tab-separated-values; charset=utf-8"),
        (".json", "application/json"),
        (".ndjson", "application/x-ndjson"),
        (".xml", "application/xml"),
        (".xls", workbook),
        (".xlsx", workbook),
        (".geojson", "application/geo+json"),
        (".md", "text/markdown; charset=utf-8"),
        (".sql", "application/sql"),
    ] {
        let answer = ask(&server.anonymous(), &clip, rest).await;
        assert_eq!(header(&answer, "content-type"), content_type);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_and_guards_are_added_only_on_request() {
    let server = Server::start().await;
    let sql = "select '=1+1' as a, -5 as b, '-5' as c, '+x' as d, '@y,z' as e, 'mail@example.com' as f, -1.5e3::float8 as g";
    let clip = server.create_clip(sql).await;
    let header = "a,b,c,d,e,f,g\n";
    let plain = format!("{header}=1+1,-5,-5,+x,\"@y,z\",mail@example.com,-1500\n");
    let guarded = format!("{header}'=1+1,-5,-5,'+x,\"'@y,z\",mail@example.com,-1500\n");
    for (query, expected) in [
        ("", plain.clone()),
        ("?bom=0&guard=0", plain.clone()),
        ("?bom=1", format!("\u{feff}{plain}")),
        ("?guard=1", guarded.clone()),
        ("?bom=1&guard=1", format!("\u{feff}{guarded}")),
    ] {
        let answer = ask(&server.anonymous(), &clip, &format!(".csv{query}")).await;
        assert_eq!(
            String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap(),
            expected,
            "{query}"
        );
        let json = ask(&server.anonymous(), &clip, &format!(".json{query}")).await;
        assert!(
            json.text().await.unwrap().contains("[\"=1+1\",-5,"),
            "{query}"
        );
    }
}
