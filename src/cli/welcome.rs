//! `dataclips welcome`: the links that the start of a server prints on a terminal.

use std::io::Write;

use super::Failure;
use super::site::Site;
use crate::config::Config;
use crate::model::{Clip, SecretKey, Welcome};
use crate::store::Store;

pub async fn show(site: &Site, config: &Config) -> Result<(), Failure> {
    let links = links(&site.store, &site.key, &config.url()).await?;
    writeln!(std::io::stdout(), "{}", links.join("\n"))?;
    Ok(())
}

/// How the first administrator signs up, while there is none, and where the sample clips are. Secrets: they do not belong
/// into a log.
pub async fn links(store: &Store, key: &SecretKey, url: &str) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    if Welcome::is_open(store).await? {
        let link = format!("{url}/welcome/{}", Welcome::new(key).text());
        lines.push(format!(
            "Create the first administrator (this link works only once): {link}"
        ));
    }
    for clip in Clip::samples(store).await? {
        let link = format!("{url}/{}", clip.slug.as_str());
        lines.push(format!("Sample clip “{}”: {link}", clip.title));
    }
    Ok(lines)
}
