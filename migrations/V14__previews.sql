-- Several servers may share the store, and what one of them holds in memory is wanted at another.
-- May run twice: an older program is started again by forgetting that this ran (docs/upgrading.md).

-- What a preview returned, once somebody looked at it through another server than the one that ran it; kept for half an
-- hour. Unlogged: after a crash of the store the query is run again.
create unlogged table if not exists previews (
    -- A keyed hash of its id, which is a secret.
    tag text not null,
    -- Who ran it: nobody else sees it.
    user_id bigint not null,
    database_id bigint not null,
    -- What was typed beside the query.
    form jsonb not null,
    sql text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    -- How long PostgreSQL took, in microseconds.
    elapsed_us bigint not null,
    -- An array, as in results.
    columns jsonb not null,
    row_count bigint not null,
    checksum bytea not null,
    -- Null: nothing is missing at the end.
    truncated_by text,
    -- Length of its pages.
    bytes bigint not null,
    stored_at timestamptz not null default now(),
    constraint previews_pkey primary key (tag),
    constraint previews_truncated_by_known check (truncated_by in ('rows', 'bytes'))
);

-- A run of consecutive rows of a preview, as in result_pages.
create unlogged table if not exists preview_pages (
    tag text not null,
    -- From 0.
    number integer not null,
    -- How many rows the preview has up to the end of this page.
    rows_end bigint not null,
    bytes bytea not null,
    constraint preview_pages_pkey primary key (tag, number),
    constraint preview_pages_preview_fkey foreign key (tag) references previews (tag) on delete cascade
);

-- The pages are compressed already.
alter table preview_pages
    alter column bytes set storage external;

-- What the role lacks that was created for a database, as long as the database has that connection.
create table if not exists role_omissions (
    database_id bigint not null,
    -- An array of sentence, sql.
    omissions jsonb not null,
    noted_at timestamptz not null default now(),
    constraint role_omissions_pkey primary key (database_id),
    constraint role_omissions_database_fkey foreign key (database_id) references databases (id) on delete cascade
);
