#!/bin/sh
# Runs the code of Share/Export as it is written: pandas, polars, DuckDB and GeoPandas, which pip installs in a temporary
# folder, GDAL, psql, and R where it is installed. Prints a table of program and clip; fails if one of them is not ok. Then
# compares what they read from a Parquet file, type by type, with what PostgreSQL printed.
set -eu
cd "$(dirname "$0")/../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check -r tests/readers/requirements.txt
PATH="$folder/bin:$PATH" cargo test --test suite -- clip::sharing::snippets data_frames_read_what --include-ignored --nocapture --test-threads 1
