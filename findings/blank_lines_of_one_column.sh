#!/usr/bin/env bash
# pandas 3.1.1, polars 2.1.0, DuckDB 1.5.5 (all by pip), Python 3.11's csv.
#
# `COPY … TO STDOUT (FORMAT csv, HEADER)` writes NULL as an empty field, so a row of one column that is NULL is a blank line.
# pandas and Python's csv.DictReader drop blank lines without a word: five rows become three, and a column of NULLs alone
# becomes no rows at all. polars and DuckDB read them as NULL. pandas needs `skip_blank_lines=False`; it then still cannot
# tell NULL from the empty string (`""`), which polars can, and DuckDB with `allow_quoted_nulls = false`.
#
# Seen:
#   csv.DictReader: 3 rows
#   pandas:         3 rows
#   pandas, asked:  5 rows, 3 NULL
#   polars:         5 rows, 2 NULL
#   DuckDB:         5 rows, 3 NULL
#   DuckDB, asked:  5 rows, 2 NULL
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1 polars==2.1.0 duckdb==1.5.5

printf 'a\nx\n\n""\n\ny\n' > rows.csv
cat > read.py <<'READ'
import csv, duckdb, pandas, polars
def tell(name, rows):
    print(f"{name + ':':15} {len(rows)} rows, {sum(pandas.isna(row) for row in rows)} NULL")
print(f"csv.DictReader: {len(list(csv.DictReader(open('rows.csv'))))} rows")
print(f"pandas:         {len(pandas.read_csv('rows.csv'))} rows")
tell("pandas, asked", list(pandas.read_csv("rows.csv", skip_blank_lines=False)["a"]))
tell("polars", list(polars.read_csv("rows.csv")["a"]))
for name, options in ("DuckDB", ""), ("DuckDB, asked", ", allow_quoted_nulls = false"):
    tell(name, [row[0] for row in duckdb.sql(f"from read_csv('rows.csv', header = true{options})").fetchall()])
READ
seen=$(python/bin/python read.py)
echo "$seen"
[ "$seen" = "csv.DictReader: 3 rows
pandas:         3 rows
pandas, asked:  5 rows, 3 NULL
polars:         5 rows, 2 NULL
DuckDB:         5 rows, 3 NULL
DuckDB, asked:  5 rows, 2 NULL" ]
