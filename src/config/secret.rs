//! Secrets, given as they are or in a file, as containers and systemd pass them on.

use std::fs;
use std::path::{Path, PathBuf};

/// `None`: neither is set. Space around a file's text does not count.
pub(super) fn read(
    variable: &str,
    value: &Option<String>,
    file: &Option<PathBuf>,
) -> Result<Option<String>, String> {
    let value = value.clone().filter(|value| !value.is_empty());
    let file = file.as_deref().filter(|file| !file.as_os_str().is_empty());
    match (value, file) {
        (Some(_), Some(_)) => Err(format!(
            "{variable} and {variable}_FILE are both set: give only one of them."
        )),
        (value, None) => Ok(value),
        (None, Some(file)) => read_file(&format!("{variable}_FILE"), file).map(Some),
    }
}

pub(super) fn read_file(variable: &str, file: &Path) -> Result<String, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("{variable}: {} cannot be read: {error}.", file.display()))?;
    match text.trim() {
        "" => Err(format!("{variable}: {} is empty.", file.display())),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_given_or_in_a_file_but_not_both() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let path = Some(file.clone());
        let value = Some("given".to_owned());
        assert_eq!(read("A", &None, &None), Ok(None));
        assert_eq!(
            read("A", &Some(String::new()), &Some(PathBuf::new())),
            Ok(None)
        );
        assert_eq!(read("A", &value, &None), Ok(value.clone()));
        assert!(read("A", &None, &path).unwrap_err().starts_with("A_FILE: "));
        fs::write(&file, " \n").unwrap();
        assert!(read("A", &None, &path).unwrap_err().contains("is empty"));
        fs::write(&file, "filed\n").unwrap();
        assert_eq!(read("A", &None, &path), Ok(Some("filed".to_owned())));
        assert!(
            read("A", &value, &path)
                .unwrap_err()
                .contains("A and A_FILE")
        );
    }
}
