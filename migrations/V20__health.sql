-- Once a day a server looks at the health of a database, where an administrator asked for it, and what it found is kept.
-- May run twice: an older program is started again by forgetting that this ran (docs/upgrading.md).

-- A database that is looked at once a day.
create table if not exists daily_looks (
    database_id bigint not null,
    -- Each look is due at this time of the day.
    created_at timestamptz not null default now(),
    -- When the next look is due. While one is made: when another server makes it if this one has ended.
    due_at timestamptz not null default now(),
    constraint daily_looks_pkey primary key (database_id),
    constraint daily_looks_database_fkey foreign key (database_id) references databases (id) on delete cascade
);

-- What a look found.
create table if not exists health_looks (
    database_id bigint not null,
    at timestamptz not null default now(),
    -- Why the database could not be examined. Null: it was.
    failure text,
    -- The number of checks by their worst finding.
    red integer not null default 0,
    amber integer not null default 0,
    blind integer not null default 0,
    green integer not null default 0,
    -- The red findings: an array of check, subject, is_new.
    reds jsonb not null default '[]',
    -- Null: not known.
    size_bytes bigint,
    -- The largest tables: an array of name, bytes.
    tables jsonb not null default '[]',
    constraint health_looks_pkey primary key (database_id, at),
    constraint health_looks_database_fkey foreign key (database_id) references databases (id) on delete cascade
);
