//! Search: first in the clips with which a list begins, then in all of them by an index. The index finds candidates;
//! the list's query checks whether they contain the text.

/// How many clips of a list are checked one by one before the index is used. If many clips contain the text, these fill
/// the page; if the user has no more clips than these, the index is not needed.
pub(super) const CANDIDATES_MAX: i64 = 1_000;

/// Whether the row's clip has the text outside its query, in SQL.
pub(super) fn words_have(pattern: &str) -> String {
    format!(
        "clips.title ilike {pattern}
         or clips.description ilike {pattern}
         or clips.tags <> '{{}}' and array_to_string(clips.tags, E'\n') ilike {pattern}"
    )
}

/// The clips that are searched for a page of the list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Among<'a> {
    Numbers(&'a [i64]),
    /// Those that the index finds. See `search_numbers` in the migrations.
    Indexed,
}

impl Among<'_> {
    /// A condition on `clips`. The text is `$10`, the numbers are `$11`. With arrays, so that every plan begins with
    /// them. If the text has trigrams, only those are looked up: single bytes occur in most clips, so looking them up
    /// takes the longest.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Self::Numbers(_) => "clips.id = any ($11)",
            Self::Indexed => {
                "$11::bigint[] is null and clips.id = any (array(
                    with sought as materialized (
                        select array_agg(number) as numbers
                        from unnest(search_numbers($10::text)) as number
                        where number >= 65536 or octet_length(convert_to(lower($10::text), 'UTF8')) < 3
                    )
                    select id from clips
                    where search_numbers(clip_words(title, description, tags)) @> (select numbers from sought)
                    union
                    select clip_id from versions
                    where search_numbers(sql) @> (select numbers from sought)
                ))"
            }
        }
    }

    pub(super) fn numbers(&self) -> Option<&[i64]> {
        match self {
            Self::Numbers(numbers) => Some(numbers),
            Self::Indexed => None,
        }
    }
}
