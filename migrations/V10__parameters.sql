-- A result knows the values with which its run filled in the blanks of the query: an object by name, in which null is NULL.
alter table results
    add column parameter_values jsonb not null default '{}',
    -- Tells sets of values apart: a hash. Empty for the empty set, which is that of every query without parameters.
    add column values_key bytea not null default '';

create index results_values on results (clip_id, version, values_key, number desc);

-- What PostgreSQL last said of the types of a version's parameters, as columns; empty where it was not asked yet. The only
-- part of a version that changes, beside its note.
alter table versions
    add column parameter_types jsonb not null default '[]';

-- What authors say of a clip's parameters, in the order of its form: an array of name, label, help, type, options.
alter table clips
    add column parameters jsonb not null default '[]';

-- The values that a link fixes, by name.
alter table clip_links
    add column parameter_values jsonb not null default '{}';
