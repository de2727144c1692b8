#!/usr/bin/env bash
# pandas 3.1.1, pyarrow 26.0.1 (both by pip).
#
# A Parquet file with one column of lists of UUIDs cannot be read by pandas.read_parquet as it is by default: pyarrow has no conversion
# for lists of its type for UUIDs, though it has one for the UUIDs themselves. The error names no column, and the whole file is refused.
# `dtype_backend="pyarrow"` reads it. Files of ours have text in such lists.
#
# Seen:
#   UUIDs: [UUID('00000000-0000-0000-0000-000000000001')]
#   lists of UUIDs: ArrowNotImplementedError: Not implemented type for Arrow list to pandas: extension<arrow.uuid>
#   lists of UUIDs, asked: [[UUID('00000000-0000-0000-0000-000000000001')]]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1 pyarrow==26.0.1

cat > read.py <<'READ'
import uuid
import pandas, pyarrow, pyarrow.parquet
one = uuid.UUID(int=1)
for name, values, kind in [("one", [one.bytes], pyarrow.uuid()), ("list", [[one.bytes]], pyarrow.list_(pyarrow.uuid()))]:
    storage = pyarrow.array(values, pyarrow.list_(pyarrow.binary(16)) if name == "list" else pyarrow.binary(16))
    pyarrow.parquet.write_table(pyarrow.table({"u": storage.cast(kind)}), f"{name}.parquet")
def tell(name, file, **how):
    try:
        print(f"{name}:", pyarrow.array(pandas.read_parquet(file, **how).u).to_pylist() if how else list(pandas.read_parquet(file).u))
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
tell("UUIDs", "one.parquet")
tell("lists of UUIDs", "list.parquet")
tell("lists of UUIDs, asked", "list.parquet", dtype_backend="pyarrow")
READ
seen=$(python/bin/python read.py)
echo "$seen"
[ "$seen" = "UUIDs: [UUID('00000000-0000-0000-0000-000000000001')]
lists of UUIDs: ArrowNotImplementedError: Not implemented type for Arrow list to pandas: extension<arrow.uuid>
lists of UUIDs, asked: [[UUID('00000000-0000-0000-0000-000000000001')]]" ]
