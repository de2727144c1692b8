-- A user deactivation shuts a person out: no session, token or link of his opens anything. Deleting the row lets him in.
create table user_deactivations (
    user_id bigint not null,
    by_id bigint,
    created_at timestamptz not null default now(),
    constraint user_deactivations_pkey primary key (user_id),
    constraint user_deactivations_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint user_deactivations_by_fkey foreign key (by_id) references users (id) on delete set null
);

alter table users
    -- Who added the person. Null where nobody did: by a command, or as the first administrator.
    add column added_by_id bigint,
    -- When the person first came in without a password, by a link. Null: not yet.
    add column entered_at timestamptz,
    add constraint users_added_by_fkey foreign key (added_by_id) references users (id) on delete set null;

-- A one-time link lets the person with an address in: newly invited, with a forgotten password, or instead of a password.
-- Only the hash of its secret is kept; using it deletes the row.
create table one_time_links (
    id bigint generated always as identity,
    hash bytea not null,
    email text not null,
    purpose text not null,
    -- Whether it went to the address by mail, so that whoever follows it has that address; else somebody handed it over.
    is_mailed boolean not null,
    -- The page to go on to.
    next text not null default '/',
    -- Why its mail could not be sent. Null: it was sent, or was not to be.
    undelivered text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint one_time_links_pkey primary key (id),
    constraint one_time_links_hash_key unique (hash),
    -- A new link takes the place of the earlier one.
    constraint one_time_links_email_purpose_key unique (email, purpose),
    constraint one_time_links_email_lower check (email = lower(email collate "C")),
    constraint one_time_links_purpose_known check (purpose in ('invitation', 'reset', 'sign-in'))
);

-- A grant lets one person, or everybody at a domain, see or edit a clip that is not open to anyone.
create table clip_grants (
    clip_id bigint not null,
    -- An e-mail address, or `@example.com`.
    grantee text not null,
    may text not null,
    -- Who granted it.
    user_id bigint,
    created_at timestamptz not null default now(),
    constraint clip_grants_pkey primary key (clip_id, grantee),
    constraint clip_grants_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint clip_grants_user_fkey foreign key (user_id) references users (id) on delete set null,
    constraint clip_grants_grantee_lower check (grantee = lower(grantee collate "C") and grantee like '%@%'),
    constraint clip_grants_may_known check (may in ('see', 'edit'))
);

create index clip_grants_grantee on clip_grants (grantee);

-- A clip link is a secret that opens one clip's rows, for a spreadsheet or a script. Only its hash is kept; revoking it
-- deletes the row.
create table clip_links (
    id bigint generated always as identity,
    clip_id bigint not null,
    label text not null,
    hash bytea not null,
    -- Null: every format.
    formats text[],
    user_id bigint,
    created_at timestamptz not null default now(),
    -- Null: does not expire.
    expires_at timestamptz,
    -- Null: never used.
    last_used_at timestamptz,
    constraint clip_links_pkey primary key (id),
    constraint clip_links_hash_key unique (hash),
    constraint clip_links_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint clip_links_user_fkey foreign key (user_id) references users (id) on delete set null,
    constraint clip_links_label_length check (char_length(label) between 1 and 100)
);

create index clip_links_clip_id on clip_links (clip_id);

-- A fork says of which version of which clip a clip began as a copy.
create table clip_forks (
    clip_id bigint not null,
    origin_id bigint not null,
    origin_version integer not null,
    constraint clip_forks_pkey primary key (clip_id),
    constraint clip_forks_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint clip_forks_origin_fkey foreign key (origin_id, origin_version)
        references versions (clip_id, number) on delete cascade
);

create index clip_forks_origin on clip_forks (origin_id);

-- A clip deed is one thing that somebody did with a clip. Never changed, only added.
create table clip_deeds (
    id bigint generated always as identity,
    clip_id bigint not null,
    -- Null where it was nobody's: of the sample clips.
    user_id bigint,
    kind text not null,
    -- What it was done with, in a few words: `version 3`. Never a secret.
    detail text not null default '',
    created_at timestamptz not null default now(),
    constraint clip_deeds_pkey primary key (id),
    constraint clip_deeds_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint clip_deeds_user_fkey foreign key (user_id) references users (id) on delete set null
);

create index clip_deeds_clip_id on clip_deeds (clip_id, id);

insert into clip_deeds (clip_id, user_id, kind, detail, created_at)
select
    clip_id,
    author_id,
    case number when 1 then 'created' else 'edited' end,
    case number when 1 then '' else 'version ' || number end,
    created_at
from versions
order by created_at;

insert into clip_deeds (clip_id, user_id, kind, created_at)
select clip_id, user_id, 'pinned', created_at from clip_pins
union all
select clip_id, user_id, 'removed', created_at from clip_removals;

-- A clip fetch says when somebody last asked for a clip's rows, to the minute.
create table clip_fetches (
    clip_id bigint not null,
    fetched_at timestamptz not null,
    constraint clip_fetches_pkey primary key (clip_id),
    constraint clip_fetches_clip_fkey foreign key (clip_id) references clips (id) on delete cascade
);

-- What administrators have set for the whole server: one row.
create table server_settings (
    is_only_row boolean not null default true,
    -- Whether a new clip is open to anyone with the URL.
    anyone boolean not null default true,
    constraint server_settings_pkey primary key (is_only_row),
    constraint server_settings_one_row check (is_only_row)
);

insert into server_settings default values;
