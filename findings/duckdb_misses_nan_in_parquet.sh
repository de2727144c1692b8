#!/usr/bin/env bash
# DuckDB 2.0.1 and 1.5.5, pyarrow 26.0.1, polars 2.1.0 (all by pip).
#
# For DuckDB, as for PostgreSQL, NaN is greater than all numbers. The least and the greatest value that Parquet keeps of a column
# leave NaN out, as its specification asks. DuckDB skips row groups by them, so a filter on the file misses the rows with NaN that
# the same filter finds once the rows are in a table, without a word. `can_have_nan = true` reads all; files that DuckDB writes keep no such
# values for columns with NaN, and are right.
#
# Seen, of the rows 1, NaN and 7 where x > 1000:
#   in a table:        [2]
#   pyarrow's file:    None
#   polars' file:      None
#   pyarrow's, asked:  [2]
#   DuckDB's own file: [2]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0

cat > read.py <<'READ'
import duckdb, polars, pyarrow, pyarrow.parquet
rows = {"id": [1, 2, 3], "x": [1.0, float("nan"), 7.0]}
pyarrow.parquet.write_table(pyarrow.table(rows), "pyarrow.parquet")
polars.DataFrame(rows).write_parquet("polars.parquet")
duckdb.sql("create table rows as from 'pyarrow.parquet'")
duckdb.sql("copy rows to 'duckdb.parquet'")
def tell(name, source):
    found = duckdb.sql(f"select list(id) from {source} where x > 1000").fetchall()[0][0]
    print(f"{name + ':':18} {found}")
tell("in a table", "rows")
tell("pyarrow's file", "'pyarrow.parquet'")
tell("polars' file", "'polars.parquet'")
tell("pyarrow's, asked", "read_parquet('pyarrow.parquet', can_have_nan = true)")
tell("DuckDB's own file", "'duckdb.parquet'")
READ
seen=$(python/bin/python read.py)
echo "$seen"
[ "$seen" = "in a table:        [2]
pyarrow's file:    None
polars' file:      None
pyarrow's, asked:  [2]
DuckDB's own file: [2]" ]
