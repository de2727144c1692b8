//! `dataclips export` and `dataclips import`.

use std::io;
use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::site::Site;
use crate::model::backup::{self, Document, ExportError, Exported, Folder, KeptResults, Source};
use crate::model::note_export;

#[derive(Args)]
pub struct Export {
    /// Which results to write with their rows
    #[arg(long, value_enum, default_value = "pinned")]
    results: KeptResults,
    /// Write to this new folder, a file for each clip, instead of standard output
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

#[derive(Args)]
pub struct Import {
    /// Read this folder, as written by `export --to`, instead of standard input
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
}

pub async fn export(site: &Site, export: Export) -> Result<(), Failure> {
    note_export(&site.store).await?;
    let exported = match &export.to {
        None => to_standard_output(site, export.results).await,
        Some(path) => {
            let mut folder = Folder::create(path)
                .map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
            backup::export(&site.store, export.results, &mut folder).await
        }
    };
    let Exported { clips, results } = exported?;
    eprintln!("Exported {clips} clips and {results} results.");
    Ok(())
}

pub async fn import(site: &Site, import: Import) -> Result<(), Failure> {
    let source = match import.from {
        Some(folder) => Source::Folder(folder),
        None => Source::Document(Box::new(io::stdin())),
    };
    let imported = backup::import(&site.store, &site.key, source).await?;
    eprintln!(
        "Imported {} clips; {} already existed.",
        imported.clips, imported.known
    );
    Ok(())
}

async fn to_standard_output(site: &Site, kept: KeptResults) -> Result<Exported, ExportError> {
    let mut document = Document::new(io::stdout());
    backup::export(&site.store, kept, &mut document).await
}
