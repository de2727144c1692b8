-- The one row tells the secret key of this store from other keys: a hash derived from it, with which nothing can be opened.
-- May run twice: an older program is started again by forgetting that this ran (docs/upgrading.md).
create table if not exists store_keys (
    is_only boolean not null default true,
    fingerprint bytea not null,
    constraint store_keys_pkey primary key (is_only),
    constraint store_keys_is_only check (is_only)
);
