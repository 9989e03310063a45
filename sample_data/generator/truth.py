"""The planted truth: counted from what the generator made, never from the exports."""

from collections import defaultdict

from . import clock, company, lists, servicenow, storage, story, vault
from .clock import DAY, SECOND
from .runs import is_ok

ATTEMPT_FAMILIES = ("bacula", "veeam", "restic", "pgbackrest")
POLICIES = {
    "strict": lambda run: run.status == "ok",
    "vendor": is_ok,
    "lenient": lambda run: run.status in ("ok", "warning", "partial"),
}


def in_q3(at):
    return company.Q3[0] <= at < company.Q3[1]


def chains(runs):
    """Logical runs: a first try and its retries."""
    found, last = [], None
    for run in runs:
        if not run.system.source.startswith(ATTEMPT_FAMILIES):
            continue
        if run.attempt > 1:
            last.append(run)
        else:
            last = [run]
            found.append(last)
    return found


def counted(run):
    """In the denominator of attempt and run rates."""
    excused = run.status == "canceled" and run.due is not None and story.within(
        run.due, story.MAINTENANCE) and run.system.system_id in story.MAINTENANCE_SYSTEMS
    return run.status not in ("refused", "running") and not excused


def rates(chain_list, expected):
    """S1, S2, S3 and S5 as exact integer pairs, with what was left out."""
    attempts = [run for chain in chain_list for run in chain]
    n_runs = [chain for chain in chain_list if counted(chain[0])]
    n_attempts = [run for run in attempts if counted(run)]
    outcomes = defaultdict(int)
    for one in expected:
        outcomes[one.outcome] += 1
    n = sum(outcomes[word] for word in ("fulfilled", "late", "failed", "missed"))
    return {
        "attempt": {p: [sum(map(ok, n_attempts)), len(n_attempts)] for p, ok in POLICIES.items()},
        "final": {p: [sum(any(map(ok, chain)) for chain in n_runs), len(n_runs)]
                  for p, ok in POLICIES.items()},
        "first_attempt": {p: [sum(ok(chain[0]) for chain in n_runs), len(n_runs)]
                          for p, ok in POLICIES.items()},
        "expected_run": {"vendor": [outcomes["fulfilled"], n]},
        "expected_outcomes": dict(sorted(outcomes.items())),
        "excluded_runs": {"refused": sum(r.status == "refused" for r in attempts),
                          "running": sum(r.status == "running" for r in attempts),
                          "canceled_in_maintenance": sum(
                              r.status == "canceled" and not counted(r) for r in attempts)},
        "statuses": dict(sorted(_count(run.status for run in attempts).items())),
    }


def _count(words):
    found = defaultdict(int)
    for word in words:
        found[word] += 1
    return dict(found)


def by_tier(runs, expected):
    chain_list = chains(runs)
    tier_of = lambda run: run.system.tier_at(run.start)
    result = {"q3": {}, "months": {}}
    for tier in (*company.TIERS, "all"):
        mine = [c for c in chain_list if tier in ("all", tier_of(c[0]))]
        due = [e for e in expected if tier in ("all", e.system.tier_at(e.due))]
        result["q3"][tier] = rates([c for c in mine if in_q3(anchor(c[0]))],
                                   [e for e in due if in_q3(e.due)])
        split, split_due = defaultdict(list), defaultdict(list)
        for chain in mine:
            split[clock.month(anchor(chain[0]))].append(chain)
        for one in due:
            split_due[clock.month(one.due)].append(one)
        result["months"][tier] = {
            month: {key: value for key, value in rates(split[month], split_due[month]).items()
                    if key in ("attempt", "final", "expected_run", "expected_outcomes")}
            for month in sorted(set(split) | set(split_due))}
    return result


def anchor(run):
    """scheduled_at where the export has it (Bacula), else the start."""
    if run.system.source.startswith("bacula") and run.due is not None:
        return run.due
    return run.first_start or run.start


def bad_nights(expected):
    found = defaultdict(lambda: {"failed": 0, "classes": defaultdict(int), "systems": set()})
    for one in expected:
        if in_q3(one.due) and one.system.tier == "gold" and one.outcome == "failed":
            night = company.backup_day(one.due, one.system.zone)
            found[night]["failed"] += 1
            found[night]["classes"][one.run.cause] += 1
            found[night]["systems"].add(one.system.system_id)
    return [{"backup_day": night, "failed": value["failed"], "classes": dict(value["classes"]),
             "systems": len(value["systems"])}
            for night, value in sorted(found.items()) if night in story.BAD_NIGHTS]


def exposure(systems, runs):
    """Age of the newest usable recovery point at as_of, per system with a policy."""
    newest = {}
    for run in runs:
        good = run.status in ("ok", "warning") and run.end is not None and run.end <= company.AS_OF
        if good:
            at = run.start
            newest[run.system.system_id] = max(newest.get(run.system.system_id, 0), at)
    rows = []
    for system in systems:
        if not system.has_policy or (system.until and system.until <= company.AS_OF):
            continue
        limit = company.RPO_H[system.tier] * 3600
        seconds = (company.AS_OF - newest[system.system_id]) / SECOND
        rows.append({"system_id": system.system_id, "tier": system.tier, "rpo_s": limit,
                     "newest_point_at": clock.iso(newest[system.system_id]),
                     "exposure_s": seconds, "ratio": round(seconds / limit, 4)})
    return {"over_150_percent": [r for r in rows if r["ratio"] > 1.5],
            "over_100_percent": [r["system_id"] for r in rows if r["ratio"] > 1]}


def incident_truth(made):
    usable = [i for i in made if i.planted != "time-order"]
    result = {}
    for name, chosen in (("q3", [i for i in usable if in_q3(i.opened)]), ("all", usable)):
        result[name] = {}
        for priority, severity in servicenow.SEVERITY.items():
            mine = [i for i in chosen if i.priority == priority and i.status != "canceled"]
            ended = [i for i in mine if i.resolved is not None]
            acked = [i for i in mine if i.acked is not None]
            value = {"n": len(mine), "open": len(mine) - len(ended),
                     "never_acknowledged": len(mine) - len(acked),
                     "canceled_excluded": sum(i.priority == priority and i.status == "canceled"
                                              for i in chosen)}
            if name == "q3":
                value["resolve_s"] = sorted((i.resolved - i.opened) // SECOND for i in ended)
                value["acknowledge_s"] = sorted((i.acked - i.opened) // SECOND for i in acked)
                value["open_age_s"] = sorted((company.AS_OF - i.opened) // SECOND
                                             for i in mine if i.resolved is None)
            result[name][severity] = value
    result["open_at_as_of"] = [
        {"number": f"INC{i.number:07d}", "severity": servicenow.SEVERITY[i.priority],
         "opened_at": clock.iso(i.opened), "title": i.title}
        for i in usable if i.status != "canceled" and i.resolved is None]
    return result


def change_truth(change_list, runs, incidents):
    """Changes that ended in Q3 with a failed run or an incident of the same system in 24 h."""
    ended = [c for c in change_list if c.state == 3 and in_q3(c.end)]
    hit = []
    for change in ended:
        after = lambda at: change.end <= at < change.end + DAY
        failed = [r for r in runs if r.system is change.system and after(r.start)
                  and r.status in ("failed", "empty", "interrupted")]
        raised = [i for i in incidents if i.system is change.system and change.system
                  and after(i.opened)]
        caused = [i for i in incidents if i.change is change]
        if failed or raised or caused:
            hit.append({"number": f"CHG{change.number:07d}", "system_id": change.system.system_id,
                        "failed_runs": len(failed), "incidents": len(raised),
                        "planted": change.planted})
    return {"definition": "same system, 24 h after the end of work; failed runs include retries",
            "ended_in_q3": len(ended), "with_failure_or_incident": hit}


def drift(runs):
    """Median duration of good runs in staging after the change against the 90 days before."""
    ratios = []
    streams = defaultdict(lambda: ([], []))
    begin = story.DRIFT_FROM - 90 * DAY
    for run in runs:
        if run.system.environment == "staging" and run.status == "ok" and run.note == "" \
                and run.start >= begin:
            after = run.start >= story.DRIFT_FROM
            streams[run.system.system_id, run.level][after].append(run.end - run.start)
    for before, after in streams.values():
        ratios.append(_median(after) / _median(before))
    return {"environment": "staging", "since": clock.iso(story.DRIFT_FROM),
            "factor_of_the_process": story.DRIFT_FACTOR,
            "median_ratio_over_streams": round(_median(ratios), 4), "streams": len(ratios)}


def _median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def restore_truth(systems, tests):
    q3 = [t for t in tests if in_q3(clock.utc(t["anchor_at"]))]
    tested = {t["system_ref"] for t in tests}
    limit = {s.system_id: company.RTO_H[s.tier] * 3600 for s in systems}
    over = [t for t in q3 if t["outcome"] == "success"
            and t["rto_actual_s"] > limit[t["system_ref"]]]
    due = []
    for system in systems:
        days = company.TEST_EVERY_DAYS[system.tier]
        mine = [clock.utc(t["anchor_at"]) for t in tests
                if t["system_ref"] == system.system_id and t["outcome"] == "success"]
        alive = system.until is None or system.until > company.AS_OF
        if system.has_policy and alive and days and (
                not mine or max(mine) < company.AS_OF - days * DAY):
            due.append(system.system_id)
    return {"all": len(tests), "q3": len(q3),
            "q3_passed": sum(t["outcome"] == "success" for t in q3),
            "failed": [[t["test_id"], t["system_ref"]] for t in tests if t["outcome"] == "failed"],
            "over_rto": [[t["test_id"], t["system_ref"], t["rto_actual_s"]] for t in over],
            "never_tested": sorted(s.system_id for s in systems if s.system_id not in tested),
            "no_successful_test_within_test_every": sorted(due),
            "planted_untested": sorted(lists.NEVER_TESTED)}


def pools_truth(series, appliance):
    found = {}
    for pool in storage.POOLS:
        at, size, used, available = series[pool[0]][-1]
        full = storage.full_date(pool)
        found[pool[0]] = {
            "pool": f"{pool[1]} {pool[2]}", "last_sample_at": clock.iso(at), "size_bytes": size,
            "used_bytes": used, "available_bytes": available,
            "growth_bytes_per_day_of_the_process": pool[8],
            "full_at_of_the_process": clock.iso(full) if full and full < at + 3650 * DAY else None}
    found[vault.NAME] = vault.truth(*appliance)
    return found


def classes(runs):
    failed = [r for r in runs if r.status in ("failed", "interrupted") and in_q3(anchor(r))]
    by_source = defaultdict(lambda: defaultdict(int))
    for run in failed:
        by_source[run.system.source.split("-")[0]][run.cause] += 1
    return {family: dict(sorted(value.items())) for family, value in sorted(by_source.items())}


def silence(expected):
    rows = [e for e in expected if e.outcome == "missed" and in_q3(e.due)]
    found = defaultdict(list)
    for one in rows:
        found[one.system.system_id].append(clock.iso(one.due))
    return dict(sorted(found.items()))


def ambiguous(runs):
    """Rows whose start or end stands inside a fold of the clock, per source."""
    found = defaultdict(int)
    for run in runs:
        zone_name = run.system.zone
        if run.system.source == "restic-edge":
            continue  # carries offsets
        marks = [run.start] if run.system.source == "borg-web" else [run.start, run.end or run.start]
        if any(clock.is_ambiguous(at, zone_name) for at in marks):
            found[run.system.source] += 1
    return dict(sorted(found.items()))
