#!/usr/bin/env bash
# chDB 4.4.0 (ClickHouse 26.9).
#
# `select … from url('…', 'CSVWithNames')` sends GET, HEAD, GET: the first answer gives the columns and their types, the second
# the length, the third the rows. They are not tied together by If-Match or If-Range, nor compared by ETag, so a URL whose
# content changes is read with the columns of one version and the rows of another. A server has to answer all three from the
# same version. Where the third one's columns have other names, all values are NULL.
#
# Seen, of a server that counts its answers in the column and in its name:
#   requests: GET HEAD GET
#   columns: a1
#   rows: ((None,),)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check chdb==4.4.0

cat > read.py <<'READ'
import http.server, threading
from chdb import dbapi

requests = []

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        requests.append(self.command)
        body = f"a{len(requests)}\n{len(requests)}\n".encode()
        self.send_response(200)
        self.send_header("ETag", f'"{len(requests)}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
cursor = dbapi.connect().cursor()
cursor.execute(f"select * from url('http://127.0.0.1:{server.server_port}/clip.csv', 'CSVWithNames')")
rows = cursor.fetchall()
print("requests:", *requests)
print("columns:", *(column[0] for column in cursor.description))
print("rows:", rows)
READ
seen=$(python/bin/python read.py)
echo "$seen"
[ "$seen" = "requests: GET HEAD GET
columns: a1
rows: ((None,),)" ]
