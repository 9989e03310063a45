"""borg 1.4 `list --json`: what still exists in the repository; naive local times."""

import hashlib
import json

from . import clock, company
from .clock import DAY


def archive(run):
    here = clock.wall(run.start, company.BERLIN)
    name = f"{run.system.system_id}-{here:%Y-%m-%dT%H:%M:%S}"
    own = hashlib.sha256(f"borg:{name}:{run.start}".encode()).hexdigest()
    at = f"{here:%Y-%m-%dT%H:%M:%S}.000000"
    return {"archive": name, "barchive": name, "id": own, "name": name, "start": at, "time": at}


def listings(runs):
    """Monthly listings: archives of the last 33 days, the first of each of the last 4 months."""
    found, ever = [], set()
    order = sorted(runs, key=lambda run: (run.start, run.system.system_id))
    for captured in company.monthly_captures(company.BERLIN):
        kept, first = [], set()
        for run in order:
            if run.start >= captured or run.start < captured - 120 * DAY:
                continue
            key = (run.system.system_id, clock.month(run.start))
            if run.start >= captured - 33 * DAY or key not in first:
                kept.append(run)
            first.add(key)
        value = {"archives": [archive(run) for run in kept],
                 "encryption": {"mode": "repokey-blake2"},
                 "repository": {"id": hashlib.sha256(b"borg repository").hexdigest(),
                                "last_modified": archive(kept[-1])["time"],
                                "location": "/srv/borg/web"}}
        same = sum(id(run) in ever for run in kept)
        ever |= {id(run) for run in kept}
        truth = {"records": len(kept), "duplicate_same": same, "duplicate_superseded": 0,
                 "quarantined": {}}
        name = f"borg_list_{clock.stamp(captured, company.BERLIN)}.json"
        found.append((name, json.dumps(value, indent=4) + "\n", truth))
    return found, [run for run in order if id(run) in ever]
