//! The reasons why a clip is in a user's list. For each there is an index that is read in the list's order and only for
//! one page, so that a user who sees few of many clips waits no longer than one who sees all.
//!
//! In SQL `$1` is the user, `$2` the role and `$3` the verified address.
//!
//! The same rule as in `access.rs`, in SQL.

use super::order::JOINS;
use crate::model::User;
use crate::model::clip::grant;

/// Grants that are looked up one by one. A user with more of them soon meets a granted clip when reading all clips in
/// order.
const GRANTS_LOOKED_UP_MAX: usize = 5_000;

/// A page of a list, in SQL on `clips` and [`JOINS`].
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub condition: &'a str,
    pub order: &'a str,
    /// What the clips are ordered by before their numbers, and how.
    pub key: &'a str,
    pub direction: &'a str,
    /// The number of clips.
    pub limit: &'a str,
}

/// Whether the clip of the row is in the user's list.
pub(in crate::model) fn is_listed() -> String {
    is_listed_if(&grant::is_granted("$3::text", "true"))
}

/// The same for many rows, in a query that begins with [`granted`].
pub(super) fn are_listed() -> String {
    is_listed_if(&are_granted("true"))
}

/// Whether the clip of the row was granted to the user, for many rows, in a query that begins with [`granted`].
pub(super) fn are_granted(may: &str) -> String {
    let beyond = grant::is_granted("$3::text", may);
    format!(
        "(
            clips.id in (select clip_id from granted where {may})
            or {GRANTED_COUNT} > {GRANTS_LOOKED_UP_MAX} and {beyond}
        )"
    )
}

fn is_listed_if(is_granted: &str) -> String {
    format!(
        "(
            clips.owner_id = $1
            or $2 = 'administrator'
            or $2 = 'member' and clips.anyone and clips.database_id = any ({})
            or {is_granted}
        )",
        open_databases(),
    )
}

/// The numbers of the first clips in the user's list, merged from one index for each reason. Not for administrators,
/// who see all clips.
pub(super) fn first_by_reason(page: &Page<'_>) -> String {
    let Page {
        condition,
        order,
        key,
        direction,
        limit,
    } = page;
    let first = |reason: &str| {
        format!(
            "(
                select clips.id, {key} as sort_key
                from clips {JOINS}
                where {reason} and {condition}
                order by {order}
                limit {limit}
            )"
        )
    };
    format!(
        "with {}
         select clips.id
         from (
             {}
             union
             {}
             union
             {}
             union
             select opened.*
             from unnest({}) as open (database_id)
             cross join lateral {} as opened
         ) as clips
         order by sort_key {direction}, id {direction}
         limit {limit}",
        granted(),
        first("clips.owner_id = $1"),
        first(&is_granted_of_few()),
        first(&is_granted_of_many()),
        open_databases(),
        first("$2 = 'member' and clips.anyone and clips.database_id = open.database_id"),
    )
}

/// The numbers of the first clips in the user's list, by checking all clips in order. For administrators, and for the
/// clips of one owner.
pub(super) fn first_of_all(page: &Page<'_>) -> String {
    let Page {
        condition,
        order,
        limit,
        ..
    } = page;
    format!(
        "with {}
         select clips.id
         from clips {JOINS}
         where {} and {condition}
         order by {order}
         limit {limit}",
        granted(),
        are_listed()
    )
}

/// The addresses of the owners of clips in the user's list.
pub(super) fn owners(viewer: &User) -> String {
    let present = is_present(viewer);
    let owns = |reason: &str| {
        format!(
            "exists (
                select from clips
                where clips.owner_id = users.id and {reason} and {present}
            )"
        )
    };
    format!(
        "with {}
         select users.email
         from users
         where $2 = 'administrator' and {}
         or users.id = $1 and {}
         or users.id in (
             select clips.owner_id
             from clips
             where $2 = 'member' and clips.anyone and clips.database_id = any ({}) and {present}
         )
         or users.id in (
             select clips.owner_id from clips where {} and {present}
         )
         or {GRANTED_COUNT} > {GRANTS_LOOKED_UP_MAX} and {}
         order by users.email",
        granted(),
        owns("true"),
        owns("true"),
        open_databases(),
        is_granted_of_few(),
        owns(&grant::is_granted("$3::text", "true")),
    )
}

const NOT_REMOVED: &str = "not exists (select from clip_removals where clip_id = clips.id)";

/// Whether the clip of the row is not removed, and within the limit of the viewer's token.
pub(super) fn is_present(viewer: &User) -> String {
    format!("{NOT_REMOVED} and {}", is_reached(viewer))
}

/// Whether the clip of the row is on the database to which the viewer's token is limited, if it is.
pub(in crate::model) fn is_reached(viewer: &User) -> String {
    match viewer.only_database() {
        None => "true".to_owned(),
        Some(database) => format!("clips.database_id = {}", database.id),
    }
}

const GRANTED_COUNT: &str = "(select count(*) from granted)";

/// The databases whose open clips are in a member's list.
fn open_databases() -> &'static str {
    "array(
        select id from databases
        where open_to = 'members'
        or open_to = 'named' and exists (
            select from database_members where database_id = databases.id and user_id = $1
        )
    )"
}

/// The clips that were granted to the user; at most one more than are looked up one by one.
pub(super) fn granted() -> String {
    format!(
        "granted as materialized (
            select clip_id, may from clip_grants where {} limit {GRANTS_LOOKED_UP_MAX} + 1
        )",
        grant::is_to("$3::text")
    )
}

/// With an array, so that every plan begins with the granted clips.
fn is_granted_of_few() -> String {
    format!(
        "{GRANTED_COUNT} <= {GRANTS_LOOKED_UP_MAX} and clips.id = any (array(select clip_id from granted))"
    )
}

fn is_granted_of_many() -> String {
    format!(
        "{GRANTED_COUNT} > {GRANTS_LOOKED_UP_MAX} and {}",
        grant::is_granted("$3::text", "true")
    )
}
