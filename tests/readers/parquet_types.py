"""Compares the values of a Parquet file, as data frames read them, with what PostgreSQL printed.

Takes the file, and a JSON file of `names` (the types) and `columns` (their values as texts, arrays as lists of texts). Prints the rows
of a table: how three of the programs call each type. What readers cannot hold has to be NULL.
"""

import datetime
import decimal
import json
import re
import struct
import sys
import uuid

import chdb
import datafusion
import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet

# Dates and times that are NULL in the file, and counted there.
BEYOND = re.compile(r"-?infinity|24:00:00|\d{5,}-.*|.* BC")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def main(file, printed):
    with open(printed) as text:
        printed = json.load(text)
    table = pyarrow.parquet.read_table(file)
    frame = polars.read_parquet(file)
    relation = duckdb.read_parquet(file)
    rows = relation.fetchall()
    fusion = datafusion.SessionContext().read_parquet(file).to_arrow_table()
    clickhouse = chdb.query(f"select * from file('{file}', Parquet)", "ArrowTable")
    # Its own types hold fewer values: only that it reads the file is tried.
    pandas.read_parquet(file)
    exact = pandas.read_parquet(file, dtype_backend="pyarrow")
    wrong = 0
    names = set()
    for place, (name, texts) in enumerate(zip(printed["names"], printed["columns"])):
        expected = [value(name, text) for text in texts]
        for program, values in [
            ("pyarrow", table.column(place).to_pylist()),
            ("polars", frame.to_series(place).to_list()),
            ("DuckDB", [row[place] for row in rows]),
            ("DataFusion", fusion.column(place).to_pylist()),
            ("chDB", of_clickhouse(name, clickhouse.column(place))),
            ("pandas", pyarrow.array(exact.iloc[:, place]).to_pylist()),
        ]:
            found = [plain(name, found) for found in values]
            if program == "chDB" and name.endswith("[]"):
                # It has no array that is NULL.
                found = [None if one is None and other == [] else other for one, other in zip(expected, found)]
            for text, one, other in zip(texts, expected, found, strict=True):
                if one != other:
                    wrong += 1
                    print(f"{name} in {program}: {text!r} is {other!r}, not {one!r}", file=sys.stderr)
        if name not in names:
            names.add(name)
            kinds = table.schema.field(place).type, frame.dtypes[place], relation.types[place]
            print("|", " | ".join([name, *(f"`{kind}`" for kind in kinds)]), "|")
    sys.exit(wrong > 0)


def value(name, text):
    """What a value of this type should be."""
    if text is None:
        return None
    if name == "uuid[]":
        return text
    if isinstance(text, list):
        return [value(name.removesuffix("[]"), element) for element in text]
    if name in ("date", "time", "timestamp", "timestamptz") and BEYOND.fullmatch(text):
        return None
    match name:
        case "bool":
            return text in ("t", "true")
        case "int2" | "int4" | "int8" | "oid" | "xid8":
            return int(text)
        case "float4":
            return single(float(text))
        case "float8":
            return float(text)
        case "numeric(12,2)" | "numeric(38,19)" | "percent":
            return None if text == "NaN" else decimal.Decimal(text)
        case "uuid":
            return uuid.UUID(text)
        case "bytea":
            return bytes.fromhex(text.removeprefix("\\x"))
        case "date":
            return datetime.date.fromisoformat(text)
        case "time":
            return datetime.time.fromisoformat(microseconds(text))
        case "timestamp":
            return datetime.datetime.fromisoformat(microseconds(text))
        case "timestamptz":
            moment = datetime.datetime.fromisoformat(microseconds(text.removesuffix("+00")))
            return moment.replace(tzinfo=datetime.timezone.utc)
    return text


def plain(name, found):
    """What a program read, in the same form."""
    if isinstance(found, list):
        return [plain(name.removesuffix("[]"), element) for element in found]
    if name == "uuid" and isinstance(found, bytes):
        return uuid.UUID(bytes=found)
    if isinstance(found, datetime.datetime) and found.tzinfo:
        return EPOCH + (found - EPOCH)
    return found


def of_clickhouse(name, column):
    """It calls bytes a text, and has neither times of day nor times without a zone."""
    element = name.removesuffix("[]")
    if element == "bytea":
        kind = pyarrow.binary()
        column = column.cast(pyarrow.list_(kind) if element != name else kind)
    bare = {"time": lambda moment: moment.time(), "timestamp": lambda moment: moment.replace(tzinfo=None)}.get(element)
    return [each(bare, found) for found in column.to_pylist()] if bare else column.to_pylist()


def each(change, found):
    """The change of a value, or of a list's elements."""
    if isinstance(found, list):
        return [each(change, element) for element in found]
    return None if found is None else change(found)


def microseconds(text):
    """With six decimals, as Python before 3.11 wants them."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<6}"


def single(number):
    return struct.unpack("f", struct.pack("f", number))[0]


main(*sys.argv[1:])
