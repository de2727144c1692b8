//! `dataclips clip NUMBER`: the clip that logs and `pg_stat_activity` call by this number.

use std::io::Write;

use super::Failure;
use super::site::Site;
use crate::config::Config;
use crate::model::Clip;

pub async fn show(site: &Site, config: &Config, number: i64) -> Result<(), Failure> {
    let clip = Clip::find_by_number(&site.store, number).await?;
    let clip = clip.ok_or_else(|| format!("There is no clip {number}."))?;
    let database = clip.version.database(&site.store).await?;
    let owner = clip.owner.as_ref().map(|owner| owner.email.to_string());
    let access = match clip.anyone {
        true => "anyone with the link",
        false => "only authorized users",
    };
    let state = match (clip.is_removed, &clip.pin) {
        (true, _) => "removed",
        (false, Some(_)) => "pinned",
        (false, None) => "live",
    };
    let lines = [
        ("title", clip.title.clone()),
        ("url", format!("{}/{}", config.url(), clip.slug.as_str())),
        ("owner", owner.unwrap_or_else(|| "nobody".to_owned())),
        ("database", database.name),
        ("version", clip.version.number.to_string()),
        ("seen by", access.to_owned()),
        ("state", state.to_owned()),
        ("changed", clip.updated_at.to_string()),
    ];
    let mut output = std::io::stdout();
    for (name, value) in lines {
        writeln!(output, "{name:<9} {value}")?;
    }
    Ok(())
}
