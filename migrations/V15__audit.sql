-- An audit entry says who did what, and when: a change, in the transaction that made it, or a run. May run twice: an older
-- program is started again by forgetting that this ran (docs/upgrading.md); then the tables may have another owner (SECURITY.md).
do $$
begin
    if to_regclass('audit_entries') is not null then
        return;
    end if;

    create table audit_entries (
        id bigint generated always as identity,
        -- Of a run, when it ended.
        at timestamptz not null default now(),
        -- Such as `clip.edited`.
        what text not null,
        -- Numbers, without references: they stay when a person has left. Null: nobody who signed in.
        user_id bigint,
        -- How they came: `browser`, `token`, `link`, `anonymous`, `command line`, `server`.
        via text not null,
        -- Of the client.
        address inet,
        -- What it was about.
        clip_id bigint,
        database_id bigint,
        person_id bigint,
        -- A few words, never a secret.
        detail text not null default '',
        -- Of runs only.
        outcome text,
        version integer,
        row_count bigint,
        elapsed_us bigint,
        parameters jsonb,
        constraint audit_entries_pkey primary key (at, id)
    );

    create index audit_entries_user_id on audit_entries (user_id, at, id);
    -- Most entries are runs.
    create index audit_entries_changes on audit_entries (at, id) where outcome is null;

    -- Entries of the last 30 days stay, and none ever changes.
    create function refuse_audit_change() returns trigger language plpgsql as $f$
    begin
        raise exception 'audit entries are never changed' using errcode = 'restrict_violation';
    end
    $f$;
    create function refuse_early_audit_removal() returns trigger language plpgsql as $f$
    begin
        if exists (select from gone where at > now() - interval '30 days') then
            raise exception 'audit entries are kept for 30 days at least' using errcode = 'restrict_violation';
        end if;
        return null;
    end
    $f$;
    create trigger audit_entries_unchanged before update or truncate on audit_entries
        for each statement execute function refuse_audit_change();
    create trigger audit_entries_kept after delete on audit_entries
        referencing old table as gone
        for each statement execute function refuse_early_audit_removal();

    -- Removes entries that are older than this, so many at most, with the rights of its owner.
    create function sweep_audit(kept interval, most integer) returns bigint
    language sql security definer set search_path from current as $f$
        with swept as (
            delete from audit_entries
            where (at, id) in (
                select at, id from audit_entries
                where at < now() - greatest(kept, interval '30 days')
                order by at, id
                limit most
            )
            returning id
        )
        select count(*) from swept
    $f$;
end
$$;

-- A run or a preview that another server than the one that tells of it may list and cancel. Unlogged: its server tells it
-- again every second.
create unlogged table if not exists running_now (
    -- Chosen at random.
    id bigint not null,
    server_id bigint not null,
    seen_at timestamptz not null default now(),
    is_cancelled boolean not null default false,
    -- What runs, for whom, and how far it is.
    facts jsonb not null,
    constraint running_now_pkey primary key (id)
);
