//! Code for programs that take one format and no other: maps take GeoJSON, and `psql` takes the query.

use super::snippets::{PLACEHOLDER, Snippet};

/// For maps.
pub struct MapUrl {
    pub geojson: String,
    /// Whether it is open to programs without a clip link.
    pub is_open: bool,
}

/// For `psql`.
pub struct QueryUrl {
    pub sql: String,
    pub is_open: bool,
}

impl MapUrl {
    pub fn snippets(&self) -> [Snippet; 2] {
        [
            ("share-geopandas", "Python with GeoPandas", self.geopandas()),
            ("share-gdal", "GDAL", self.gdal()),
        ]
        .map(|(id, label, text)| Snippet { id, label, text })
    }

    /// GeoPandas itself sends no headers, and reads an address in several steps.
    fn geopandas(&self) -> String {
        let url = &self.geojson;
        let headers = match self.is_open {
            true => String::new(),
            false => format!(", headers={{\"Authorization\": \"Bearer {PLACEHOLDER}\"}}"),
        };
        format!(
            r#"import geopandas
from io import BytesIO
from urllib.request import Request, urlopen

request = Request("{url}"{headers})
rows = geopandas.read_file(BytesIO(urlopen(request).read()))
print(rows)"#
        )
    }

    fn gdal(&self) -> String {
        let url = &self.geojson;
        match self.is_open {
            true => format!("ogrinfo -ro -so -al '{url}'"),
            false => format!(
                "ogrinfo -ro -so -al --config GDAL_HTTP_HEADERS 'Authorization: Bearer {PLACEHOLDER}' '{url}'"
            ),
        }
    }
}

impl QueryUrl {
    /// As an argument: from a file, `psql` would also execute backslash commands.
    pub fn snippet(&self) -> Snippet {
        let url = &self.sql;
        let header = match self.is_open {
            true => String::new(),
            false => format!("-H 'Authorization: Bearer {PLACEHOLDER}' "),
        };
        Snippet {
            id: "share-psql",
            label: "psql",
            text: format!(
                "query=$(curl --fail {header}'{url}') && psql \"$DATABASE_URL\" -c \"$query\""
            ),
        }
    }
}
