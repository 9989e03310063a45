"""Recomputes the cases of the differential test in DuckDB and compares cell by cell.

Called by tests/it/differential.rs with one argument, a JSON list of cases:
name, sql (in DuckDB's spelling), tables (name -> Parquet file), answer (Parquet file).
Rows are compared as multisets; integers, texts, truth values and instants exactly, floats to a
relative 1e-9. Prints every difference and exits 1 if there is one.
"""

import json
import math
import sys
from collections import Counter
from decimal import Decimal

import duckdb


def plain(value):
    """One form per value: huge integers and decimals as int or float, lists as tuples."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return tuple(value)
    return value


def exact(row):
    return tuple(None if isinstance(v, float) else v for v in row)


def close(a, b):
    if a is None or b is None:
        return a is b
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return type(a) is type(b) and a == b


def matched(want, got):
    """True when the rows agree in some order."""
    if len(want) != len(got):
        return False
    if Counter(want) == Counter(got):
        return True
    rest = list(got)
    for row in want:
        found = next((r for r in rest if all(map(close, row, r))), None)
        if found is None:
            return False
        rest.remove(found)
    return True


def fetch(connection, sql):
    return [tuple(plain(v) for v in row) for row in connection.execute(sql).fetchall()]


def check(case):
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    for name, path in case["tables"].items():
        connection.execute(f"create view {name} as select * from read_parquet('{path}')")
    answer = f"select * from read_parquet('{case['answer']}')"
    got = fetch(connection, answer)
    names = ", ".join(f'"{column[0]}"' for column in connection.execute(answer).description)
    try:
        # The engine returns the columns in the order of the header, the statement in its own.
        want = fetch(connection, f"select {names} from ({case['sql']}) as statement")
    except duckdb.Error as error:
        return f"DuckDB: {error}"
    if matched(want, got):
        return None
    missing, extra = Counter(want) - Counter(got), Counter(got) - Counter(want)
    return f"  only DuckDB: {list(missing)[:4]}\n  only Polars: {list(extra)[:4]}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    failed = 0
    for case in cases:
        difference = check(case)
        if difference:
            failed += 1
            print(f"{case['name']}\n{case['sql']}\n{difference}\n")
    print(f"{len(cases)} cases, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
