#!/bin/sh
# Runs the code of Share/Export as it is written: pandas, polars, DuckDB and GeoPandas, which pip installs in a temporary
# folder, GDAL, psql, and R where it is installed. Prints a table of program and clip; fails if one of them is not ok. Then
# compares what they read from a Parquet file, type by type, with what PostgreSQL printed.
set -eu
cd "$(dirname "$0")/../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
tests/readers/install "$folder"
PATH="$folder/bin:$PATH" cargo test --test suite -- clip::sharing::snippets data_frames_read_what --include-ignored --nocapture --test-threads 1
