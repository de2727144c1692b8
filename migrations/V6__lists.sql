-- Why a clip is in somebody's list is found by an index, in the list's order. For that a clip has its newest version's
-- database itself.
alter table clips
    -- Null until there is a version. Only the trigger below writes it.
    add column database_id bigint,
    add constraint clips_database_fkey foreign key (database_id) references databases (id);

-- Built again below: every clip is written.
drop index clips_search;

update clips
set database_id = (
    select database_id
    from versions
    where clip_id = clips.id
    order by number desc
    limit 1
);

create index clips_search on clips using gin (search_numbers(title)) with (fastupdate = off);

-- What a list asks of a clip is in the index, or the planner walks all clips in the list's order instead.
create index clips_database_id_updated_at on clips (database_id, updated_at, id) include (anyone);
create index clips_database_id on clips (database_id, id) include (anyone, owner_id);
create index clips_owner_id_updated_at on clips (owner_id, updated_at, id) include (database_id, anyone);

create function keep_database_of_clips()
returns trigger
language plpgsql
as $$
begin
    update clips
    set database_id = newest.database_id
    from (
        select distinct on (clip_id) clip_id, database_id
        from versions
        where clip_id in (select clip_id from added)
        order by clip_id, number desc
    ) as newest
    where clips.id = newest.clip_id
    and clips.database_id is distinct from newest.database_id;
    return null;
end
$$;

create trigger versions_keep_database_of_clips
after insert on versions
referencing new table as added
for each statement
execute function keep_database_of_clips();

-- A statistic that the planner needs to choose one of these indexes.
analyze clips;
