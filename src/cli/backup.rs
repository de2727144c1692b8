//! `dataclips export` and `dataclips import`.

use std::io::{self, BufReader, Write};

use super::Failure;
use super::site::Site;
use crate::model::{Backup, note_export};

pub async fn export(site: &Site) -> Result<(), Failure> {
    note_export(&site.store).await?;
    let backup = Backup::take(&site.store).await?;
    let mut stdout = io::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, &backup)?;
    writeln!(stdout)?;
    Ok(())
}

pub async fn import(site: &Site) -> Result<(), Failure> {
    let backup: Backup = serde_json::from_reader(BufReader::new(io::stdin())).map_err(|error| {
        format!("Standard input is not a backup written by `dataclips export`: {error}.")
    })?;
    let imported = backup.restore(&site.store, &site.key).await?;
    eprintln!(
        "Imported {} clips; {} already existed.",
        imported.clips, imported.known
    );
    Ok(())
}
