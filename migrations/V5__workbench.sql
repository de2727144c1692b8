-- A chart is how an editor chose to draw a clip's rows. Columns are known by the names that rows have as objects, so that a
-- changed query finds them again.
create table charts (
    clip_id bigint not null,
    kind text not null,
    -- Null: the row's number. A figure has none.
    x text,
    y text[] not null,
    -- The column whose values tell series apart. Null: each column of y is one.
    series text,
    is_stacked boolean not null,
    -- Whether the clip's page opens with the chart, and not with the table.
    opens_first boolean not null,
    user_id bigint,
    updated_at timestamptz not null default now(),
    constraint charts_pkey primary key (clip_id),
    constraint charts_clip_fkey foreign key (clip_id) references clips (id) on delete cascade,
    constraint charts_user_fkey foreign key (user_id) references users (id) on delete set null,
    constraint charts_kind_known check (kind in ('line', 'bar', 'scatter', 'figure')),
    constraint charts_y_count check (cardinality(y) between 1 and 20),
    constraint charts_figure_alone check (kind <> 'figure' or (x is null and series is null and not is_stacked))
);
