//! The code of Share/Export as a visitor copies it, run by its program: curl and Node.js always, the others by
//! `make test-readers`, which installs them.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::share_page::line;
use crate::encode::{GEOMETRY, POINT};
use crate::http::{header, protect};
use crate::support::{Client, Clip, Server};

/// A program that runs a snippet, from standard input.
struct Program {
    /// The snippet.
    id: &'static str,
    command: &'static [&'static str],
    /// Prints the number of rows, and how often the first column is NULL. curl prints the rows themselves.
    count: &'static str,
    blank: Blank,
}

/// What a program makes of the empty string.
#[derive(Clone, Copy, PartialEq)]
enum Blank {
    Kept,
    Null,
}

const INSTALLED: [Program; 2] = [
    Program {
        id: "share-curl",
        command: &["sh"],
        count: "",
        blank: Blank::Kept,
    },
    Program {
        id: "share-javascript",
        command: &["node", "--input-type=module", "-"],
        count: "console.log(values.length, values.filter(([first]) => first === null).length)",
        blank: Blank::Kept,
    },
];

const READERS: [Program; 8] = [
    Program {
        id: "share-python",
        command: &["python3", "-"],
        count: "print(len(rows), rows.iloc[:, 0].isna().sum())",
        blank: Blank::Null,
    },
    Program {
        id: "share-polars",
        command: &["python3", "-"],
        count: "print(len(rows), rows.to_series(0).null_count())",
        blank: Blank::Kept,
    },
    Program {
        id: "share-duckdb",
        command: &["python3", "-c", DUCKDB],
        count: "",
        blank: Blank::Kept,
    },
    Program {
        id: "share-r",
        command: &["Rscript", "-"],
        count: "cat(nrow(rows), sum(is.na(rows[[1]])), \"\\n\")",
        blank: Blank::Null,
    },
    Program {
        id: "share-parquet-pandas",
        command: &["python3", "-"],
        // Where Python ends by itself, pyarrow may abort: <https://github.com/apache/arrow/issues/34314>.
        count: "print(len(rows), rows.iloc[:, 0].isna().sum(), flush=True); import os; os._exit(0)",
        blank: Blank::Kept,
    },
    Program {
        id: "share-parquet-polars",
        command: &["python3", "-"],
        count: "print(len(rows), rows.to_series(0).null_count())",
        blank: Blank::Kept,
    },
    Program {
        id: "share-parquet-duckdb",
        command: &["python3", "-c", DUCKDB],
        count: "",
        blank: Blank::Kept,
    },
    Program {
        id: "share-parquet-r",
        command: &["Rscript", "-"],
        count: "cat(nrow(rows), sum(is.na(rows[[1]])), \"\\n\")",
        blank: Blank::Kept,
    },
];

/// The library, because the command line cannot be told where the extension is that reads URLs.
const DUCKDB: &str = "
import pathlib, sys
sys.path.insert(0, f'{sys.prefix}/by_url')
import duckdb, duckdb_extension_httpfs
(httpfs,) = pathlib.Path(duckdb_extension_httpfs.__file__).parent.glob('extensions/*/httpfs.duckdb_extension')
duckdb.sql(f\"load '{httpfs}'\")
rows = duckdb.sql(sys.stdin.read()).fetchall()
print(len(rows), sum(row[0] is None for row in rows))";

/// Name, query; how often the first column is NULL, and how often the empty string.
const CLIPS: [(&str, &str, usize, usize); 9] = [
    (
        "one column with NULLs",
        "select case n when 2 then null when 3 then '' when 5 then null else 'x' end as a
         from generate_series(1, 5) as n",
        2,
        1,
    ),
    (
        "NULLs alone",
        "select null::text as a from generate_series(1, 3)",
        3,
        0,
    ),
    ("no rows", "select 1 as a where false", 0, 0),
    (
        "words for NULL",
        "select * from (values ('NA', 'null'), ('None', 'nan'), ('NULL', ''), ('', null), ('#N/A', 'x')) as t(a, b)",
        0,
        1,
    ),
    (
        "one row of text",
        "select 'x|y' as \"a|b\", '''quoted''' as b",
        0,
        0,
    ),
    (
        "a late text",
        "select n::text as a from generate_series(1, 25000) as n union all select 'x'",
        0,
        0,
    ),
    (
        "line breaks and quotes",
        r#"select * from (values (E'a\nb'), (E'\n'), (E'a\r\nb'), ('"q"'), ('c,c'), (E'\\.'), (null), ('ü')) as t("ü")"#,
        1,
        0,
    ),
    ("equal names", "select 1 as a, 2 as a, null as a", 0, 0),
    (
        "types that Parquet has",
        r"select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as id, array[1, null] as list, 1.50::numeric(5, 2) as number, 7::oid as oid,
             date '2026-03-31' as day, time '12:00' as time, timestamptz '2026-03-31 12:00+02' as at, '\x00ff'::bytea as bytes, true as flag",
        0,
        0,
    ),
];

/// The page of Share/Export by its query, with the secret of a clip link where the clip is protected.
async fn share(owner: &Client, clip: &Clip, query: &str, secret: Option<&str>) -> String {
    let page = owner.get(&format!("/{}/share{query}", clip.slug)).await;
    let page = page.text().await.unwrap();
    assert_eq!(page.contains("YOUR_CLIP_LINK"), secret.is_some(), "{page}");
    page.replace("YOUR_CLIP_LINK", secret.unwrap_or_default())
}

async fn link(server: &Server, clip: &Clip) -> String {
    let links = format!("/api/v1/clips/{}/links", clip.slug);
    let new = json!({"label": "program"});
    let made = server.administrator.post(&links, &new).await;
    let made: Value = made.json().await.unwrap();
    made["token"].as_str().unwrap().to_owned()
}

/// The clip's CSV, and its number of rows.
async fn expected(client: &Client, clip: &Clip) -> (usize, String) {
    let answer = client.get(&format!("/{}.csv", clip.slug)).await;
    let rows = header(&answer, "x-dataclips-rows").parse().unwrap();
    (rows, answer.text().await.unwrap())
}

/// What the program prints; where it fails, what it prints on standard error.
fn run(program: &Program, snippet: &str) -> Result<String, String> {
    let [name, words @ ..] = program.command else {
        panic!("{}: no command", program.id);
    };
    let mut child = Command::new(name)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{name}: {error}"))?;
    let text = format!("{snippet}\n{}\n", program.count);
    let mut stdin = child.stdin.take().unwrap();
    // A program that fails at once reads nothing; its status tells.
    stdin.write_all(text.as_bytes()).ok();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// “ok”, or what is wrong.
fn verdict(program: &Program, snippet: &str, rows: usize, nulls: [usize; 2], csv: &str) -> String {
    let printed = match run(program, snippet) {
        Ok(printed) => printed,
        Err(error) => return error,
    };
    let [nulls, blanks] = nulls;
    let nulls = if program.blank == Blank::Null {
        nulls + blanks
    } else {
        nulls
    };
    let counted = format!("{rows} {nulls}");
    let is_right = match program.id {
        "share-curl" => printed == csv,
        _ => printed.lines().last().map(str::trim) == Some(&counted),
    };
    if is_right {
        "ok".to_owned()
    } else {
        format!("{counted} expected: {printed}")
    }
}

/// Runs each program's snippet for each clip, open and protected; prints a line for each, and returns those that are wrong.
async fn attempt(programs: impl Iterator<Item = &Program> + Clone) -> Vec<String> {
    let server = Server::start().await;
    let owner = server.signed_in("ada@example.com").await;
    let mut wrong = Vec::new();
    for (name, sql, nulls, blanks) in CLIPS {
        let clip = server.create_clip(sql).await;
        let (rows, csv) = expected(&server.administrator, &clip).await;
        let secret = link(&server, &clip).await;
        for (access, query, secret) in [
            ("open", "", None),
            ("protected", "", Some(&*secret)),
            ("protected, stored", "?version=1&result=1", Some(&*secret)),
        ] {
            if access == "protected" {
                protect(&server, &clip).await;
            }
            let page = share(&owner, &clip, query, secret).await;
            for program in programs.clone() {
                let snippet = line(&page, program.id);
                let verdict = verdict(program, &snippet, rows, [nulls, blanks], &csv);
                let told = format!("| {} | {name} | {access} | {verdict} |", program.id);
                println!("{told}");
                if verdict != "ok" {
                    wrong.push(format!("{told}\n{snippet}"));
                }
            }
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_and_node_read_all_rows() {
    let wrong = attempt(INSTALLED.iter()).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// `make test-readers` installs pandas, polars and DuckDB. R counts only where it is installed, with its package for Parquet.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs programs that `make test-readers` installs"]
async fn data_frames_have_all_rows() {
    let has_r = |code: &str| {
        let output = Command::new("Rscript").args(["-e", code]).output();
        output.is_ok_and(|output| output.status.success())
    };
    // Rscript refuses an empty expression.
    let (has_r, has_arrow) = (has_r("1"), has_r("library(arrow)"));
    let is_installed = |program: &&Program| match program.id {
        "share-r" => has_r,
        "share-parquet-r" => has_arrow,
        _ => true,
    };
    let wrong = attempt(READERS.iter().filter(is_installed)).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What each program prints of five points, one of which is NULL.
const MAPS: [(Program, &[&str]); 3] = [
    (
        Program {
            id: "share-geopandas",
            command: &["python3", "-"],
            count: "print(len(rows), rows.geometry.isna().sum(), rows.crs.to_epsg(), rows.t[4])",
            blank: Blank::Kept,
        },
        &["5 1 4326 ü|5"],
    ),
    (
        Program {
            id: "share-gdal",
            command: &["sh"],
            count: "",
            blank: Blank::Kept,
        },
        &["Feature Count: 5", "Geometry: Point", "WGS 84", "t: String"],
    ),
    (
        Program {
            id: "share-psql",
            command: &["sh"],
            count: "",
            blank: Blank::Kept,
        },
        &["(5 rows)", "ü|5"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs programs that `make test-readers` installs"]
async fn maps_have_all_features_and_psql_runs_the_query() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser.batch_execute(GEOMETRY).await.unwrap();
    let owner = server.signed_in("ada@example.com").await;
    let sql = format!(
        "select 'ü|' || n as t, case when n <> 2 then '{POINT}'::geometry end as g
         from generate_series(1, 5) as n"
    );
    let clip = server.create_clip(&sql).await;
    let secret = link(&server, &clip).await;
    // Maps are offered once the columns are known.
    server.rows(&clip, "csv").await;
    for (access, secret) in [("open", None), ("protected", Some(&*secret))] {
        if access == "protected" {
            protect(&server, &clip).await;
        }
        let page = share(&owner, &clip, "", secret).await;
        for (program, expected) in &MAPS {
            let snippet = line(&page, program.id);
            let set = match program.id {
                "share-psql" => format!("export DATABASE_URL='{}'\n", server.data_url()),
                _ => String::new(),
            };
            let printed = run(program, &format!("{set}{snippet}")).unwrap_or_else(|error| error);
            let is_right = expected.iter().all(|words| printed.contains(words));
            println!("| {} | five points | {access} | {is_right} |", program.id);
            assert!(is_right, "{snippet}\n{printed}");
        }
    }
}
