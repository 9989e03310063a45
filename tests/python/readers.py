"""Reads the tables of a lake with deltalake, Polars and DuckDB and compares every version with
what `tapeline query` answered for it.

    readers.py MANIFEST.json

The manifest lists versions of tables: table, folder, time (the column of the partition month, or
null), version, answer (what `tapeline query TABLE --format json --as-of-version N` printed) and, for
the newest version, files (from `tapeline history --live-files`). Values are compared exactly and
with their types, rows as multisets. Prints every difference and exits 1 if there is one.
"""

import json
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone

import deltalake
import duckdb
import polars

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
TYPES = {
    "text": "string",
    "int64": "long",
    "float64": "double",
    "bool": "boolean",
    "time": "timestamp",
    "list": {"type": "array", "elementType": "string", "containsNull": True},
}
DUCKDB_TYPES = {
    "text": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "time": "TIMESTAMP WITH TIME ZONE",
    "list": "VARCHAR[]",
}


def microseconds(at):
    """Whole microseconds since 1970, of a reader's instant or of ISO text in UTC."""
    if isinstance(at, str):
        assert at.endswith("Z"), at
        at = datetime.fromisoformat(at[:-1]).replace(tzinfo=timezone.utc)
    assert at.utcoffset() == timedelta(0), at
    return (at - EPOCH) // timedelta(microseconds=1)


def plain(value, kind):
    """One text per value: 1, 1.0, true and "1" all differ, null is not the empty text."""
    if value is not None and kind == "time":
        value = microseconds(value)
    return json.dumps(value, ensure_ascii=False)


def keys(rows, columns):
    """The rows as comparable tuples, in the order of the columns."""
    return [tuple(plain(row[name], kind) for name, kind in columns.items()) for row in rows]


def without_month(rows, case, reader):
    """The canonical columns; the partition column must say the month of the row's time."""
    for row in rows:
        if case["time"]:
            month = row.pop("month")
            instant = EPOCH + timedelta(microseconds=microseconds(row[case["time"]]))
            assert month == instant.strftime("%Y-%m"), (reader, month, instant)
        assert "month" not in row, reader
    return rows


def by_deltalake(case):
    """Rows and the columns' types, through deltalake's own engine."""
    table = deltalake.DeltaTable(case["folder"], version=case["version"])
    assert table.version() == case["version"]
    fields = json.loads(table.schema().to_json())["fields"]
    types = {field["name"]: field["type"] for field in fields if field["name"] != "month"}
    batches = deltalake.QueryBuilder().register("t", table).execute("select * from t")
    rows = batches.read_all()
    columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
    rows = [dict(zip(columns, values)) for values in zip(*columns.values())]
    return without_month(rows, case, "deltalake"), types, table


def by_polars(case):
    """Rows through Polars' reader of Delta tables."""
    frame = polars.scan_delta(case["folder"], version=case["version"]).collect()
    return without_month(frame.to_dicts(), case, "polars")


def by_duckdb(files, columns):
    """Rows through DuckDB, from the list of live files."""
    if not files:
        return []
    connection = duckdb.connect()
    source = "read_parquet(?, hive_partitioning = false, union_by_name = true)"
    found = connection.execute(f"describe select * from {source}", [files]).fetchall()
    types = {name: kind for name, kind, *_ in found}
    wanted = {name: DUCKDB_TYPES[kind] for name, kind in columns.items()}
    assert types == wanted, (types, wanted)
    # Microseconds as a number: Python's DuckDB needs another package for instants with a zone.
    shown = [
        f'epoch_us("{name}") as "{name}"' if kind == "time" else f'"{name}"'
        for name, kind in columns.items()
    ]
    answer = connection.execute(f"select {', '.join(shown)} from {source}", [files])
    return [dict(zip(columns, row)) for row in answer.fetchall()]


def filtered(case, table, want):
    """Rows at each instant, found by readers that skip files by their statistics."""
    counts = Counter(row[case["time"]] for row in want)
    lazy = polars.scan_delta(case["folder"], version=case["version"])
    engine = deltalake.QueryBuilder().register("t", table)
    for text, count in counts.items():
        at = EPOCH + timedelta(microseconds=microseconds(text))
        found = lazy.filter(polars.col(case["time"]) == at).collect().height
        assert found == count, f"polars finds {found} of {count} rows at {text}"
        sql = f"select count(*) as n from t where \"{case['time']}\" = timestamp '{text}'"
        found = engine.execute(sql).read_all().column("n").to_pylist()[0]
        assert found == count, f"deltalake finds {found} of {count} rows at {text}"


def check(case):
    """Compares one version; gives the number of its rows."""
    with open(case["answer"], encoding="utf-8") as file:
        answer = json.load(file)
    columns = {column["name"]: column["type"] for column in answer["columns"]}
    want = answer["rows"]
    wanted = Counter(keys(want, columns))
    ours, types, table = by_deltalake(case)
    assert types == {name: TYPES[kind] for name, kind in columns.items()}, types
    files = case.get("files")
    if files is None:
        files = table.file_uris()
    else:
        assert sorted(files) == sorted(table.file_uris()), "another list of live files"
    numbers = {name: "int64" if kind == "time" else kind for name, kind in columns.items()}
    readers = {
        "deltalake": keys(ours, columns),
        "polars": keys(by_polars(case), columns),
        "duckdb": keys(by_duckdb(files, columns), numbers),
    }
    for reader, rows in readers.items():
        got = Counter(rows)
        only = list((wanted - got).elements())[:2], list((got - wanted).elements())[:2]
        assert got == wanted, f"{reader}: only tapeline {only[0]}, only {reader} {only[1]}"
    if case["time"]:
        filtered(case, table, want)
    return len(want)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    rows, failed = 0, 0
    for case in cases:
        try:
            rows += check(case)
        except AssertionError as difference:
            failed += 1
            print(f"{case['table']} version {case['version']}: {difference}")
    print(f"{len(cases)} versions, {rows} rows, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
