-- What people find a clip by, beside its title and its query: a description in Markdown, tags in lower case, a note on
-- each version, and their stars.
alter table clips
    add column description text not null default '',
    add column tags text[] not null default '{}',
    add constraint clips_description_length check (octet_length(description) <= 10000),
    add constraint clips_tags_count check (cardinality(tags) <= 10),
    add constraint clips_tags_given check (array_position(tags, null) is null and array_position(tags, '') is null);

-- For the filter.
create index clips_tags on clips using gin (tags) with (fastupdate = off);
-- For the tags that are offered.
create index clips_tagged on clips (id) where tags <> '{}';

-- All words of a clip but its query.
create function clip_words(title text, description text, tags text[])
returns text
language sql
immutable parallel safe
as $$
    select title || E'\n' || description || E'\n' || array_to_string(tags, E'\n')
$$;

drop index clips_search;
create index clips_search on clips using gin (search_numbers(clip_words(title, description, tags))) with (fastupdate = off);

alter table versions
    add column note text not null default '',
    add constraint versions_note_length check (char_length(note) <= 200);

-- A star marks a clip for one user.
create table clip_stars (
    user_id bigint not null,
    clip_id bigint not null,
    created_at timestamptz not null default now(),
    constraint clip_stars_pkey primary key (user_id, clip_id),
    constraint clip_stars_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint clip_stars_clip_fkey foreign key (clip_id) references clips (id) on delete cascade
);

create index clip_stars_clip_id on clip_stars (clip_id);

-- A first steps dismissal hides the card with the first steps from one administrator.
create table first_steps_dismissals (
    user_id bigint not null,
    created_at timestamptz not null default now(),
    constraint first_steps_dismissals_pkey primary key (user_id),
    constraint first_steps_dismissals_user_fkey foreign key (user_id) references users (id) on delete cascade
);
