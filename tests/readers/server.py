"""A server of our own in a temporary folder, and its clips."""

import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

from readers import stamps

EMAIL = "reader@example.com"
# Each run returns other rows, so rows that are joined from two runs do not match either of them.
SQL = """select n, clock_timestamp() as at, 's' || extract(epoch from clock_timestamp()) as stamp,
repeat(md5(n::text), {width}) as filler from generate_series(1, {rows}) as n"""


class Server:
    def __init__(self, program):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="dataclips-readers-")
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "DATACLIPS_DATA_DIR": f"{self.folder}/data",
            "DATACLIPS_LISTEN": f"127.0.0.1:{self.port}",
        }

    def __enter__(self):
        self.log = open(f"{self.folder}/log", "w+")
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=self.log, stderr=self.log)
        try:
            self.wait_until_ready()
            self.command("user", "add", EMAIL, "--role", "administrator", said=secrets.token_urlsafe())
            self.token = self.command("token", "add", EMAIL, "--name", "readers")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until_ready(self):
        for _ in range(600):
            try:
                return urllib.request.urlopen(f"{self.url}/readyz").close()
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise SystemExit(f"The server does not start:\n{pathlib.Path(self.log.name).read_text()}")

    def command(self, *words, said=""):
        done = subprocess.run(
            [self.program, *words],
            env=self.environment,
            input=said,
            text=True,
            check=True,
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        return done.stdout.strip()

    def call(self, path, body=None):
        request = urllib.request.Request(self.url + path, data=body and json.dumps(body).encode())
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()

    def create_clip(self, rows, width):
        new = {"title": "Readers", "database": "sample", "sql": SQL.format(rows=rows, width=width)}
        return json.loads(self.call("/api/v1/clips", new))["slug"]

    def runs(self, slug):
        """How often the clip's query ran: every run returns other rows, so each is a result."""
        return len(json.loads(self.call(f"/api/v1/clips/{slug}/results"))["results"])

    def rows(self, slug):
        """The first run's rows, as readers print them."""
        return stamps(self.call(f"/{slug}.csv?version=1&result=1"))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
