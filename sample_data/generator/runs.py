"""From schedules and story to runs: what each system did at each due instant, vendor-neutral."""

import math
import random
from dataclasses import dataclass

from . import clock, company, story
from .clock import MINUTE, SECOND

# Statuses: ok warning partial failed empty canceled refused interrupted running.


@dataclass(slots=True)
class Run:
    system: company.System
    due: int | None  # None: not scheduled
    start: int
    end: int | None  # None: still running, or no record of the end
    level: str  # F or I (pgBackRest: full, diff, incr)
    status: str
    cause: str | None = None
    attempt: int = 1
    files: int = 0
    size_bytes: int = 0
    stored_bytes: int = 0
    note: str = ""
    first_start: int | None = None  # differs from start after a reschedule


@dataclass(slots=True)
class Expected:
    system: company.System
    due: int
    deadline: int
    outcome: str  # fulfilled late failed missed excluded pending
    run: Run | None


def spread(rng):
    """Standard normal from twelve uniforms: the same on every platform."""
    return sum(rng.random() for _ in range(12)) - 6.0


def lognormal(rng, median, sigma):
    return median * math.exp(sigma * spread(rng))


def level_of(system, due):
    here = clock.wall(due, system.zone)
    main = max(h for h, _ in system.times) if len(system.times) > 1 else system.times[0][0]
    if system.times[0][0] < 12 and len(system.times) == 2:
        main = system.times[0][0]
    if system.source == "pgbackrest-berlin":
        if here.hour not in (2, 3):
            return "incr"
        return "full" if here.weekday() == 6 else "diff"
    if system.source in ("restic-edge", "borg-web"):
        return "I"
    is_main = here.hour == main or (here.hour == main + 1 and here.minute == 0)
    return "F" if here.weekday() == system.full_weekday and is_main else "I"


def sized(system, run, rng):
    """Files, bytes and duration of a run that moves data."""
    years = (run.due - clock.utc("2025-04-01")) / (365 * clock.DAY)
    whole = system.size_bytes * (1 + 0.12 * years)
    if run.level in ("F", "full"):
        share, files, pace = 1.0, system.files, 3.2
    elif run.level == "diff":
        share, files, pace = lognormal(rng, 0.08, 0.25), 0.06 * system.files, 1.3
    else:
        share, files, pace = lognormal(rng, 0.02, 0.35), 0.015 * system.files, 1.0
    if len(system.times) > 1 and run.level in ("I", "incr"):
        share, pace = share / 2, pace * 0.7
    run.size_bytes = int(whole * share * (0.98 + 0.04 * rng.random()))
    run.files = max(1, int(files * (0.9 + 0.2 * rng.random())))
    run.stored_bytes = int(run.size_bytes * (0.42 + 0.1 * rng.random()))
    seconds = lognormal(rng, system.base_s * pace, 0.13)
    if system.environment == "staging" and run.due >= story.DRIFT_FROM:
        seconds *= story.DRIFT_FACTOR
    run.end = run.start + int(seconds * SECOND)


def chance(system, rng):
    """Outcome where nothing is planted."""
    draw = rng.random()
    if draw < story.FAIL[system.tier]:
        return ("absent", None) if system.source == "borg-web" else ("failed", "chance")
    if system.source.startswith("bacula") and rng.random() < story.PARTIAL:
        return ("partial", "source_data")
    if system.source.startswith("veeam") and rng.random() < story.WARNING:
        return ("warning", None)
    return ("ok", None)


CAUSES = {  # (source family) -> causes of chance failures
    "bacula": ["connectivity", "configuration", "connectivity", "authentication"],
    "veeam": ["unknown"],
    "restic": ["connectivity", "contention"],
    "pgbackrest": ["connectivity", "storage_dark"],
}


def delay(system, rng):
    family = system.source.split("-")[0]
    low, high = {"bacula": (2, 4), "veeam": (4, 40), "restic": (1, 3),
                 "pgbackrest": (0, 2), "borg": (1, 4)}[family]
    seconds = low + (high - low) * rng.random()
    if family in ("bacula", "veeam") and rng.random() < 0.06:
        seconds += 60 + 840 * rng.random()  # waits for a device or a proxy
    if family in ("veeam", "bacula", "borg"):
        return int(seconds) * SECOND
    return int(seconds * 1000) * 1000


def start_run(system, due, rng):
    run = Run(system, due, due + delay(system, rng), None, level_of(system, due), "ok")
    sized(system, run, rng)
    return run


def fail(run, cause, rng):
    """Turns a run into a failure of a class; most failures end early."""
    family = run.system.source.split("-")[0]
    if cause == "chance":
        cause = rng.choice(CAUSES[family])
    run.status, run.cause = "failed", cause
    run.files = run.size_bytes = run.stored_bytes = 0
    seconds = {"storage": 3600 + 600 * rng.random(), "connectivity": 130 + 50 * rng.random(),
               "authentication": 2, "contention": 2}.get(cause, 5 + 40 * rng.random())
    run.end = run.start + int(seconds) * SECOND
    return run


def veeam_chain(system, due, rng, outcome):
    """First try and retries, ten minutes apart, at most three tries."""
    run = start_run(system, due, rng)
    lost = outcome == "failed"
    if outcome == "warning":
        run.status = "warning"
    if not lost and (outcome != "ok" or rng.random() >= story.VEEAM_FIRST_FAILS):
        return [run]
    chain = [fail(start_run(system, due, rng), "unknown", rng)]
    while len(chain) < 3:
        again = start_run(system, due, rng)
        shift = chain[-1].end + 10 * MINUTE - again.start
        again.start, again.end, again.attempt = again.start + shift, again.end + shift, len(chain) + 1
        if lost or rng.random() >= story.VEEAM_RETRY_OK:
            chain.append(fail(again, "unknown", rng))
        else:
            return [*chain, again]
    return chain


def extra_refused(system, due, rng):
    """A second start while the scheduled run is at work."""
    start = due + 4 * MINUTE + int(60 * rng.random()) * SECOND
    return Run(system, None, start, start + (0 if "bacula" in system.source else 25_000),
               level_of(system, due), "refused", "contention")


def shape(system, due, status, cause, rng):
    """The run (or runs) of one due instant."""
    if system.source.startswith("veeam"):
        return veeam_chain(system, due, rng, "failed" if status == "failed" else status)
    run = start_run(system, due, rng)
    if status == "failed":
        return [fail(run, cause, rng)]
    if status == "empty":
        run.files = run.size_bytes = run.stored_bytes = 0
        run.end = run.start + (2 + int(3 * rng.random())) * SECOND
        run.status = "empty" if run.level == "F" else "ok"
        run.note = "empty"
    elif status == "late":
        run.end = due + int((5.4 + 0.4 * rng.random()) * 3600) * SECOND
        run.note = "late"
    elif status == "long":
        run.end = due + int(2.1 * 3600) * SECOND
    elif status == "canceled":
        run.status, run.cause = "canceled", "canceled"
        run.files = run.size_bytes = run.stored_bytes = 0
        run.end = run.start + (300 + int(900 * rng.random())) * SECOND
    elif status == "rescheduled":
        run.first_start, run.note = run.start, "rescheduled"
        run.start, run.end = run.start + 32 * MINUTE, run.end + 32 * MINUTE
    elif status == "rewritten":
        run.status, run.cause, run.note = "interrupted", "interrupted", "rewritten"
        run.files = run.size_bytes = run.stored_bytes = 0
        run.end = run.start
    elif status == "interrupted":
        run.status, run.cause = status, cause
        run.end = run.start + 300 * SECOND
        run.files = run.size_bytes = run.stored_bytes = 0
    elif status == "running":
        run.status, run.end = "running", None
    elif status == "fold":
        run.end = run.start + 52 * MINUTE + int(300 * rng.random()) * SECOND
    elif status == "partial":
        run.status, run.cause = "partial", "source_data"
    if system.system_id == "kiosk-ny01" and status == "ok":
        recent = clock.wall(due, system.zone).date() >= clock.date(2026, 9, 28)
        if not recent and rng.random() < 0.25:
            run.note, run.stored_bytes = "unchanged", 0
    return [run]


def is_ok(run):
    """Counts as success under the vendors' own rules (policy `vendor`)."""
    restic = run.system.source == "restic-edge"
    return run.status in ("ok", "warning") or (run.status == "partial" and not restic)


def judge(system, due, chain):
    """Outcome of an expected run, by metrics.md section 4."""
    deadline = system.deadline(due)
    if system.system_id in story.MAINTENANCE_SYSTEMS and story.within(due, story.MAINTENANCE):
        return Expected(system, due, deadline, "excluded", chain[0] if chain else None)
    good = [run for run in chain if is_ok(run)]
    if good:
        inside = good[0].end <= deadline
        return Expected(system, due, deadline, "fulfilled" if inside else "late", good[0])
    if any(run.status == "running" for run in chain) or deadline >= company.AS_OF:
        return Expected(system, due, deadline, "pending", None)
    return Expected(system, due, deadline, "failed" if chain else "missed",
                    chain[0] if chain else None)


def captured_until(system):
    return company.CAPTURE_NY if system.zone == company.NEW_YORK else company.CAPTURE


def simulate(systems):
    """All runs and all expected runs, in the order of systems and due instants."""
    runs, expected = [], []
    for system in systems:
        rng = random.Random(f"{story.SEED}:{system.system_id}")
        for due in system.dues():
            status, cause = story.planned(system, due) or chance(system, rng)
            chain = [] if status == "absent" else shape(system, due, status, cause, rng)
            chain = [run for run in chain if run.start < captured_until(system)]
            key = (system.system_id, clock.wall(due, system.zone).date(),
                   clock.wall(due, system.zone).hour)
            if key in story.DUPLICATE or key in story.PG_REFUSED:
                chain_extra = [extra_refused(system, due, rng)]
                chain[0].end = max(chain[0].end, chain_extra[0].start + 10 * MINUTE)
            else:
                chain_extra = []
            for run in chain:
                if run.end is not None and run.end >= captured_until(system):
                    assert run.status in ("ok", "running"), (system.system_id, run)
                    run.end, run.status = None, "running"
            runs.extend(chain)
            runs.extend(chain_extra)
            if system.has_policy:
                expected.append(judge(system, due, chain))
    return runs, expected
