"""Who the company is: systems, tiers, schedules, objectives. No events; those are in story.py."""

import hashlib
from dataclasses import dataclass, field
from datetime import date

from . import clock
from .clock import HOUR, SECOND

NAME = "Halden & Frey Instruments"
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
FIRST_DAY, LAST_DAY = date(2025, 4, 1), date(2026, 10, 1)
AS_OF = clock.utc("2026-10-01T06:00:00Z")
CAPTURE = clock.utc("2026-10-01T03:30:00Z")  # 05:30 in Berlin
CAPTURE_NY = clock.utc("2026-10-01T05:30:00Z")  # 01:30 in New York
Q3 = (clock.utc("2026-07-01"), clock.utc("2026-10-01"))
TIERS = ("platinum", "gold", "silver", "bronze")
RPO_H = {"platinum": 8, "gold": 26, "silver": 36, "bronze": 48}
RTO_H = {"platinum": 4, "gold": 8, "silver": 24, "bronze": 72}
TEST_EVERY_DAYS = {"platinum": 92, "gold": 184, "silver": 365, "bronze": None}
RETENTION_DAYS = {"platinum": 365, "gold": 180, "silver": 90, "bronze": 35}


@dataclass
class System:
    system_id: str
    tier: str
    source: str
    environment: str
    site: str
    zone: str
    times: tuple  # of (hour, minute), local
    window_s: int
    grace_s: int
    group: str
    has_policy: bool = True
    since: int = clock.utc("2025-01-01")
    until: int | None = None
    former_tier: str | None = None  # until tier_since
    tier_since: int | None = None
    aliases: list = field(default_factory=list)
    full_weekday: int = 6
    size_bytes: int = 0
    files: int = 0
    base_s: float = 0.0

    def tier_at(self, at):
        return self.former_tier if self.tier_since and at < self.tier_since else self.tier

    def sys_id(self):
        """Identifier of the system in the service desk's configuration database."""
        return hashlib.sha256(f"cmdb:{self.system_id}".encode()).hexdigest()[:32]

    def dues(self):
        """All due instants before as_of, by the system's schedule."""
        for day in clock.days(FIRST_DAY, LAST_DAY):
            for hour, minute in self.times:
                due = clock.local(self.zone, day, hour, minute)
                inside = self.since <= due and (self.until is None or due < self.until)
                if inside and due < AS_OF:
                    yield due

    def deadline(self, due):
        return due + (self.window_s + self.grace_s) * SECOND

    def cron(self):
        minutes = {minute for _, minute in self.times}
        assert len(minutes) == 1
        return f"{minutes.pop()} {','.join(str(hour) for hour, _ in self.times)} * * *"


SIX_HOURLY = (4, 10, 16, 22)
BACULA = [
    # system, tier, environment, hours, minute, group
    ("erp-db01", "platinum", "prod", SIX_HOURLY, 0, "erp"),
    ("erp-app01", "platinum", "prod", SIX_HOURLY, 0, "erp"),
    ("mes-db01", "platinum", "prod", SIX_HOURLY, 5, "manufacturing"),
    ("ident-dc01", "platinum", "prod", SIX_HOURLY, 10, "identity"),
    ("crm-db01", "gold", "prod", (12, 22), 0, "sales"),
    ("wms-db01", "gold", "prod", (12, 22), 5, "logistics"),
    ("hr-db01", "gold", "prod", (12, 22), 10, "people"),
    ("edi-gw01", "gold", "prod", (12, 22), 15, "logistics"),
    ("files01", "gold", "prod", (12, 22), 20, "office"),
    ("files02", "gold", "prod", (12, 22), 25, "office"),
    ("bi-db01", "gold", "prod", (12, 22), 30, "sales"),
    ("wms-app01", "gold", "prod", (22,), 35, "logistics"),
    ("mail01", "gold", "prod", (22,), 40, "office"),
    ("mail02", "gold", "prod", (22,), 45, "office"),
    ("crm-app01", "silver", "prod", (23,), 0, "sales"),
    ("plm-app01", "silver", "prod", (23,), 10, "engineering"),
    ("plm-db01", "silver", "prod", (23,), 20, "engineering"),
    ("dms01", "silver", "prod", (23,), 30, "office"),
    ("stg-erp-db01", "silver", "staging", (1,), 0, "erp"),
    ("stg-crm-db01", "silver", "staging", (1,), 30, "sales"),
    ("stg-wms-db01", "silver", "staging", (2,), 15, "logistics"),
    ("stg-erp-app01", "bronze", "staging", (2, 14), 15, "erp"),
    ("stg-crm-app01", "bronze", "staging", (2, 14), 20, "sales"),
    ("stg-wms-app01", "bronze", "staging", (2, 14), 25, "logistics"),
    ("stg-files01", "bronze", "staging", (2, 14), 30, "office"),
    ("stg-ci01", "bronze", "staging", (3, 15), 0, "engineering"),
    ("stg-bi-db01", "bronze", "staging", (3, 15), 10, "sales"),
]
VEEAM = [
    ("ny-sql01", "platinum", "prod", SIX_HOURLY, 0, "sales"),
    ("ny-dc01", "platinum", "prod", SIX_HOURLY, 0, "identity"),
    ("ny-erp01", "platinum", "prod", SIX_HOURLY, 0, "erp"),
    ("ny-files01", "gold", "prod", (21,), 0, "office"),
    ("ny-mail01", "gold", "prod", (21,), 0, "office"),
    ("ny-hr02", "silver", "prod", (22,), 0, "people"),
    ("ny-web01", "silver", "prod", (22,), 0, "sales"),
    ("ny-web02", "silver", "prod", (22,), 0, "sales"),
    ("ny-print01", "silver", "prod", (22,), 0, "office"),
    ("ny-test01", "bronze", "prod", (1,), 30, "engineering"),
    ("dr-erp-db01", "gold", "dr", (2,), 30, "erp"),
    ("dr-crm-db01", "gold", "dr", (2,), 30, "sales"),
    ("dr-wms-db01", "silver", "dr", (2,), 30, "logistics"),
    ("dr-files01", "silver", "dr", (2,), 30, "office"),
    ("dr-mail01", "silver", "dr", (2,), 30, "office"),
    ("dr-plm01", "silver", "dr", (2,), 30, "engineering"),
    ("dr-mon01", "bronze", "dr", (2,), 30, "infrastructure"),
]
RESTIC = [
    ("edge-ber01", "silver", BERLIN, (11, 23), 15, "manufacturing"),
    ("edge-ber02", "silver", BERLIN, (11, 23), 25, "manufacturing"),
    ("edge-ny01", "silver", NEW_YORK, (11, 23), 15, "manufacturing"),
    ("edge-ny02", "silver", NEW_YORK, (11, 23), 25, "manufacturing"),
    ("lab-ber01", "bronze", BERLIN, (20,), 5, "engineering"),
    ("lab-ber02", "bronze", BERLIN, (20,), 15, "engineering"),
    ("lab-ny01", "bronze", NEW_YORK, (20,), 5, "engineering"),
    ("kiosk-ny01", "bronze", NEW_YORK, (20,), 15, "office"),
]
PGBACKREST = [
    ("pg-orders", "platinum", (2, 8, 14, 20), 30, "erp"),
    ("pg-billing", "platinum", (2, 8, 14, 20), 30, "erp"),
    ("pg-ident", "platinum", (2, 8, 14, 20), 30, "identity"),
    ("pg-telemetry", "gold", (2, 8, 14, 20), 30, "manufacturing"),
]
BORG = [
    ("wiki01", "silver", 15, True),
    ("intranet01", "silver", 20, True),
    ("repo01", "silver", 25, True),
    ("web01", "bronze", 30, True),
    ("shop-static01", "bronze", 35, False),
    ("legacy-ftp01", "bronze", 40, False),
]
# The backup servers themselves: in the list for their place only, out of scope, without a policy.
SERVERS = [
    # name, aliases, environment, site
    ("bks01", ["bks01.berlin"], "prod", "berlin"),
    ("bks-stg01", ["bks-stg01.berlin"], "staging", "berlin"),
    ("rest01", ["rest01.edge"], "prod", "berlin"),
    ("dr-store01", [], "dr", "newyork"),
    ("vault-ny01", [], "prod", "newyork"),
]


def _pool(tier):
    return {"platinum": 2.5, "gold": 2.0, "silver": 1.5, "bronze": 1.0}[tier]


def _sized(system, low_gb, high_gb):
    """Size, file count and pace from the name alone, so that adding a system moves no other."""
    digest = hashlib.sha256(f"size:{system.system_id}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    gigabytes = low_gb + (high_gb - low_gb) * share
    system.size_bytes = int(gigabytes * 1e9)
    system.files = 2000 + int.from_bytes(digest[4:7], "big") % 180_000
    system.base_s = 300 + 900 * (int.from_bytes(digest[7:9], "big") / 65536)
    system.full_weekday = digest[9] % 7
    return system


def systems():
    """Every system, in one fixed order."""
    found = []
    for name, tier, environment, hours, minute, group in BACULA:
        window = (7200, 1800) if tier == "platinum" else (14400, 3600)
        source = "bacula-berlin" if environment == "prod" else "bacula-staging"
        system = System(name, tier, source, environment, "berlin", BERLIN,
                        tuple((h, minute) for h in hours), *window, group)
        system.aliases = [f"{name}-fd", f"{name}-daily"]
        found.append(_sized(system, 40, 900))
    for name, tier, environment, hours, minute, group in VEEAM:
        window = (7200, 1800) if tier == "platinum" else (14400, 3600)
        source = "veeam-newyork" if environment == "prod" else "veeam-dr"
        site = "newyork"
        system = System(name, tier, source, environment, site, NEW_YORK,
                        tuple((h, minute) for h in hours), *window, group)
        found.append(_sized(system, 60, 700))
    for name, tier, zone, hours, minute, group in RESTIC:
        site = "berlin" if zone == BERLIN else "newyork"
        system = System(name, tier, "restic-edge", "prod", site, zone,
                        tuple((h, minute) for h in hours), 7200, 3600, group)
        found.append(_sized(system, 5, 60))
    for name, tier, hours, minute, group in PGBACKREST:
        system = System(name, tier, "pgbackrest-berlin", "prod", "berlin", BERLIN,
                        tuple((h, minute) for h in hours), 7200, 1800, group)
        system.aliases = [name.removeprefix("pg-")]
        found.append(_sized(system, 50, 400))
    for name, tier, minute, has_policy in BORG:
        system = System(name, tier, "borg-web", "prod", "berlin", BERLIN,
                        ((1, minute),), 14400, 3600, "web", has_policy)
        found.append(_sized(system, 2, 40))
    by_id = {system.system_id: system for system in found}
    by_id["stg-bi-db01"].since = clock.utc("2026-02-01")
    by_id["ny-print01"].until = clock.utc("2026-04-01")
    by_id["dms01"].former_tier, by_id["dms01"].tier_since = "bronze", clock.utc("2026-01-01")
    for system in found:
        system.aliases.append(system.sys_id())
    return found


def monthly_captures(zone_name):
    """Instants of the monthly exports: the first of each month, early morning, local."""
    at = (5, 30) if zone_name == BERLIN else (1, 30)
    return [clock.local(zone_name, day, *at)
            for day in clock.first_of_months(date(2025, 5, 1), LAST_DAY)]


NIGHT_START_H = 12  # backup_day_start of every policy


def backup_day(at, zone_name):
    """Date of the night an instant belongs to."""
    return clock.wall(at - NIGHT_START_H * HOUR, zone_name).date().isoformat()
