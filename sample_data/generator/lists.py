"""The company's own lists and drill records, with canonical headers: instants in UTC with `Z`,
an empty cell for what is not known, `;` between the members of a list."""

import csv
import hashlib
import io
import random

from . import clock, company, story
from .clock import DAY, HOUR, MINUTE, SECOND
from .runs import lognormal

BEGIN = "2025-01-01T00:00:00Z"
NEVER_TESTED = {"bi-db01": "gold", "plm-app01": "silver", "ny-web02": "silver",
                "repo01": "silver", "dr-plm01": "silver"}
FAILED_TEST = ("mes-db01", clock.utc("2026-08-05T07:00:00Z"))
SLOW_TEST = ("erp-db01", clock.utc("2026-09-02T07:00:00Z"))


def table(header, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(["" if cell is None else cell for cell in row])
    return out.getvalue()


def flag(value):
    return "true" if value else "false"


def at(value):
    return None if value is None else clock.iso(value)


def systems_csv(systems):
    header = ("system_id valid_from valid_to name aliases tier environment site owner_group "
              "application regulated_tags is_in_scope rpo_s rto_s change_bytes_per_day "
              "in_service_from in_service_to").split()
    owners = {"erp": "ERP Services", "identity": "Workplace", "office": "Workplace",
              "manufacturing": "Plant IT", "sales": "Sales Systems", "people": "HR Systems",
              "logistics": "Plant IT", "engineering": "Engineering IT", "web": "Workplace",
              "infrastructure": "Platform"}
    tags = {"people": "gdpr", "erp": "sox", "sales": "gdpr"}
    rows = []
    for s in systems:
        spans = [(BEGIN, None, s.tier)]
        if s.tier_since:
            change = clock.iso(s.tier_since)
            spans = [(BEGIN, change, s.former_tier), (change, None, s.tier)]
        for first, last, tier in spans:
            rows.append((s.system_id, first, last, s.system_id, ";".join(s.aliases), tier,
                         s.environment, s.site, owners[s.group], s.group, tags.get(s.group),
                         "true", company.RPO_H[tier] * 3600, company.RTO_H[tier] * 3600,
                         int(s.size_bytes * 0.02), at(s.since), at(s.until)))
    for name, aliases, environment, site in company.SERVERS:
        rows.append((name, BEGIN, None, name, ";".join(aliases), None, environment, site,
                     owners["infrastructure"], "backup", None, "false", None, None, None, BEGIN,
                     None))
    return table(header, rows)


def policies_csv(systems):
    header = ("policy_id valid_from valid_to system_id job_id operation level schedule zone window_s "
              "early_s grace_s rpo_s rto_s retention_s copies_min offsite_required immutable_required "
              "encryption_required test_every_s max_loss_bytes backup_day_start warning_policy "
              "partial_counts exception_reason exception_until approved_by").split()
    rows = []
    for s in systems:
        if not s.has_policy:
            continue
        spans = [(BEGIN, None, s.tier)]
        if s.tier_since:
            change = clock.iso(s.tier_since)
            spans = [(BEGIN, change, s.former_tier), (change, None, s.tier)]
        for first, last, tier in spans:
            days = company.TEST_EVERY_DAYS[tier]
            rows.append((f"pol-{s.system_id}", first, last, s.system_id, None, "backup", None,
                         s.cron(), s.zone, s.window_s, 900, s.grace_s, company.RPO_H[tier] * 3600,
                         company.RTO_H[tier] * 3600, company.RETENTION_DAYS[tier] * 86400, 1,
                         "false", "false", "false", days * 86400 if days else None, None,
                         f"{company.NIGHT_START_H}:00", "vendor", "false", None, None,
                         "Head of Infrastructure"))
    return table(header, rows)


def dependencies_csv():
    pairs = [("erp-app01", "erp-db01", "erp"), ("erp-app01", "pg-orders", "erp"),
             ("erp-app01", "ident-dc01", "erp"), ("erp-db01", "ident-dc01", "erp"),
             ("mes-db01", "ident-dc01", "manufacturing"), ("wms-app01", "wms-db01", "logistics"),
             ("wms-app01", "edi-gw01", "logistics"), ("wms-db01", "ident-dc01", "logistics"),
             ("crm-app01", "crm-db01", "sales"), ("crm-db01", "ident-dc01", "sales"),
             ("plm-app01", "plm-db01", "engineering"), ("ny-erp01", "ny-sql01", "newyork"),
             ("ny-erp01", "ny-dc01", "newyork"), ("ny-web01", "ny-sql01", "newyork"),
             ("dr-erp-db01", "ny-dc01", "dr")]
    rows = [(a, b, BEGIN, None, "system", group) for a, b, group in pairs]
    rows += [("edi-gw01", "carrier EDI network", BEGIN, None, "third_party", "logistics"),
             ("erp-app01", "sw-ber-03", BEGIN, None, "infrastructure", "erp")]
    return table("system_id depends_on valid_from valid_to kind group_name".split(), rows)


def prices_csv():
    rows = [("disk_capacity", BEGIN, "2026-01-01T00:00:00Z", "TB month", "EUR", 118_000),
            ("disk_capacity", "2026-01-01T00:00:00Z", None, "TB month", "EUR", 109_500),
            ("object_capacity", BEGIN, None, "TB month", "EUR", 64_000),
            ("disk_expansion", BEGIN, None, "TB", "EUR", 2_150_000),
            ("engineer_hour", BEGIN, None, "h", "EUR", 920_000)]
    return table("item valid_from valid_to unit currency price_e4".split(), rows)


def growth_plans_csv():
    header = ("plan_id pool_id system_id kind starts_at bytes adds_capacity ramp_s "
              "probability_share owner_group note").split()
    rows = [("plan-plm-scans", "bks01.berlin:9100 /srv/backup/silver", "plm-db01", "ramp",
             "2026-11-15T00:00:00Z", 3_000_000_000_000, "false", 60 * 86400, 0.7, "Engineering IT",
             "Scans of the drawing archive"),
            ("plan-gold-shelf", "bks01.berlin:9100 /srv/backup/gold", None, "step",
             "2027-01-15T00:00:00Z", 20_000_000_000_000, "true", None, 0.9, "Platform",
             "Second shelf, ordered"),
            ("plan-archive-cleanup", "bks01.berlin:9100 /srv/backup/archive", None, "step",
             "2026-12-01T00:00:00Z", -1_500_000_000_000, "false", None, 0.8, "Platform",
             "Retention of closed projects ends")]
    return table(header, rows)


TEST_HEADER = ("test_id run_id point_id object_name system_ref environment restored_to kind scenario "
               "point_taken_at requested_at approved_at started_at data_ready_at usable_at "
               "owner_validated_at ended_at outcome outcome_reason vendor_status validated "
               "is_checksum_ok is_segregated is_from_offline approved_by initiated_by restored_bytes "
               "restored_files_count findings_open_count rto_actual_s message anchor_at").split()


def drills(systems):
    """Restore drills: platinum every quarter, gold every half-year, silver once a year."""
    rng = random.Random(f"{story.SEED}:drills")
    found = []
    every = {"platinum": 1, "gold": 2, "silver": 4}
    quarters = [(2025, 4), (2025, 7), (2025, 10), (2026, 1), (2026, 4), (2026, 7)]
    for index, (year, month) in enumerate(quarters):
        for number, s in enumerate(systems):
            step = every.get(s.tier)
            due = step and (index + number) % step == (len(quarters) - 1) % step \
                if s.tier != "platinum" else True
            if s.tier == "silver":
                due = number % 3 == index % 3 and index >= 3
            if not due or s.tier == "bronze" or s.system_id in NEVER_TESTED:
                continue
            day = clock.date(year, month, 1) + clock.timedelta(days=3 + int(80 * rng.random()))
            asked = clock.local(s.zone, day, 9, 15 * int(4 * rng.random()))
            if s.system_id == FAILED_TEST[0] and index == 5:
                asked = FAILED_TEST[1]
            if s.system_id == SLOW_TEST[0] and index == 5:
                asked = SLOW_TEST[1]
            if s.since <= asked and (s.until is None or asked < s.until):
                found.append((s, asked, rng.random(), lognormal(rng, 0.3, 0.3), rng.random()))
    found.sort(key=lambda drill: (drill[1], drill[0].system_id))
    return found


def drill_row(number, drill):
    s, asked, a, share, b = drill
    limit = company.RTO_H[s.tier] * HOUR
    total = int(min(share, 0.85) * limit) // SECOND * SECOND
    failed, slow = (s.system_id, asked) == FAILED_TEST, (s.system_id, asked) == SLOW_TEST
    if slow:
        total = int(5.3 * HOUR)
    begun = asked + (10 + int(20 * a)) * MINUTE
    ready = max(begun + MINUTE, asked + int(total * 0.8) // SECOND * SECOND)
    usable = max(asked + total, ready)
    row = {"test_id": f"DR-{number:04d}", "object_name": s.system_id, "system_ref": s.system_id,
           "environment": s.environment, "restored_to": "sandbox", "kind": "drill",
           "scenario": "system" if s.tier == "platinum" else "application",
           "point_taken_at": at(asked - int((2 + 20 * b) * HOUR) // SECOND * SECOND),
           "requested_at": at(asked), "approved_at": at(asked + 5 * MINUTE), "started_at": at(begun),
           "outcome": "success", "validated": "ok", "is_checksum_ok": "true",
           "is_segregated": "true", "is_from_offline": "false",
           "approved_by": "Head of Infrastructure", "restored_bytes": s.size_bytes,
           "restored_files_count": s.files, "findings_open_count": 0, "anchor_at": at(asked)}
    if failed:
        row.update(outcome="failed", outcome_reason="errors_reported", validated="failed",
                   is_checksum_ok="false", ended_at=at(usable), findings_open_count=2,
                   message="database does not start: two data files missing in the restored set")
    else:
        row.update(data_ready_at=at(ready), usable_at=at(usable), ended_at=at(usable + 20 * MINUTE),
                   rto_actual_s=(usable - asked) // SECOND)
    return [row.get(name) for name in TEST_HEADER], row


def restore_tests(systems):
    rows = [drill_row(number, drill) for number, drill in enumerate(drills(systems), 1)]
    return table(TEST_HEADER, [row for row, _ in rows]), [row for _, row in rows]


def credentials_csv():
    header = ("account_id account_name kind system_ref owner_group observed_at expires_at "
              "last_rotated_at last_used_at rotation_days is_enabled has_mfa has_sso roles").split()
    seen = ("2026-04-01T05:30:00Z", "2026-07-01T05:30:00Z", "2026-10-01T05:30:00Z")
    accounts = [
        ("svc-bacula-dir", "password", None, "2026-11-30", "2025-11-30", "backup"),
        ("svc-bacula-stg", "password", None, "2026-12-15", "2025-12-15", "backup"),
        ("svc-veeam-ny", "password", None, "2027-02-01", "2026-02-01", "backup"),
        ("svc-veeam-dr", "password", None, "2026-10-20", "2025-10-20", "backup"),
        ("svc-pgbackrest", "key", None, "2027-03-01", "2025-03-01", "backup"),
        ("svc-borg-web", "key", None, "2027-05-01", "2025-05-01", "backup"),
        ("tls-rest01", "certificate", None, "2026-12-31", "2025-12-31", "backup"),
        ("svc-restic-ny", "token", None, "2027-01-10", "2026-01-10", "backup"),
        ("adm-backup-1", "password", None, "2026-12-01", "2026-06-01", "backup;restore;admin"),
        ("adm-backup-2", "password", None, "2026-12-01", "2026-06-01", "backup;restore;admin"),
    ]
    rows = []
    for observed in seen:
        for name, kind, system, expires, rotated, roles in accounts:
            admin = name.startswith("adm-")
            rows.append((name, name, kind, system, "Backup Operations", observed,
                         f"{expires}T00:00:00Z", f"{rotated}T00:00:00Z",
                         at(clock.utc(observed) - 3 * HOUR), 365, "true", flag(admin), flag(admin),
                         roles))
        rotated = observed > "2026-07-15"
        expires, since = ("2027-01-15T00:00:00Z", "2026-07-15T09:20:00Z") if rotated else \
            ("2026-07-14T00:00:00Z", "2026-01-14T10:00:00Z")
        rows.append(("svc-restic-edge", "svc-restic-edge", "password", "edge-ber01",
                     "Backup Operations", observed, expires, since,
                     at(clock.utc(observed) - 3 * HOUR), 180, "true", "false", "false", "backup"))
    return table(header, rows), len(rows)


def windows_csv(systems):
    header = ("window_id starts_at ends_at kind scope_kind scope reason created_by approved_by "
              "created_at").split()
    rows = [("MW-2026-019", at(story.MAINTENANCE[0]), at(story.MAINTENANCE[1]), "maintenance",
             "system", ";".join(story.MAINTENANCE_SYSTEMS), "Firmware of the file server storage",
             None, "Head of Infrastructure", "2026-07-17T09:00:00Z")]
    for number, day in enumerate(("2025-06-14", "2025-09-20", "2025-12-13", "2026-03-14",
                                  "2026-06-13", "2026-09-19")):
        # hours at which neither site has a run due, in summer and in winter
        for site, begin, end in (("berlin", "15:30", "17:00"), ("newyork", "17:30", "19:30")):
            rows.append((f"MW-{day[:4]}-{number + 1:03d}-{site}", f"{day}T{begin}:00Z",
                         f"{day}T{end}:00Z", "maintenance", "site", site,
                         "Quarterly patch window", None, "Head of Infrastructure",
                         at(clock.utc(day) - 10 * DAY)))
    for system in systems:
        for row in rows[1:]:
            span = (clock.utc(row[1]), clock.utc(row[2]))
            assert row[5] != system.site or not any(story.within(d, span) for d in system.dues())
    rows.sort(key=lambda row: row[1])
    return table(header, rows), len(rows)


def config_csv(change_list):
    """Settings of the backup clients, observed quarterly and after the change."""
    header = ("object_id object_kind environment system_ref change_id key value value_hash "
              "observed_at").split()
    change = next(c for c in change_list if c.planted == "drift of staging")
    common = {"client_version": "15.0.3", "compression": "zstd", "concurrent_jobs_max": "20",
              "heartbeat_interval_s": "60", "spool_data": "yes"}
    network = {"prod": ("backup-vlan-110", "10000"), "staging": ("backup-vlan-120", "10000"),
               "dr": ("backup-vlan-210", "10000")}
    rows = []
    for observed in ("2026-01-01", "2026-04-01", "2026-07-01", "2026-08-12", "2026-10-01"):
        for environment in ("prod", "staging", "dr"):
            vlan, speed = network[environment]
            moved = environment == "staging" and observed >= "2026-08-12"
            values = {**common, "network": "shared-vlan-40" if moved else vlan,
                      "network_mbit_per_s": "1000" if moved else speed}
            for key, value in sorted(values.items()):
                mark = hashlib.sha256(value.encode()).hexdigest()[:32]
                by = f"CHG{change.number:07d}" if moved and key.startswith("network") else None
                rows.append((f"backup-client-defaults-{environment}", "backup_client", environment,
                             None, by, key, value, mark, f"{observed}T05:30:00Z"))
    return table(header, rows), len(rows)
