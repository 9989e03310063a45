"""Veeam session report as PowerShell's Export-Csv writes it: all cells quoted, US dates, local
times without a zone, durations in seconds with seven digits, empty duration of a dead task."""

import random

from . import clock, company, story
from .clock import DAY, SECOND

HEADER = ("JobName", "VMName", "Status", "IsRetry", "ProcessingMode", "WorkDuration",
          "TaskAlgorithm", "CreationTime", "BackupSize", "DataSize", "DedupRatio", "CompressRatio")
STATUS = {"ok": "Success", "warning": "Warning", "failed": "Failed"}
JOBS = {"platinum": "NY-Platinum-6h", "gold": "NY-Gold-Daily", "silver": "NY-Silver-Daily",
        "bronze": "NY-Bronze-Daily"}


def line(cells):
    return ",".join("" if cell is None else f'"{cell}"' for cell in cells)


def us_time(at):
    here = clock.wall(at, company.NEW_YORK)
    return f"{here.month}/{here.day}/{here.year} {here:%H:%M:%S}"


def row(run, rng):
    system = run.system
    site = "DR" if system.environment == "dr" else "NY"
    job = JOBS[system.tier_at(run.start)].replace("NY", site)
    micros = run.end - run.start
    duration = f"{micros / SECOND:.6f}{rng.randrange(10)}"
    if run.status == "failed" and rng.random() < 0.2:
        duration = None
    moved = run.size_bytes
    return line((
        job, system.system_id.upper(), STATUS[run.status], "True" if run.attempt > 1 else "False",
        "nbd" if rng.random() < 0.04 else "hotadd", duration,
        "Full" if run.level == "F" else "Increment", us_time(run.start),
        run.stored_bytes // 4096 * 4096, moved, rng.randrange(78, 101) if moved else 100,
        rng.randrange(31, 52) if moved else 100))


def messy(source, day):
    """(reason, line): rows of a proxy whose clock was not changed, a cut line, lost cells."""
    if source != "veeam-newyork":
        return []
    head = ("NY-Silver-Daily", "NY-WEB01", "Success", "False", "hotadd", "412.1290043", "Increment")
    return {
        "2026-04-01": [
            ("time-gap", line((*head, "3/8/2026 02:14:09", 1073741824, 2411724800, 96, 44))),
            ("time-gap", line((*head, "3/8/2026 02:41:55", 1069547520, 2401239040, 97, 44)))],
        "2026-05-01": [("key-null", line((head[0], None, *head[2:], "4/17/2026 22:06:31",
                                          536870912, 1205862400, 95, 44)))],
        "2026-08-01": [("ragged-row", '"NY-Gold-Daily","NY-FILES01","Success","False"')],
        "2026-09-01": [("number-unparsed", line((*head, "8/19/2026 22:03:44", "n/a", 2411724800,
                                                 96, 44)))],
    }.get(day, [])


def files(source, runs):
    """Monthly reports; each covers the whole month before and the two days before that."""
    rng = random.Random(f"{story.SEED}:{source}")
    made = sorted(((run, None) for run in runs), key=lambda p: (p[0].start, p[0].system.system_id))
    made = [(run, row(run, rng)) for run, _ in made]
    found, seen = [], set()
    for captured in company.monthly_captures(company.NEW_YORK):
        day = clock.wall(captured, company.NEW_YORK).date()
        last_month = day.replace(day=1, month=day.month - 1) if day.month > 1 else \
            day.replace(day=1, month=12, year=day.year - 1)
        begin = clock.local(company.NEW_YORK, last_month, 0) - 2 * DAY
        lines = [line(HEADER)]
        truth = {"records": 0, "duplicate_same": 0, "duplicate_superseded": 0, "quarantined": {}}
        for run, text in made:
            if not begin <= run.start or run.end >= captured:
                continue
            twice = rng.random() < 0.004  # the report script lists some tasks twice
            for _ in range(2 if twice else 1):
                lines.append(text)
                truth["records"] += 1
                key = (run.system.system_id, run.start)
                truth["duplicate_same"] += key in seen
                seen.add(key)
        for reason, text in messy(source, day.isoformat()):
            lines.insert(len(lines) // 2, text)
            truth["records"] += 1
            truth["quarantined"][reason] = truth["quarantined"].get(reason, 0) + 1
        stamp = clock.stamp(captured, company.NEW_YORK)
        found.append((f"VeeamSessionReport_{stamp}.csv", "\n".join(lines) + "\n", truth))
    return found
