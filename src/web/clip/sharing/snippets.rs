//! Code that reads a clip's rows, for each program that people use. It reads every row, which the programs' defaults do
//! not where a row's only column is NULL: its line in CSV is blank.

/// The placeholder for a clip link's secret.
pub const PLACEHOLDER: &str = "YOUR_CLIP_LINK";

/// Code for one program.
pub struct Snippet {
    /// Its element on the page.
    pub id: &'static str,
    pub label: &'static str,
    pub text: String,
}

/// Where the rows are.
pub struct RowsUrls {
    pub csv: String,
    pub json: String,
    /// `None` where the format is not built in.
    pub parquet: Option<String>,
    /// Whether they are open to programs without a clip link.
    pub is_open: bool,
}

impl RowsUrls {
    pub fn snippets(&self) -> [Snippet; 6] {
        [
            ("share-curl", "curl", self.curl()),
            ("share-python", "Python with pandas", self.pandas()),
            ("share-polars", "Python with polars", self.polars()),
            ("share-duckdb", "DuckDB", self.duckdb()),
            ("share-r", "R", self.r()),
            (
                "share-javascript",
                "JavaScript, in a page or Node.js",
                self.javascript(),
            ),
        ]
        .map(|(id, label, text)| Snippet { id, label, text })
    }

    /// For data frames, with the types that columns have in PostgreSQL.
    pub fn typed_snippets(&self) -> Vec<Snippet> {
        let Some(url) = &self.parquet else {
            return Vec::new();
        };
        let snippets = [
            (
                "share-parquet-pandas",
                "Python with pandas, from Parquet",
                self.typed_pandas(url),
            ),
            (
                "share-parquet-polars",
                "Python with polars, from Parquet",
                self.typed_polars(url),
            ),
            (
                "share-parquet-duckdb",
                "DuckDB, from Parquet",
                self.typed_duckdb(url),
            ),
            ("share-parquet-r", "R, from Parquet", self.typed_r(url)),
        ];
        let snippets = snippets.into_iter();
        let snippets = snippets.map(|(id, label, text)| Snippet { id, label, text });
        snippets.collect()
    }

    /// The code for an open clip, or the one for a protected clip.
    fn by_access(&self, open: String, protected: String) -> String {
        if self.is_open { open } else { protected }
    }

    fn curl(&self) -> String {
        let url = &self.csv;
        self.by_access(
            format!("curl --fail '{url}'"),
            format!("curl --fail -H 'Authorization: Bearer {PLACEHOLDER}' '{url}'"),
        )
    }

    fn pandas(&self) -> String {
        let header = self.by_access(
            String::new(),
            format!("\n    storage_options={{\"Authorization\": \"Bearer {PLACEHOLDER}\"}},"),
        );
        format!(
            r#"import pandas

rows = pandas.read_csv(
    "{url}",{header}
    skip_blank_lines=False,
    keep_default_na=False,
    na_values=[""],
    low_memory=False,
)
print(rows)"#,
            url = self.csv
        )
    }

    /// Polars itself sends no headers.
    fn polars(&self) -> String {
        let url = &self.csv;
        self.by_access(
            format!(
                r#"import polars

rows = polars.read_csv("{url}", infer_schema_length=None)
print(rows)"#
            ),
            format!(
                r#"import polars
from urllib.request import Request, urlopen

request = Request("{url}", headers={{"Authorization": "Bearer {PLACEHOLDER}"}})
rows = polars.read_csv(urlopen(request).read(), infer_schema_length=None)
print(rows)"#
            ),
        )
    }

    fn duckdb(&self) -> String {
        let url = &self.csv;
        let secret = self.by_access(
            String::new(),
            format!("create secret (type http, bearer_token '{PLACEHOLDER}', scope '{url}');\n\n"),
        );
        format!(
            r#"{secret}from read_csv(
    '{url}',
    header = true, delim = ',', quote = '"', escape = '"',
    nullstr = '', allow_quoted_nulls = false, sample_size = -1
);"#
        )
    }

    fn r(&self) -> String {
        let url = &self.csv;
        let source = self.by_access(
            format!("\"{url}\""),
            format!("url(\"{url}\", headers = c(Authorization = \"Bearer {PLACEHOLDER}\"))"),
        );
        format!(
            r#"rows <- read.csv(
  {source},
  na.strings = "",
  blank.lines.skip = FALSE,
  check.names = FALSE,
  encoding = "UTF-8"
)
print(rows)"#
        )
    }

    /// With its default types, whole numbers beside NULL would be rounded.
    fn typed_pandas(&self, url: &str) -> String {
        let header = self.by_access(
            String::new(),
            format!("\n    storage_options={{\"Authorization\": \"Bearer {PLACEHOLDER}\"}},"),
        );
        format!(
            r#"import pandas

rows = pandas.read_parquet(
    "{url}",{header}
    dtype_backend="pyarrow",
)
print(rows)"#
        )
    }

    fn typed_polars(&self, url: &str) -> String {
        self.by_access(
            format!(
                r#"import polars

rows = polars.read_parquet("{url}")
print(rows)"#
            ),
            format!(
                r#"import polars
from urllib.request import Request, urlopen

request = Request("{url}", headers={{"Authorization": "Bearer {PLACEHOLDER}"}})
rows = polars.read_parquet(urlopen(request).read())
print(rows)"#
            ),
        )
    }

    fn typed_duckdb(&self, url: &str) -> String {
        let secret = self.by_access(
            String::new(),
            format!("create secret (type http, bearer_token '{PLACEHOLDER}', scope '{url}');\n\n"),
        );
        format!("{secret}from read_parquet('{url}');")
    }

    fn typed_r(&self, url: &str) -> String {
        let header = self.by_access(
            String::new(),
            format!(",\n  headers = c(Authorization = \"Bearer {PLACEHOLDER}\")"),
        );
        format!(
            r#"file <- tempfile(fileext = ".parquet")
download.file(
  "{url}",
  file,
  mode = "wb",
  quiet = TRUE{header}
)
rows <- arrow::read_parquet(file)
print(rows)"#
        )
    }

    fn javascript(&self) -> String {
        let options = self.by_access(
            String::new(),
            format!(", {{ headers: {{ Authorization: \"Bearer {PLACEHOLDER}\" }} }}"),
        );
        format!(
            r#"const response = await fetch("{url}"{options});
if (!response.ok) throw new Error((await response.json()).error.message);
const {{ fields, values }} = await response.json();
console.log(fields, values);"#,
            url = self.json
        )
    }
}
