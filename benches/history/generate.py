#!/usr/bin/env python3
"""A long job history in canonical columns, as Parquet by month, with changes and storage samples.

    python3 benches/history/generate.py OUT --runs 10000000

Deterministic: every value is a hash of the row number. Needs PyPI duckdb.
"""
import argparse
import pathlib

import duckdb

MONTHS = 24


def run(text: str) -> str:
    """Pseudo-random integer in [0, 1e6) from the row number and a word."""
    return f"(hash(i, '{text}') % 1000000)::BIGINT"


def job_runs(rows: int, month: int) -> str:
    """One month of runs: 2,000 systems, four tiers by name, three environments, two per cent failures."""
    per_month = rows // MONTHS
    first = month * per_month
    return f"""
    WITH raw AS (
        SELECT i, {run('system')} % 2000 AS system, {run('second')} AS second, {run('fail')} AS fail,
               {run('long')} AS long, {run('late')} AS late, {run('retry')} AS retry,
               {run('size')} AS size, {run('message')} AS message
        FROM range({first}, {first + per_month}) AS t(i)
    ), timed AS (
        SELECT *, TIMESTAMPTZ '2024-10-01' + to_months({month})
                  + to_seconds((i - {first}) * (27 * 86400)::DOUBLE / {per_month}) AS scheduled
        FROM raw
    )
    SELECT 'run-' || i AS run_id, false AS is_rollup, 'attempts' AS coverage, 'backup' AS operation,
           CASE WHEN i % 7 = 0 THEN 'full' ELSE 'incremental' END AS level, 'scheduled' AS "trigger",
           'job-' || system AS job_id, 'job ' || system AS job_name,
           'host-' || system AS host_name, 'host-' || system AS object_name,
           'tier' || system % 4 AS policy_name, 'host-' || system AS system_ref,
           CASE system % 3 WHEN 0 THEN 'prod' WHEN 1 THEN 'staging' ELSE 'dr' END AS environment,
           'Bench' AS product, CASE WHEN retry < 30000 THEN 2 ELSE 1 END AS attempt_no,
           retry < 30000 AS is_retry,
           scheduled AS scheduled_at, scheduled + to_seconds(late % 1800) AS started_at,
           scheduled + to_seconds(late % 1800 + 300 + long % 7200) AS ended_at,
           scheduled AS anchor_at, (300 + long % 7200)::DOUBLE AS duration_s,
           'reported' AS duration_source, 'utc' AS time_quality,
           CASE WHEN fail < 15000 THEN 'failed' WHEN fail < 20000 THEN 'warning'
                ELSE 'success' END AS outcome,
           fail >= 20000 OR fail % 2 = 0 AS vendor_success, fail >= 15000 AS protects_data,
           CASE WHEN fail < 15000 THEN CASE message % 5
                WHEN 0 THEN 'connection refused by peer' WHEN 1 THEN 'No space left on device'
                WHEN 2 THEN 'authentication failed for user' WHEN 3 THEN 'lock held by another job'
                ELSE 'unexpected end of stream ' || message END END AS message,
           size * 1000 AS source_bytes, size * 600 AS transferred_bytes
    FROM timed
    """


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("out", type=pathlib.Path)
    args.add_argument("--runs", type=int, default=10_000_000)
    given = args.parse_args()
    for folder in ("job_runs", "changes", "storage_samples"):
        (given.out / folder).mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for month in range(MONTHS):
        target = given.out / "job_runs" / f"{month:02}.parquet"
        con.execute(f"COPY ({job_runs(given.runs, month)}) TO '{target}' (FORMAT parquet)")
    con.execute(f"""COPY (
        SELECT 'change-' || i AS change_id, 'closed' AS status, 'host-' || {run('system')} % 2000 AS system_ref,
               TIMESTAMPTZ '2024-10-01' + to_seconds({run('at')} * 63) AS actual_end_at,
               TIMESTAMPTZ '2024-10-01' + to_seconds({run('at')} * 63) AS anchor_at
        FROM range(5000) AS t(i)) TO '{given.out}/changes/all.parquet' (FORMAT parquet)""")
    con.execute(f"""COPY (
        SELECT 'pool-' || i % 40 AS pool_id, TIMESTAMPTZ '2024-10-01' + to_hours((i // 40)::INT) AS at,
               100000000000000 AS size_bytes, 20000000000000 + i * 3000000 + {run('used')} AS used_bytes,
               80000000000000 - i * 3000000 - {run('used')} AS available_bytes
        FROM range(40 * 24 * 700) AS t(i)) TO '{given.out}/storage_samples/all.parquet' (FORMAT parquet)""")


if __name__ == "__main__":
    main()
