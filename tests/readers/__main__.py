"""Reads clips with the programs that people use, and shows that one read is one run: `make test-readers`."""

import sys
import tempfile

from proxy import Proxy
from readers import READERS
from server import Server

# Rows, and how often 32 characters are repeated in each: a few kB, and about 5 MB.
SIZES = {"small": (50, 1), "5 MB": (25_000, 5)}


def main(program, only=""):
    chosen = [(reader, size) for reader in READERS if only in reader.name for size in SIZES]
    print("| reader | format | size | the rows of one run | requests | user agent |\n| --- | --- | --- | --- | --- | --- |")
    with Server(program) as server:
        proxy = Proxy(server.port)
        verdicts = [attempt(server, proxy, reader, size) for reader, size in chosen]
    print("\nNO: failed. -: not installed here.")
    return 0 if verdicts and "NO" not in verdicts else 1


def attempt(server, proxy, reader, size):
    proxy.requests = []
    verdict, reason = read(server, proxy, reader, size) if reader.is_installed() else ("-", "")
    requests = "; ".join(map(str, proxy.requests))
    agents = {request.headers.get("user-agent", "") for request in proxy.requests}
    cells = [reader.name, reader.suffix, size, verdict + reason, requests, ", ".join(agents)]
    print(f"| {' | '.join(cells)} |", flush=True)
    return verdict


def read(server, proxy, reader, size):
    """Whether it read the rows of one run, and why not."""
    slug = server.create_clip(*SIZES[size])
    with tempfile.TemporaryDirectory(prefix="dataclips-reader-") as folder:
        try:
            rows = reader.read(f"http://127.0.0.1:{proxy.port}/{slug}.{reader.suffix}", folder)
        except Exception as error:
            return "NO", f": {error}"
    runs = server.runs(slug)
    if runs != 1:
        return "NO", f": {runs} runs"
    if rows != server.rows(slug):
        return "NO", f": {len(rows)} rows, not those of the run"
    return "yes", ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
