-- May run twice: an older program is started again by forgetting that this ran (docs/upgrading.md).

-- A follower is a read replica of a database, to which its runs may go.
create table if not exists followers (
    id bigint generated always as identity,
    database_id bigint not null,
    name text not null,
    url_sealed bytea not null,
    created_at timestamptz not null default now(),
    constraint followers_pkey primary key (id),
    constraint followers_name_key unique (database_id, name),
    constraint followers_name_length check (char_length(name) between 1 and 100),
    constraint followers_database_fkey foreign key (database_id) references databases (id) on delete cascade
);

drop trigger if exists followers_changed on followers;
create trigger followers_changed after insert or update or delete on followers
    for each row execute function notify_changed();

-- How far behind a follower may be, and where runs go while none is within that.
alter table databases
    add column if not exists follower_lag_bytes_max bigint not null default 16777216
        constraint databases_follower_lag_bytes_max_range check (follower_lag_bytes_max >= 0),
    add column if not exists follower_lag_seconds_max integer not null default 30
        constraint databases_follower_lag_seconds_max_range check (follower_lag_seconds_max >= 0),
    add column if not exists without_follower text not null default 'primary'
        constraint databases_without_follower_known check (without_follower in ('primary', 'nowhere'));

-- On which servers of its database a clip runs.
alter table clips
    add column if not exists runs_on text not null default 'any'
        constraint clips_runs_on_known check (runs_on in ('any', 'primary', 'follower'));

-- From which server of a database with followers a result came, and from which one equal data came last. Null: the database
-- had no followers.
alter table results
    add column if not exists read_from jsonb,
    add column if not exists checked_from jsonb;
