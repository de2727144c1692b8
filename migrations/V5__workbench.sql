-- A chart is how an editor chose to draw a clip's rows. Columns are known by the names that rows have as objects, so that a
-- changed query finds them again.
create table charts (
    clip_id bigint not null,
    kind text not null,
    -- Null: the row's number. A figure has none.
    x text,
    y text[] not null,
    -- The column whose values tell series apart. Null: each column of y is one.
    series text,
    is_stacked boolean not null,
    -- Whether the clip's page opens with the chart, and not with the table.
    opens_first boolean not null,
    user_id bigint,
    updated_at timestamptz not null default now(),
    constraint charts_pkey primary key (clip_id),
    constraint charts_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint charts_user_fkey foreign key (user_id) references users (id) on delete set null,
    constraint charts_kind_known check (kind in ('line', 'bar', 'scatter', 'figure')),
    constraint charts_y_count check (cardinality(y) between 1 and 20),
    constraint charts_figure_alone check (kind <> 'figure' or (x is null and series is null and not is_stacked))
);

-- What a text is looked up by: a number for each byte, pair and triple of neighbouring bytes in lower case. A text
-- that holds another has all numbers of the other. Triples share 65,536 numbers, so that the longest text has not many more
-- than twice as many. Each place is visited once.
create function search_numbers(words text)
returns integer[]
language sql
immutable strict parallel safe
-- So dear that no plan works at every row instead of asking the index.
cost 1000
as $$
    select coalesce(array_agg(distinct number), '{}')
    from convert_to(lower(words), 'UTF8') as bytes,
    lateral (
        select get_byte(bytes, place) as number
        from generate_series(0, length(bytes) - 1) as place
        union all
        select get_byte(bytes, place) * 256 + get_byte(bytes, place + 1)
        from generate_series(0, length(bytes) - 2) as place
        union all
        select
            65536 + (
                get_byte(bytes, place) * 7919
                + get_byte(bytes, place + 1) * 257
                + get_byte(bytes, place + 2)
            ) % 65536
        from generate_series(0, length(bytes) - 3) as place
    ) as neighbours
$$;

-- The search in titles and queries. Old versions are in it too; whether a clip matches now is decided by its row.
create index clips_search on clips using gin (search_numbers(title)) with (fastupdate = off);
create index versions_search on versions using gin (search_numbers(sql)) with (fastupdate = off);

-- A clip view says when a user last opened a clip's page. The newest fifty of a user are kept, for himself alone.
create table clip_views (
    user_id bigint not null,
    clip_id bigint not null,
    viewed_at timestamptz not null,
    constraint clip_views_pkey primary key (user_id, clip_id),
    constraint clip_views_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint clip_views_clip_fkey foreign key (clip_id) references clips (id) on delete cascade
);

create index clip_views_clip_id on clip_views (clip_id);
