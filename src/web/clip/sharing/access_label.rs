//! Who sees a clip, in a few words, for the chip beside its title: “Only 3 people”.

use crate::model::{Clip, Grantee};

/// For those who may know how many people have access.
pub fn for_editors(clip: &Clip) -> String {
    let people = |to: &Grantee| to.person().is_some();
    match clip.grants.len() {
        _ if clip.anyone => for_readers(clip).to_owned(),
        0 => "Only the owner".to_owned(),
        grants if clip.grants.iter().all(|grant| people(&grant.to)) => {
            format!("Only {} people", grants + 1)
        }
        _ => "Only some domains and people".to_owned(),
    }
}

pub fn for_readers(clip: &Clip) -> &'static str {
    match clip.anyone {
        true => "Anyone with the link",
        false => "Only invited people",
    }
}
