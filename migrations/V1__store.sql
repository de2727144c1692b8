-- The one row says which store this is, so that a clip never queries it, however its URL is spelled.
create table store_marker (
    marker text not null
);

insert into store_marker (marker)
values (gen_random_uuid()::text);

-- A role that queries another database of the same server must be able to recognise the store.
grant select on store_marker to public;

-- A user is a person who signs in, or in whose name a token acts.
create table users (
    id bigint generated always as identity,
    email text not null,
    role text not null,
    -- Null until the person has chosen a password.
    password_hash text,
    -- Null until the address is known to be the person's.
    verified_at timestamptz,
    created_at timestamptz not null default now(),
    constraint users_pkey primary key (id),
    constraint users_email_key unique (email),
    constraint users_email_lower check (email = lower(email collate "C")),
    constraint users_role_known check (role in ('administrator', 'member', 'guest'))
);

-- A token is a secret that stands for a user over the API. Only its hash is kept; revoking it deletes the row.
create table tokens (
    id bigint generated always as identity,
    user_id bigint not null,
    name text not null,
    hash bytea not null,
    created_at timestamptz not null default now(),
    -- Null: does not expire.
    expires_at timestamptz,
    -- Null: never used.
    last_used_at timestamptz,
    constraint tokens_pkey primary key (id),
    constraint tokens_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint tokens_hash_key unique (hash),
    constraint tokens_name_length check (char_length(name) between 1 and 100)
);

create index tokens_user_id on tokens (user_id);

-- A database is a PostgreSQL database that clips query. Its URL is sealed with the secret key.
create table databases (
    id bigint generated always as identity,
    name text not null,
    url_sealed bytea not null,
    source text not null,
    open_to text not null default 'administrators',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint databases_pkey primary key (id),
    constraint databases_name_key unique (name),
    constraint databases_name_length check (char_length(name) between 1 and 100),
    constraint databases_source_known check (source in ('added', 'environment', 'embedded')),
    constraint databases_open_to_known check (open_to in ('administrators', 'members', 'named'))
);

-- A database removal hides a database: its live clips answer 503. Adding its name again deletes the row.
create table database_removals (
    database_id bigint not null,
    -- Null where its variable left the environment.
    user_id bigint,
    created_at timestamptz not null default now(),
    constraint database_removals_pkey primary key (database_id),
    constraint database_removals_database_fkey foreign key (database_id) references databases (id) on delete cascade,
    constraint database_removals_user_fkey foreign key (user_id) references users (id) on delete set null
);

-- A database member is a user who may query a database that is open to named members.
create table database_members (
    database_id bigint not null,
    user_id bigint not null,
    created_at timestamptz not null default now(),
    constraint database_members_pkey primary key (database_id, user_id),
    constraint database_members_database_fkey foreign key (database_id) references databases (id) on delete cascade,
    constraint database_members_user_fkey foreign key (user_id) references users (id) on delete cascade
);

create index database_members_user_id on database_members (user_id);

-- A clip is a query behind an unguessable link. Its id is the number that a DBA and the log see.
create table clips (
    id bigint generated always as identity,
    slug text not null,
    title text not null,
    -- Null for the sample clips until the first administrator adopts them.
    owner_id bigint,
    anyone boolean not null,
    show_sql boolean not null default true,
    -- Null: every visit runs the query.
    max_age_seconds integer,
    serve_stale boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint clips_pkey primary key (id),
    constraint clips_slug_key unique (slug),
    constraint clips_slug_shape check (slug ~ '^[a-z]{28}$'),
    constraint clips_title_length check (char_length(title) between 1 and 200),
    constraint clips_owner_fkey foreign key (owner_id) references users (id),
    constraint clips_max_age_positive check (max_age_seconds > 0)
);

create index clips_owner_id on clips (owner_id);

-- A version is one text of a clip's query on one database. Never changed, only added.
create table versions (
    clip_id bigint not null,
    number integer not null,
    sql text not null,
    database_id bigint not null,
    -- Null for the sample clips.
    author_id bigint,
    created_at timestamptz not null default now(),
    constraint versions_pkey primary key (clip_id, number),
    constraint versions_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint versions_database_fkey foreign key (database_id) references databases (id),
    constraint versions_author_fkey foreign key (author_id) references users (id),
    constraint versions_number_positive check (number > 0)
);

create index versions_database_id on versions (database_id);

-- A clip removal hides a clip everywhere. Restoring the clip deletes the row.
create table clip_removals (
    clip_id bigint not null,
    user_id bigint,
    created_at timestamptz not null default now(),
    constraint clip_removals_pkey primary key (clip_id),
    constraint clip_removals_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint clip_removals_user_fkey foreign key (user_id) references users (id) on delete set null
);
