-- Somebody who was deleted stays known by their number as the author of versions and in the activity of clips, and a token may
-- be limited to one database.
-- May run twice: an older program is started again by forgetting that this ran (docs/upgrading.md).

-- Only what refused that number goes: the program of the release before shows such an author as none.
alter table versions drop constraint if exists versions_author_fkey;
alter table clip_deeds drop constraint if exists clip_deeds_user_fkey;

-- The only database that a token opens. Null: every database of its user.
alter table tokens
    add column if not exists database_id bigint
    constraint tokens_database_fkey references databases (id) on delete cascade;
