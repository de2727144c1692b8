-- What several servers do together: they count attempts, share out regular jobs, and send mails.

-- Attempts of one kind by one network address, account, recipient or inviter. Unlogged: written at every attempt, and after
-- a crash or a failover the counts begin anew, which locks nobody out.
create unlogged table attempts (
    -- A keyed hash: nobody reads here who tried to sign in.
    key bytea not null,
    -- When all that was counted is available again, at the pace of its limit.
    used_until timestamptz not null,
    constraint attempts_pkey primary key (key)
);

-- A job that one of the servers does at a time. Unlogged: after a crash every job is due.
create unlogged table jobs (
    name text not null,
    due_at timestamptz not null,
    constraint jobs_pkey primary key (name)
);

-- Somebody asked for a mail with a link. Whether they get one is looked up afterwards, so that the response never tells.
create table requested_mails (
    id bigint generated always as identity,
    email text not null,
    purpose text not null,
    -- The page to go on to.
    next text not null,
    created_at timestamptz not null default now(),
    constraint requested_mails_pkey primary key (id),
    constraint requested_mails_purpose_known check (purpose in ('reset', 'sign-in'))
);

-- A mail that is not sent yet. It ends with its link: used, replaced, withdrawn or expired.
create table letters (
    id bigint generated always as identity,
    link_id bigint not null,
    -- Subject and text, which has the link, encrypted with the secret key.
    sealed bytea not null,
    -- That were begun.
    tries integer not null,
    -- When it may be tried again: after a pause, or once the server that tries it must have ended.
    due_at timestamptz not null,
    constraint letters_pkey primary key (id),
    constraint letters_link_id_key unique (link_id),
    constraint letters_link_id_fkey foreign key (link_id) references one_time_links (id) on delete cascade
);

create index letters_due_at on letters (due_at);
