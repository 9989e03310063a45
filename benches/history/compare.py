#!/usr/bin/env python3
"""Ten questions, Tapeline and DuckDB side by side over the same Parquet files, answers compared.

    python3 benches/history/compare.py PROJECT TAPELINE [--rounds 3]

Every question runs in a fresh process; CPU is user + system time, memory the greatest resident set.
The two programs take turns, so that a noisy machine disturbs both; the table shows the best of the rounds.
"""
import argparse
import csv
import io
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent

DUCK = """
import csv, json, sys, duckdb
spec = json.load(open(sys.argv[1]))
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
con.execute("SET threads = " + str(spec["threads"]))
for table, files in spec["tables"].items():
    con.execute(f'CREATE VIEW {table} AS SELECT * FROM read_parquet({files!r}, union_by_name = true)')
rows = con.execute(spec["sql"])
out = csv.writer(sys.stdout)
out.writerow([d[0] for d in rows.description])
out.writerows(rows.fetchall())
"""


def measured(argv: list[str]) -> tuple[str, float, float, float]:
    """Output, CPU seconds, wall seconds and peak memory in MiB of one process."""
    begin = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.PIPE)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{argv[:4]} failed with {status}")
    return out.decode(), usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss / 1024


def cells(text: str) -> list[list[str]]:
    """Rows of a CSV in a spelling that does not depend on the program."""
    def norm(cell: str) -> str:
        if cell in ("", "-", "None", "NULL"):
            return ""
        try:
            return repr(round(float(cell), 6))
        except ValueError:
            return cell.replace("T", " ").replace("+00:00", "").rstrip("Z").removesuffix(" 00:00:00")
    rows = [[norm(c) for c in row] for row in csv.reader(io.StringIO(text))]
    return [rows[0], *sorted(rows[1:])]


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("project", type=pathlib.Path)
    args.add_argument("tapeline", type=pathlib.Path)
    args.add_argument("--rounds", type=int, default=3)
    given = args.parse_args()
    tapeline = [str(given.tapeline.resolve()), "-C", str(given.project), "-q"]
    live = json.loads(subprocess.check_output([*tapeline, "history", "--live-files"]))
    script = given.project / "duck.py"
    script.write_text(DUCK)
    print("| question | CPU s (Tapeline / DuckDB) | ratio | wall s | ratio | MiB | ratio |")
    print("|---|---|---|---|---|---|---|")
    wrong = []
    for path in sorted((HERE / "questions").glob("*.sql")):
        sql = subprocess.check_output([*tapeline, "query", str(path), "--sql", "duckdb"]).decode()
        spec = given.project / "duck.json"
        spec.write_text(json.dumps({"sql": sql, "tables": live, "threads": os.cpu_count()}))
        ours, theirs = [], []
        for _ in range(given.rounds):
            ours.append(measured([*tapeline, "query", str(path), "--format", "csv"]))
            theirs.append(measured([sys.executable, str(script), str(spec)]))
        if cells(ours[0][0]) != cells(theirs[0][0]):
            wrong.append(path.stem)
        parts = []
        for at in (1, 2, 3):
            a, b = min(r[at] for r in ours), min(r[at] for r in theirs)
            parts.append(f"{a:.2f} / {b:.2f} | {a / b:.2f}")
        print(f"| {path.stem[3:].replace('_', ' ')} | {' | '.join(parts)} |", flush=True)
    if wrong:
        sys.exit(f"answers differ: {', '.join(wrong)}")
    print("\nall answers agree")


if __name__ == "__main__":
    main()
