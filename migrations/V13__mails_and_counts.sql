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
