"""The deduplicating appliance in New York, and the points of a retired system that are still on it.

What comes in grows evenly while the reduction ratio falls, so its use grows ever faster."""

import random

from . import clock, company, lists, story
from .clock import DAY
from .runs import spread
from .storage import BEGIN, GB, TB

NAME, POOL = "vault-ny01", "vault-ny01 /data"
SIZE, CAPACITY = 41 * TB, 40 * TB  # the difference is the appliance's own reserve
LOGICAL, LOGICAL_A_DAY, LOGICAL_NOISE = 200 * TB, 0.12 * TB, 0.001
RATIO, RATIO_A_DAY, RATIO_NOISE = 12.0, -0.00456, 0.003
BLOCK = 4096

RETIRED = "ny-print01"  # out of service since 2026-04-01
POINT_BYTES, KEPT = 150 * GB, 365 * DAY
LOCKED_POINT, LOCKED_LONGER = clock.utc("2026-01-01T22:00Z"), 60 * DAY


def logical(at):
    """The generating process without noise, as the two below."""
    return LOGICAL + LOGICAL_A_DAY * (at - BEGIN) / DAY


def ratio(at):
    return RATIO + RATIO_A_DAY * (at - BEGIN) / DAY


def used(at):
    return logical(at) / ratio(at)


def samples():
    """One row a day at 05:00 UTC; the last is the morning of the export."""
    rng = random.Random(f"{story.SEED}:vault")
    rows = []
    for day in clock.days(company.FIRST_DAY, company.LAST_DAY):
        at = clock.local("UTC", day, 5)
        whole = logical(at) * (1 + LOGICAL_NOISE * spread(rng))
        taken = whole / (ratio(at) * (1 + RATIO_NOISE * spread(rng)))
        taken = int(taken) // BLOCK * BLOCK
        rows.append({"pool_id": POOL, "pool_name": NAME, "pool_kind": "pool", "host_name": NAME,
                     "site": "newyork", "media_kind": "disk", "at": clock.iso(at),
                     "size_bytes": SIZE, "used_bytes": taken, "available_bytes": CAPACITY - taken,
                     "logical_bytes": int(whole) // BLOCK * BLOCK})
    return rows


def points():
    """Twelve monthly points; those that expired before the export are listed as deleted."""
    rng = random.Random(f"{story.SEED}:vault:points")
    rows = []
    for day in clock.first_of_months(company.FIRST_DAY, clock.date(2026, 3, 1)):
        at = clock.local("UTC", day, 22)
        stored = int(POINT_BYTES * (1 + 0.02 * spread(rng))) // BLOCK * BLOCK
        expires = at + KEPT
        locked = expires + LOCKED_LONGER if at == LOCKED_POINT else None
        gone = expires if expires <= company.AS_OF else None
        rows.append({"point_id": f"{NAME}-{RETIRED}-{day.isoformat()}", "system_ref": RETIRED,
                     "object_name": RETIRED, "level": "full", "taken_at": clock.iso(at),
                     "expires_at": clock.iso(expires), "immutable_until": lists.at(locked),
                     "deleted_at": lists.at(gone), "lock_mode": "compliance" if locked else None,
                     "size_bytes": int(stored * 4 * (1 + 0.01 * spread(rng))),
                     "stored_bytes": stored, "location_id": POOL, "location_name": NAME,
                     "media_kind": "disk", "integrity": "ok"})
    return rows


def roll_off(rows):
    """(instant, bytes) that come back after as_of: at expiry, or at the end of a longer lock."""
    back = [(clock.utc(row["immutable_until"] or row["expires_at"]), row["stored_bytes"])
            for row in rows if row["deleted_at"] is None]
    return sorted(back)


def full_date(back):
    """First day on which the process without noise, less what came back, fills the capacity."""
    at = clock.utc("2026-10-01")
    while used(at) - sum(size for when, size in back if when <= at) < CAPACITY:
        at += DAY
    return at


def truth(rows, point_rows):
    last, back = rows[-1], roll_off(point_rows)
    return {
        "pool": POOL, "last_sample_at": last["at"],
        **{key: last[key] for key in ("size_bytes", "used_bytes", "available_bytes",
                                      "logical_bytes")},
        "capacity_bytes": CAPACITY,
        "logical_growth_bytes_per_day_of_the_process": int(LOGICAL_A_DAY),
        "reduction_ratio_now_of_the_process": round(ratio(clock.utc(last["at"])), 6),
        "reduction_ratio_change_per_day_of_the_process": RATIO_A_DAY,
        "full_at_of_the_process": clock.iso(full_date(back)),
        "full_at_without_roll_off": clock.iso(full_date([])),
        "points": len(point_rows), "points_at_as_of": len(back),
        "roll_off": [{"at": clock.iso(at), "bytes": size} for at, size in back]}


def files():
    """(name, text, rows) of the two files, samples first."""
    made = []
    for name, rows in (("storage_samples", samples()), ("restore_points", points())):
        made.append((name, lists.table(list(rows[0]), [row.values() for row in rows]), rows))
    return made
