"""The programs that read a clip by its URL. Each prints the columns n and stamp of every row it read."""

import csv
import io
import pathlib
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

# How long after its last answer a result answers again.
SECONDS_HELD = 10

# LibreOffice's module for Python is made for this one.
SYSTEM_PYTHON = "/usr/bin/python3"

FRAME = "rows = frame[['n', 'stamp']].itertuples(index=False)"
POLARS = "import polars; rows = polars.{call}{then}.select('n', 'stamp').rows()"
DUCKDB = """
import pathlib; sys.path.insert(0, f"{sys.prefix}/by_url")
import duckdb, duckdb_extension_httpfs
(extension,) = pathlib.Path(duckdb_extension_httpfs.__file__).parent.glob("extensions/*/httpfs.duckdb_extension")
duckdb.sql(f"load '{extension}'")
rows = duckdb.sql(f"select n, stamp from {call}").fetchall()
"""
CHDB = "from chdb import dbapi; cursor = dbapi.connect().cursor(); cursor.execute(f\"select n, stamp from {call}\"); rows = cursor.fetchall()"


@dataclass
class Reader:
    name: str
    suffix: str
    code: str = ""

    def is_installed(self):
        return True

    def read(self, url, folder):
        """The rows as lines."""
        # Where Python ends by itself, pyarrow may abort: https://github.com/apache/arrow/issues/34314
        rest = "for n, stamp in rows: print(n, stamp, sep=',')\nimport os; sys.stdout.flush(); os._exit(0)"
        code = f"import sys\nurl = sys.argv[1]\n{self.code}\n{rest}"
        return run([sys.executable, "-c", code, url], folder).splitlines()


class R(Reader):
    def is_installed(self):
        return has("Rscript", "-e", "library(readr); library(curl)")

    def read(self, url, folder):
        code = "cat(paste(rows$n, rows$stamp, sep = ','), sep = '\\n')"
        return run(["Rscript", "-e", f"url <- commandArgs(TRUE)\n{self.code}\n{code}", url], folder).splitlines()


class Office(Reader):
    """LibreOffice opens the URL, and saves what it sees."""

    def is_installed(self):
        return has("soffice", "--version")

    def read(self, url, folder):
        profile = f"-env:UserInstallation=file://{folder}/profile"
        run(["soffice", profile, "--headless", "--convert-to", "csv", "--outdir", folder, url], folder)
        return stamps(next(pathlib.Path(folder).glob("*.csv")).read_text())


class OfficeLink(Reader):
    """Cells of a spreadsheet in LibreOffice are linked to the URL."""

    def is_installed(self):
        return has("soffice", "--version") and has(SYSTEM_PYTHON, "-c", "import uno")

    def read(self, url, folder):
        program = str(pathlib.Path(__file__).with_name("office_link.py"))
        return run([SYSTEM_PYTHON, program, self.code, url], folder).splitlines()


@dataclass
class Resume(Reader):
    """Has half of a file, and asks for the rest."""

    download: tuple = ()
    resume: tuple = ()

    def read(self, url, folder):
        file = self.download_half(url, folder)
        run([*self.resume, file.name, url], folder)
        return stamps(file.read_text())

    def download_half(self, url, folder):
        file = pathlib.Path(folder, "clip.csv")
        run([*self.download, file.name, url], folder)
        self.whole = file.read_bytes()
        file.write_bytes(self.whole[: len(self.whole) // 2])
        return file


class ResumeTooLate(Resume):
    """Is refused, and leaves the file alone."""

    def read(self, url, folder):
        file = self.download_half(url, folder)
        half = file.read_bytes()
        time.sleep(SECONDS_HELD + 1)
        done = subprocess.run([*self.resume, file.name, url], cwd=folder, capture_output=True)
        if done.returncode == 0 or file.read_bytes() != half:
            raise RuntimeError(f"went on with other rows: exit status {done.returncode}")
        return stamps(self.whole.decode())


CURL = {"download": ("curl", "-sSo"), "resume": ("curl", "-sSf", "-C", "-", "-o")}
WGET = {"download": ("wget", "-qO"), "resume": ("wget", "-q", "-c", "-O")}

READERS = [
    Reader("DuckDB read_csv", "csv", DUCKDB.replace("{call}", "read_csv('{url}')")),
    Reader("DuckDB read_json", "ndjson", DUCKDB.replace("{call}", "read_json('{url}')")),
    Reader("DuckDB read_json", "json?shape=objects", DUCKDB.replace("{call}", "read_json('{url}')")),
    Reader("DuckDB read_parquet", "parquet", DUCKDB.replace("{call}", "read_parquet('{url}')")),
    Reader("polars read_csv", "csv", POLARS.format(call="read_csv(url)", then="")),
    Reader("polars scan_csv", "csv", POLARS.format(call="scan_csv(url)", then=".collect()")),
    Reader("polars scan_csv, streaming", "csv", POLARS.format(call="scan_csv(url)", then=".collect(engine='streaming')")),
    # It takes no URL.
    Reader("polars read_json", "json?shape=objects", f"import urllib.request; {POLARS.format(call='read_json(urllib.request.urlopen(url))', then='')}"),
    Reader("polars read_ndjson", "ndjson", POLARS.format(call="read_ndjson(url)", then="")),
    Reader("polars scan_ndjson", "ndjson", POLARS.format(call="scan_ndjson(url)", then=".collect()")),
    Reader("polars read_parquet", "parquet", POLARS.format(call="read_parquet(url)", then="")),
    Reader("polars scan_parquet", "parquet", POLARS.format(call="scan_parquet(url)", then=".collect()")),
    Reader("chDB url", "parquet", CHDB.replace("{call}", "url('{url}', 'Parquet')")),
    Reader("chDB url", "csv", CHDB.replace("{call}", "url('{url}', 'CSVWithNames')")),
    Reader("chDB url", "ndjson", CHDB.replace("{call}", "url('{url}', 'JSONEachRow')")),
    Reader("pandas read_csv", "csv", f"import pandas; frame = pandas.read_csv(url); {FRAME}"),
    Reader("pandas read_json", "json?shape=objects", f"import pandas; frame = pandas.read_json(url); {FRAME}"),
    Reader("pandas read_json", "ndjson", f"import pandas; frame = pandas.read_json(url, lines=True); {FRAME}"),
    Reader("pandas read_parquet", "parquet", f"import pandas; frame = pandas.read_parquet(url, dtype_backend='pyarrow'); {FRAME}"),
    # Without the name of the engine it downloads everything twice, by requests that look like two reads.
    Reader("pandas read_excel", "xlsx", f"import pandas; frame = pandas.read_excel(url, engine='openpyxl'); {FRAME}"),
    R("R read_csv", "csv", "rows <- readr::read_csv(url, show_col_types = FALSE)"),
    Office("LibreOffice", "csv"),
    Office("LibreOffice", "xlsx"),
    OfficeLink("LibreOffice, linked range", "csv", "range"),
    OfficeLink("LibreOffice, linked by formula", "csv", "formula"),
    Resume("curl -C -", "csv", **CURL),
    Resume("wget -c", "csv", **WGET),
    ResumeTooLate("curl -C -, too late", "csv", **CURL),
    ResumeTooLate("wget -c, too late", "csv", **WGET),
]


def stamps(text):
    """The two columns of a CSV file's rows."""
    return [f"{row['n']},{row['stamp']}" for row in csv.DictReader(io.StringIO(text))]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr else f"exit status {done.returncode}")
    return done.stdout


def has(program, *words):
    if not shutil.which(program):
        return False
    return subprocess.run([program, *words], capture_output=True).returncode == 0
