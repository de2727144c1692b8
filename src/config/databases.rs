//! Databases found in the environment: `DATACLIPS_DATABASE_<NAME>_URL` and `HEROKU_POSTGRESQL_<COLOUR>_URL`,
//! or the same with `_FILE`, a file with the URL.

use std::ffi::OsString;
use std::path::Path;

use super::secret;
use crate::model::EnvironmentDatabase;
use crate::postgres::ConnectionUrl;

const PREFIXES: [&str; 2] = ["DATACLIPS_DATABASE_", "HEROKU_POSTGRESQL_"];
const SUFFIX: &str = "_URL";
const FILE_SUFFIX: &str = "_FILE";

/// The databases, and a sentence for each variable that cannot be used.
pub(super) fn read(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> (Vec<EnvironmentDatabase>, Vec<String>) {
    let mut databases: Vec<EnvironmentDatabase> = Vec::new();
    let mut problems = Vec::new();
    for (variable, url) in variables {
        let Some(variable) = variable.to_str() else {
            continue;
        };
        let Some(name) = database_name(variable) else {
            continue;
        };
        let url = match variable.ends_with(FILE_SUFFIX) {
            true => secret::read_file(variable, Path::new(&url)),
            false => Ok(url.to_string_lossy().into_owned()),
        };
        let url = url.and_then(|url| {
            ConnectionUrl::parse(&url).map_err(|error| format!("{variable}: {error}"))
        });
        match url {
            Err(problem) => problems.push(problem),
            Ok(_) if databases.iter().any(|database| database.name == name) => problems.push(format!(
                "{variable}: another variable already names the database “{name}”; rename one of them."
            )),
            Ok(url) => databases.push(EnvironmentDatabase { name, url }),
        }
    }
    (databases, problems)
}

fn database_name(variable: &str) -> Option<String> {
    let name = PREFIXES
        .iter()
        .find_map(|prefix| variable.strip_prefix(prefix))?;
    let name = name.strip_suffix(FILE_SUFFIX).unwrap_or(name);
    let name = name.strip_suffix(SUFFIX)?;
    (!name.is_empty()).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_may_be_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        std::fs::write(&file, "postgresql://reader:secret@db.example.com/shop\n").unwrap();
        let variable = |name: &str, value: &Path| (name.into(), value.into());
        let (databases, problems) = read(
            [
                variable("DATACLIPS_DATABASE_SALES_URL_FILE", &file),
                variable("DATACLIPS_DATABASE_LOST_URL_FILE", folder.path()),
                variable("DATACLIPS_DATABASE_OTHER_FILE", &file),
            ]
            .into_iter(),
        );
        assert_eq!(databases.len(), 1, "{databases:?}");
        assert_eq!(databases[0].name, "sales");
        assert_eq!(problems.len(), 1, "{problems:?}");
    }

    #[test]
    fn variables_become_databases() {
        let url = "postgresql://reader:secret@db.example.com/shop";
        let variable = |name: &str| (name.into(), url.into());
        let (databases, problems) = read(
            [
                variable("DATACLIPS_DATABASE_SALES_URL"),
                variable("HEROKU_POSTGRESQL_COPPER_URL"),
                variable("HEROKU_POSTGRESQL_SALES_URL"),
                variable("DATACLIPS_DATABASE__URL"),
                variable("DATABASE_URL"),
                ("DATACLIPS_DATABASE_BAD_URL".into(), "mysql://x".into()),
            ]
            .into_iter(),
        );
        let names: Vec<_> = databases
            .iter()
            .map(|database| database.name.as_str())
            .collect();
        assert_eq!(names, ["sales", "copper"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(!format!("{databases:?}{problems:?}").contains("secret"));
    }
}
