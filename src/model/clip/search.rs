//! Search: first in the clips that a list begins with, then by an index in all. What an index finds may hold the text;
//! whether it does is for the list to say.

/// Clips of a list that are looked at one by one before the index is asked: what many clips hold fills a page from these,
/// and who has no more clips in his list needs no index.
pub(super) const LOOKED_AT_MAX: i64 = 1_000;

/// Which clips a page is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Among<'a> {
    Numbers(&'a [i64]),
    /// Those that the index finds. See `search_numbers` in the migrations.
    Indexed,
}

impl Among<'_> {
    /// A condition on `clips`. The text is `$9`, the numbers are `$10`. Arrays, so that no plan begins elsewhere. Of a text
    /// that has triples only those are looked up: its single bytes are in most clips, and reading that takes the longest.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Self::Numbers(_) => "clips.id = any ($10)",
            Self::Indexed => {
                "$10::bigint[] is null and clips.id = any (array(
                    with sought as materialized (
                        select array_agg(number) as numbers
                        from unnest(search_numbers($9::text)) as number
                        where number >= 65536 or octet_length(convert_to(lower($9::text), 'UTF8')) < 3
                    )
                    select id from clips
                    where search_numbers(title) @> (select numbers from sought)
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
