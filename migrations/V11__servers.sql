-- Several servers may share the store. What a transaction of any of them changes, it tells all on one channel, when it
-- commits. May run twice: an older program is started again by forgetting that this ran (docs/upgrading.md).

-- A server that lives. Unlogged: it says so again every two seconds, and after a crash of the store nobody is known.
create unlogged table if not exists servers (
    -- Chosen at random at each start.
    id bigint not null,
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    constraint servers_pkey primary key (id)
);

-- A run that takes long enough for other servers to wait for it, and its outcome for five minutes. The server that
-- executes it has a lease, which it renews. Unlogged: after a crash of the store nobody is known to run.
create unlogged table if not exists runs (
    -- Chosen at random.
    id bigint not null,
    clip_id bigint not null,
    version integer not null,
    values_key bytea not null,
    -- Tells databases and their URLs apart.
    target text not null,
    server_id bigint not null,
    asked_at timestamptz not null,
    lease_until timestamptz not null,
    is_cancelled boolean not null default false,
    -- Null unless somebody watches from another server.
    progress jsonb,
    -- Null while it runs.
    ended_at timestamptz,
    result_id bigint,
    failure jsonb,
    constraint runs_pkey primary key (id)
);

create unique index if not exists runs_in_flight on runs (clip_id, version, values_key, target) where ended_at is null;
create index if not exists runs_ended on runs (clip_id, version, values_key, ended_at) where ended_at is not null;

-- A server on which somebody waits for a run of another one.
create unlogged table if not exists run_waiters (
    run_id bigint not null,
    server_id bigint not null,
    seen_at timestamptz not null default now(),
    -- Whether somebody looks at its progress.
    watches boolean not null,
    constraint run_waiters_pkey primary key (run_id, server_id)
);

-- Something that servers remember for a moment is no longer so.
create or replace function notify_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('dataclips', '"changed"');
    return null;
end
$$;

-- A version has a new result.
create or replace function notify_result() returns trigger language plpgsql as $$
begin
    perform pg_notify('dataclips', json_build_object('result', json_build_object(
        'clip', new.clip_id, 'version', new.version, 'values', encode(new.values_key, 'hex'), 'number', new.number
    ))::text);
    return null;
end
$$;

-- The rows of a result were deleted.
create or replace function notify_released() returns trigger language plpgsql as $$
begin
    perform pg_notify('dataclips', json_build_object('released', json_build_object(
        'clip', new.clip_id, 'version', new.version, 'values', encode(new.values_key, 'hex'), 'id', new.id
    ))::text);
    return null;
end
$$;

drop trigger if exists clips_changed on clips;
create trigger clips_changed after insert or update or delete on clips for each row execute function notify_changed();
drop trigger if exists versions_changed on versions;
create trigger versions_changed after insert or update or delete on versions for each row execute function notify_changed();
drop trigger if exists clip_removals_changed on clip_removals;
create trigger clip_removals_changed after insert or update or delete on clip_removals
    for each row execute function notify_changed();
drop trigger if exists clip_grants_changed on clip_grants;
create trigger clip_grants_changed after insert or update or delete on clip_grants
    for each row execute function notify_changed();
drop trigger if exists clip_pins_changed on clip_pins;
create trigger clip_pins_changed after insert or update or delete on clip_pins
    for each row execute function notify_changed();
drop trigger if exists charts_changed on charts;
create trigger charts_changed after insert or update or delete on charts for each row execute function notify_changed();
drop trigger if exists databases_changed on databases;
create trigger databases_changed after insert or update or delete on databases
    for each row execute function notify_changed();
drop trigger if exists database_removals_changed on database_removals;
create trigger database_removals_changed after insert or update or delete on database_removals
    for each row execute function notify_changed();
drop trigger if exists database_members_changed on database_members;
create trigger database_members_changed after insert or update or delete on database_members
    for each row execute function notify_changed();
drop trigger if exists users_changed on users;
create trigger users_changed after insert or update or delete on users for each row execute function notify_changed();
drop trigger if exists user_deactivations_changed on user_deactivations;
create trigger user_deactivations_changed after insert or update or delete on user_deactivations
    for each row execute function notify_changed();

-- When one of these was last used, or how long a session still lasts, is nobody else's business.
drop trigger if exists tokens_changed on tokens;
create trigger tokens_changed after insert or delete or update of user_id, hash, expires_at on tokens
    for each row execute function notify_changed();
drop trigger if exists clip_links_changed on clip_links;
create trigger clip_links_changed
    after insert or delete or update of hash, label, formats, expires_at, user_id, parameter_values on clip_links
    for each row execute function notify_changed();
drop trigger if exists sessions_changed on sessions;
create trigger sessions_changed after delete on sessions for each row execute function notify_changed();

drop trigger if exists results_added on results;
create trigger results_added after insert on results for each row execute function notify_result();
drop trigger if exists results_released on results;
create trigger results_released after update of has_rows on results
    for each row when (old.has_rows and not new.has_rows) execute function notify_released();

-- Its run began before that of a result with a lower number, and ended after it: so it is never the newest.
alter table results
    add column if not exists is_late boolean not null default false;
