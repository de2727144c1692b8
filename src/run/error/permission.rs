//! Advice on a missing right. The right to grant depends on the kind of object that PostgreSQL names.
//!
//! One SQLSTATE stands for all of them: PostgreSQL's English words decide, and other languages get general advice.

const SELECT: &str =
    "The role that runs clips cannot read this: ask an administrator to grant it SELECT.";
const SEQUENCE: &str = "The role that runs clips cannot read this sequence: ask an administrator to grant it SELECT. \
                        It is not meant to call nextval().";
const EXECUTE: &str = "The role that runs clips cannot call this: ask an administrator to grant it EXECUTE, if it \
                       only reads.";
const USAGE: &str = "The role that runs clips cannot use this schema: ask an administrator to grant it USAGE on the \
                     schema, and SELECT on its tables.";
const OWNER: &str =
    "Only its owner can do this. The role that runs clips is meant to read, and to own nothing.";
const POWER: &str = "This takes more than reading, and the role that runs clips is not meant to have such rights: \
                     leave it out.";
const OTHER: &str = "The role that runs clips cannot do this: if it only reads, ask an administrator to grant the \
                     right that PostgreSQL's message names.";

pub(super) fn advice(message: &str) -> &'static str {
    let begins = |words: &[&str]| words.iter().any(|words| message.starts_with(words));
    if let Some(object) = message.strip_prefix("permission denied for ") {
        on_object(object)
    } else if begins(&["must be owner of "]) {
        OWNER
    } else if begins(&["must be ", "permission denied to ", "only "]) {
        POWER
    } else {
        OTHER
    }
}

/// `object` is its kind and its name.
fn on_object(object: &str) -> &'static str {
    const KINDS: [(&str, &str); 9] = [
        ("table ", SELECT),
        ("view ", SELECT),
        ("materialized view ", SELECT),
        ("foreign table ", SELECT),
        ("large object ", SELECT),
        ("sequence ", SEQUENCE),
        ("function ", EXECUTE),
        ("procedure ", EXECUTE),
        ("schema ", USAGE),
    ];
    let advice = KINDS.iter().find(|(kind, _)| object.starts_with(kind));
    match advice {
        _ if is_for_administrators(object) => POWER,
        Some((_, advice)) => advice,
        None => OTHER,
    }
}

/// What PostgreSQL keeps from ordinary roles for a reason: `table pg_authid`, `function pg_read_file`.
fn is_for_administrators(object: &str) -> bool {
    let name = object.rsplit(' ').next().unwrap_or(object);
    ["pg_", "lo_", "dblink"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}
