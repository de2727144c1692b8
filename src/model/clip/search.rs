//! Search: by an index to the clips whose title or query may hold a text. Whether they do is for the list to say.

/// Clips that are looked at one by one before the index is asked: what many clips hold fills a page from these.
const NEWEST_MAX: usize = 1_000;

/// Which clips a search looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Among {
    All,
    /// The first ones in the list's order.
    Newest,
    /// Those that the index finds. See `search_numbers` in the migrations.
    Indexed,
}

impl Among {
    /// Where to look for this text: at the next only if the one before did not fill the page.
    pub(super) fn each(search: Option<&str>) -> &'static [Self] {
        match search {
            None => &[Self::All],
            Some(_) => &[Self::Newest, Self::Indexed],
        }
    }

    /// A condition on `clips`. `after` and `order` are the list's; the text is `$4`.
    pub(super) fn condition(self, after: &str, order: &str) -> String {
        match self {
            Self::All => "true".to_owned(),
            // An array, so that no plan begins elsewhere.
            Self::Newest => format!(
                "clips.id = any (array(
                    select clips.id from clips where {after} order by {order} limit {NEWEST_MAX}
                ))"
            ),
            Self::Indexed => "clips.id = any (array(
                    select id from clips where search_numbers(title) @> search_numbers($4::text)
                    union
                    select clip_id from versions where search_numbers(sql) @> search_numbers($4::text)
                ))"
            .to_owned(),
        }
    }
}
