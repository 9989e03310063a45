"""An auditor with nothing but an unpacked package and DuckDB.

    recompute.py FOLDER

Runs data/07-method/recompute.sql as it stands. Every query must give the rows that were recorded; the
counts must also be those of result.json and of the CSV beside it, read by Python alone. Then half
of the rows of a table are taken out, and the script must notice. Exit 1 with what differs.
"""

import csv
import json
import os
import pathlib
import sys

import duckdb

SCRIPT = pathlib.Path("data/07-method/recompute.sql")


def recomputed():
    """Lines of the comparison by query."""
    connection = duckdb.connect()
    rows = connection.execute(SCRIPT.read_text(encoding="utf-8"))
    names = [column[0] for column in rows.description]
    return {row[0]: dict(zip(names, row)) for row in rows.fetchall()}


def csv_rows(path):
    """Data records of a CSV file."""
    with open(path, encoding="utf-8", newline="") as file:
        return max(0, sum(1 for _ in csv.reader(file)) - 1)


def differences(lines):
    """What is not as the package says."""
    found = []
    for query, line in lines.items():
        if line["agrees"] is False or (line["agrees"] is None and "not run" not in line["compared"]):
            found.append(f"{query}: {line}")
    for path in sorted(pathlib.Path("data/02-controls").rglob("result.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        population = lines[result["population_query"]]
        counts = {result["population_count"], csv_rows(path.with_name("population.csv"))}
        if result["population_not_run"] is None:
            counts.add(population["recomputed_count"])
        if len(counts) != 1:
            found.append(f"{path.parent.name}: populations of {sorted(counts)} rows")
        check = lines[result["query"]]
        violations = csv_rows(path.with_name("violations.csv"))
        if result["not_run"] is None and not result["has_steps"]:
            if violations != check["recomputed_count"]:
                found.append(f"{path.parent.name}: {violations} rows, not {check}")
        judged = sum(result[f"{kind}_count"] for kind in ("violation", "unproven", "exception"))
        if judged > violations:
            found.append(f"{path.parent.name}: judged {judged} of {violations} rows")
    return found


def without_half(table):
    """Takes every second row out of a table of the package."""
    path = f"data/08-tables/{table}.parquet"
    connection = duckdb.connect()
    numbered = f"select *, row_number() over () as number from read_parquet('{path}')"
    kept = f"select * exclude (number) from ({numbered}) where number % 2 = 0"
    connection.execute(f"create table kept as {kept}")
    connection.execute(f"copy kept to '{path}' (format parquet)")


def main(folder):
    """Checks the package, then a package whose tables are others."""
    os.chdir(folder)
    lines = recomputed()
    found = differences(lines)
    for line in found:
        print(line)
    whole = sum(line["agrees"] is True and line["is_whole"] for line in lines.values())
    rows = sum(line["recomputed_count"] or 0 for line in lines.values())
    print(f"{len(lines)} queries, {whole} agree row by row, {rows} rows, {len(found)} differ")
    without_half("restore_points")
    noticed = [query for query, line in recomputed().items() if line["agrees"] is False]
    print(f"without half of restore_points {len(noticed)} queries differ: {', '.join(noticed)}")
    return 1 if found or whole < 10 or not noticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
