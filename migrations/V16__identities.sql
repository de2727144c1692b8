-- Who somebody is at an OpenID provider, and what a token may be used for.
-- May run twice: an older program is started again by forgetting that this ran (docs/upgrading.md).

-- Links an account to a person at a provider, who signs in as it from then on, whatever their address there becomes.
create table if not exists identities (
    -- The provider's address, exactly as it spells it.
    issuer text not null,
    -- What the provider calls the person, and nobody else ever.
    subject text not null,
    user_id bigint not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    constraint identities_pkey primary key (issuer, subject),
    constraint identities_user_fkey foreign key (user_id) references users (id) on delete cascade,
    -- An address that a provider gives to somebody new does not open the account of whoever had it before.
    constraint identities_user_key unique (user_id, issuer)
);

-- What a token may be used for. Null: everything that its user may do; tokens of earlier releases.
alter table tokens
    add column if not exists scopes text[]
    constraint tokens_scopes_known check (scopes <@ array['read', 'query', 'write', 'admin'] and cardinality(scopes) > 0);
