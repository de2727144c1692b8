-- A result is what one run of a version returned, or the error that it ended with. Only `checked_at` moves: to when equal
-- data, or the same error, was last seen.
create table results (
    id bigint generated always as identity,
    clip_id bigint not null,
    version integer not null,
    number integer not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    checked_at timestamptz not null,
    -- How long PostgreSQL took, in microseconds.
    elapsed_us bigint not null,
    -- Null where the run failed, as are the next two: an array of name, type_oid, type_name, element_oid.
    columns jsonb,
    row_count bigint,
    checksum bytea,
    -- Null: nothing is missing at the end.
    truncated_by text,
    -- Null where the run ended well.
    failure jsonb,
    -- Whether its pages are kept. Rows that were never kept, or were swept, are gone for good.
    has_rows boolean not null default false,
    -- Length of the pages that are kept.
    bytes bigint not null default 0,
    constraint results_pkey primary key (id),
    constraint results_number_key unique (clip_id, version, number),
    constraint results_version_fkey foreign key (clip_id, version) references versions (clip_id, number) on delete cascade,
    constraint results_number_positive check (number > 0),
    constraint results_truncated_by_known check (truncated_by in ('rows', 'bytes')),
    constraint results_data_or_failure check (
        (failure is null) = (columns is not null and row_count is not null and checksum is not null)
    ),
    constraint results_rows_of_data check (failure is null or not has_rows)
);

create index results_with_rows on results (clip_id) where has_rows;

-- A result page is a run of consecutive rows of a result: what `result::Page` writes, compressed with zstd.
create table result_pages (
    result_id bigint not null,
    -- From 0.
    number integer not null,
    -- How many rows the result has up to the end of this page.
    rows_end bigint not null,
    bytes bytea not null,
    constraint result_pages_pkey primary key (result_id, number),
    constraint result_pages_result_fkey foreign key (result_id) references results (id) on delete cascade
);

-- The pages are compressed already.
alter table result_pages
    alter column bytes set storage external;

-- A pin holds a clip at one result: the clip shows those rows, unchanged, until the row is deleted.
create table clip_pins (
    clip_id bigint not null,
    result_id bigint not null,
    user_id bigint,
    created_at timestamptz not null default now(),
    constraint clip_pins_pkey primary key (clip_id),
    constraint clip_pins_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint clip_pins_result_fkey foreign key (result_id) references results (id),
    constraint clip_pins_user_fkey foreign key (user_id) references users (id) on delete set null
);

create index clip_pins_result_id on clip_pins (result_id);
