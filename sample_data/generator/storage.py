"""Pools over time: Prometheus query_range matrices (one per metric) and monthly df captures."""

import json
import math
import random

from . import clock, company, story
from .clock import DAY, SECOND

TB, GB = 10**12, 10**9
BEGIN, END = clock.utc("2025-04-01"), clock.utc("2026-10-01")
EXPANSION = clock.utc("2026-08-29T09:00Z")
# name, instance, mount point, device, file system, size, reserved share, used at BEGIN, growth a day
POOLS = [
    ("platinum", "bks01.berlin:9100", "/srv/backup/platinum", "/dev/mapper/vg1-platinum", "xfs",
     20 * TB, 0.0, 11.2 * TB, 3 * GB),
    ("gold", "bks01.berlin:9100", "/srv/backup/gold", "/dev/mapper/vg1-gold", "ext4",
     40 * TB, 0.05, 26.0 * TB, 23.8 * GB),
    ("silver", "bks01.berlin:9100", "/srv/backup/silver", "/dev/mapper/vg2-silver", "xfs",
     60 * TB, 0.0, 16.6 * TB, 65 * GB),
    ("archive", "bks01.berlin:9100", "/srv/backup/archive", "/dev/mapper/vg2-archive", "xfs",
     30 * TB, 0.0, 22.4 * TB, -14 * GB),
    ("staging", "bks-stg01.berlin:9100", "/srv/backup/staging", "/dev/sdb1", "ext4",
     10 * TB, 0.05, 5.9 * TB, 1 * GB),
    ("edge", "rest01.edge:9100", "/srv/restic", "/dev/sdb1", "xfs", 8 * TB, 0.0, 2.1 * TB, 2 * GB),
]
GAP = (clock.utc("2025-12-24"), clock.utc("2025-12-27"))  # the monitoring host was down
NOT_A_NUMBER = ("staging", clock.utc("2026-02-10"))


def mean_used(pool, at):
    """The generating process without season and noise."""
    return pool[7] + pool[8] * (at - BEGIN) / DAY


def samples(pool, rng):
    """(instant, size, used, available) once a day."""
    name, size, reserve = pool[0], pool[5], pool[6]
    found, at = [], BEGIN
    while at <= END:
        weekday = clock.wall(at, "UTC").weekday()
        swing = 0.003 * pool[7] * (weekday - 3) / 3
        noise = rng.random() * 0.003 * pool[7]
        whole = size
        used = mean_used(pool, at) + swing + noise - 0.0015 * pool[7]
        if name == "gold":
            whole = size + 16 * TB if at >= EXPANSION else size
            if at > story.GOLD_FULL[1]:
                used -= 1.5 * TB
            elif at > story.GOLD_FULL[0]:
                used = whole * (1 - reserve)
            else:
                used = min(used, whole * (1 - reserve) - 60 * GB)
        used = int(used) // 4096 * 4096
        usable = int(whole * (1 - reserve)) // 4096 * 4096
        free = max(0, usable - used)
        if not story.within(at, GAP):
            found.append((at, whole, used, free))
        at += DAY
    return found


def matrices():
    """(file name, text, samples) of the three metrics, and the last sample of each pool."""
    series = {pool[0]: samples(pool, random.Random(f"{story.SEED}:pool:{pool[0]}"))
              for pool in POOLS}
    parts = {"size": lambda s: s[1], "avail": lambda s: s[3], "free": lambda s: s[1] - s[2]}
    files = []
    for metric, pick in parts.items():
        result = []
        for pool in POOLS:
            labels = {"__name__": f"node_filesystem_{metric}_bytes", "device": pool[3],
                      "fstype": pool[4], "instance": pool[1], "job": "node", "mountpoint": pool[2]}
            values = [[at // SECOND, str(pick((at, *rest)))] for at, *rest in series[pool[0]]]
            for value in values:
                if metric == "avail" and (pool[0], value[0] * SECOND) == NOT_A_NUMBER:
                    value[1] = "NaN"
            result.append({"metric": labels, "values": values})
        text = json.dumps({"status": "success",
                           "data": {"resultType": "matrix", "result": result}},
                          separators=(",", ":")) + "\n"
        files.append((f"query_range_filesystem_{metric}_2026-10-01_0000.json", text,
                      sum(len(entry["values"]) for entry in result)))
    return files, series


def full_date(pool):
    """Instant at which the process without noise reaches the usable size; None when it does not."""
    if pool[8] <= 0:
        return None
    size = pool[5] + (16 * TB if pool[0] == "gold" else 0)
    shift = 1.5 * TB if pool[0] == "gold" else 0
    room = size * (1 - pool[6]) - (pool[7] - shift)
    return BEGIN + math.ceil(room / pool[8]) * DAY


def df_captures():
    """Monthly `df -PB1 -T` of the store of the second site; one mount point has a blank in it."""
    rng = random.Random(f"{story.SEED}:df")
    files = []
    for index, captured in enumerate(company.monthly_captures(company.NEW_YORK)):
        rows = [("Filesystem", "Type", "1-blocks", "Used", "Available", "Capacity", "Mounted on")]
        for device, kind, size, used, place in (
                ("/dev/sda2", "ext4", 512 * GB, 61 * GB + index * GB // 3, "/"),
                ("/dev/mapper/vg0-dr", "xfs", 36 * TB, 17.9 * TB + index * 210 * GB, "/srv/dr/veeam"),
                ("/dev/sdc1", "ext4", 4 * TB, 1.2 * TB, "/mnt/tape cache")):
            used = int(used + 3 * GB * rng.random()) // 4096 * 4096
            usable = int(size * (0.95 if kind == "ext4" else 1)) // 4096 * 4096
            available = usable - used
            share = -(-100 * used // (used + available))
            rows.append((device, kind, str(size), str(used), str(available), f"{share}%", place))
        widths = [max(len(row[n]) for row in rows) for n in range(6)]
        text = "".join(
            " ".join([f"{row[0]:<{widths[0]}}", f"{row[1]:<{widths[1]}}",
                      *(f"{row[n]:>{widths[n]}}" for n in range(2, 6)), row[6]]) + "\n"
            for row in rows)
        files.append((f"df_dr-store01_{clock.stamp(captured, company.NEW_YORK)}.txt", text, 3))
    return files
