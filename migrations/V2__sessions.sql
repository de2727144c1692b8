-- When the password was chosen. Sessions that began with an earlier one are none.
alter table users
    add column password_set_at timestamptz not null default now();

-- A session is a browser in which a user is signed in. Only the hash of its cookie is kept; ending it deletes the row.
create table sessions (
    id bigint generated always as identity,
    hash bytea not null,
    user_id bigint not null,
    -- That of the user when the session began.
    password_set_at timestamptz not null,
    -- What the browser calls itself.
    browser text not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint sessions_pkey primary key (id),
    constraint sessions_hash_key unique (hash),
    constraint sessions_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint sessions_browser_length check (char_length(browser) <= 300)
);

create index sessions_user_id on sessions (user_id);

-- The lists show the clips that changed last first.
create index clips_updated_at on clips (updated_at, id);
