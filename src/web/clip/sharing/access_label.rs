//! Who sees a clip, in a few words, for the chip beside its title: “Only 3 people”.

use crate::model::{Clip, Grantee};

/// For those who may know how many people have access.
pub fn for_editors(clip: &Clip) -> String {
    let people = |to: &Grantee| to.person().is_some();
    match clip.grants.len() {
        _ if clip.anyone => for_readers(clip).to_owned(),
        0 => "Only the owner".to_owned(),
        _ => {
            let invited = clip.grants.iter().filter(|grant| people(&grant.to)).count();
            match clip.grants.len() - invited {
                0 => format!("Only {} people", invited + 1),
                1 => format!("Only {}, and 1 domain", counted(invited + 1)),
                domains => format!("Only {}, and {domains} domains", counted(invited + 1)),
            }
        }
    }
}

fn counted(people: usize) -> String {
    match people {
        1 => "1 person".to_owned(),
        people => format!("{people} people"),
    }
}

pub fn for_readers(clip: &Clip) -> &'static str {
    match clip.anyone {
        true => "Anyone with the link",
        false => "Only authorized users",
    }
}
