//! Where a backup is read from: one document, or a folder with a file for each clip.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeSeed;

use super::batches::Batches;
use super::document::{Clip, Document};
use super::json::{self, Object};
use super::target::{CLIPS_FOLDER, HEAD_FILE};

pub enum Source {
    /// One document, such as standard input.
    Document(Box<dyn Read + Send>),
    /// A folder that `dataclips export --to` wrote.
    Folder(PathBuf),
}

impl Source {
    /// Blocks until everything is read and taken. Fails with a sentence.
    pub(super) fn read(self, batches: &mut Batches) -> Result<(), String> {
        match self {
            Self::Document(reader) => {
                let document = Object(Document(batches));
                json::read(BufReader::new(reader), document).map_err(|error| {
                    format!(
                        "Standard input is not a backup written by `dataclips export`: {error}."
                    )
                })
            }
            Self::Folder(path) => read_folder(&path, batches),
        }
    }
}

fn read_folder(folder: &Path, batches: &mut Batches) -> Result<(), String> {
    read_file(&folder.join(HEAD_FILE), Object(Document(batches)))?;
    let clips = folder.join(CLIPS_FOLDER);
    for file in clip_files(&clips).map_err(|error| unreadable(&clips, error))? {
        let clip = read_file(&file, Object(Clip(batches.spool())))?;
        batches.push(clip)?;
    }
    Ok(())
}

/// In one order, so that an import that failed fails at the same clip again.
fn clip_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let mut files: Vec<_> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    Ok(files)
}

fn read_file<S, T>(path: &Path, seed: S) -> Result<T, String>
where
    S: for<'de> DeserializeSeed<'de, Value = T>,
{
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    json::read(BufReader::new(file), seed).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: impl fmt::Display) -> String {
    format!(
        "{} is not part of a backup written by `dataclips export --to`: {error}.",
        path.display()
    )
}
