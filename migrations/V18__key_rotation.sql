-- While the secret key of the store is replaced, the old one is known too, until everything is sealed with the new one.
-- May run twice: an older program is started again by forgetting that this ran (docs/upgrading.md).
alter table store_keys
    add column if not exists old_fingerprint bytea;

-- The keys that a server knows. Null: a server of an earlier release, which does not say.
alter table servers
    add column if not exists key_fingerprints bytea[];
