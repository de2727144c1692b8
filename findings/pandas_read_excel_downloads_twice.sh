#!/usr/bin/env bash
# pandas 3.1.1, openpyxl 3.1.5, Python 3.11.
#
# `pandas.read_excel(url)` downloads the workbook twice: once to find out what kind of workbook it is, and once to read it. Both
# are plain GETs, so a server cannot know that they are one read; a URL whose content changes may be recognised by one version
# and read from another. With `engine="openpyxl"` it downloads once.
#
# Seen:
#   without engine: 2 GET
#   with engine: 1 GET
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1 openpyxl==3.1.5

cat > read.py <<'READ'
import http.server, io, threading
import openpyxl, pandas

workbook, file = openpyxl.Workbook(), io.BytesIO()
workbook.active.append(["a"])
workbook.active.append([1])
workbook.save(file)
requests = []

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        requests.append(self.command)
        self.send_response(200)
        self.send_header("Content-Length", str(len(file.getvalue())))
        self.end_headers()
        self.wfile.write(file.getvalue())

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/clip.xlsx"
for label, options in [("without engine", {}), ("with engine", {"engine": "openpyxl"})]:
    requests.clear()
    assert pandas.read_excel(url, **options)["a"].tolist() == [1]
    print(f"{label}: {len(requests)} GET")
READ
seen=$(python/bin/python read.py)
echo "$seen"
[ "$seen" = "without engine: 2 GET
with engine: 1 GET" ]
