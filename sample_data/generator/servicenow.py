"""ServiceNow Table API, `sysparm_display_value=false`: every value is text, empty is "", times are
UTC, references are identifiers; the name of the configuration item comes by dot-walking."""

import hashlib
import json
import random
from dataclasses import dataclass

from . import clock, company, story
from .clock import DAY, HOUR, MINUTE, SECOND
from .runs import is_ok, lognormal

INCIDENT_FIELDS = """active activity_due additional_assignee_list approval approval_history
approval_set assigned_to assignment_group assignment_group.name business_duration business_service
business_stc calendar_duration calendar_stc caller_id category caused_by child_incidents close_code
close_notes closed_at closed_by cmdb_ci cmdb_ci.name comments comments_and_work_notes company
contact_type contract correlation_display correlation_id delivery_plan delivery_task description
due_date escalation expected_start follow_up group_list hold_reason impact incident_state knowledge
location made_sla notify number opened_at opened_by order parent parent_incident priority problem_id
reassignment_count reopen_count reopened_by reopened_time resolved_at resolved_by rfc route_reason
service_offering severity short_description sla_due state subcategory sys_class_name sys_created_by
sys_created_on sys_domain sys_domain_path sys_id sys_mod_count sys_tags sys_updated_by
sys_updated_on task_effective_number time_worked universal_request upon_approval upon_reject urgency
user_input watch_list work_end work_notes work_notes_list work_start""".split()
CHANGE_FIELDS = """active activity_due approval approval_set assigned_to assignment_group
assignment_group.name business_service category close_code close_notes closed_at closed_by cmdb_ci
cmdb_ci.name description due_date end_date escalation impact number on_hold opened_at opened_by
outside_maintenance_schedule parent phase phase_state priority production_system reason
reassignment_count requested_by risk scope short_description start_date state sys_class_name
sys_created_by sys_created_on sys_domain sys_id sys_mod_count sys_updated_by sys_updated_on
task_effective_number type unauthorized upon_approval upon_reject urgency work_end
work_start""".split()
SEVERITY = {1: "critical", 2: "high", 3: "medium", 4: "low"}
ACK_MIN = {1: 6, 2: 18, 3: 75, 4: 300}  # median minutes to work start
FIX_H = {1: 3.2, 2: 9.5, 3: 38, 4: 120}  # median hours to resolution
OTHER = ["Tape library door sensor reports open", "Report mail of the night jobs not delivered",
         "Restore request takes longer than agreed", "Media server fan failed",
         "Agent version differs from the standard", "Backup console slow",
         "Throughput of the proxy below baseline", "Alert storm after monitoring update",
         "Disk in the backup store predicted to fail", "Licence of the backup client about to expire"]


def ident(what, number):
    return hashlib.sha256(f"{what}:{number}".encode()).hexdigest()[:32]


def second(at):
    return "" if at is None else clock.plain(at, "UTC")


@dataclass(slots=True)
class Incident:
    opened: int
    priority: int
    title: str
    system: company.System | None
    acked: int | None = None
    resolved: int | None = None
    status: str = "closed"  # or open, canceled
    change: object = None
    planted: str = ""
    number: int = 0


@dataclass(slots=True)
class Change:
    begin: int
    end: int
    kind: str
    title: str
    ci: str
    system: company.System | None = None
    close: str = "successful"
    state: int = 3
    environment: str = "prod"
    planted: str = ""
    number: int = 0


def whole(at):
    return at // SECOND * SECOND


def timed(incident, rng):
    """Draws acknowledgement and resolution; what lies after as_of has not happened."""
    ack = incident.opened + int(lognormal(rng, ACK_MIN[incident.priority], 0.8) * MINUTE)
    fix = incident.opened + int(lognormal(rng, FIX_H[incident.priority], 1.0) * HOUR)
    incident.acked = whole(min(ack, fix))
    incident.resolved = whole(max(fix, ack + 5 * MINUTE))
    return incident


def incidents(systems, runs, changes):
    """All incidents, by time of opening."""
    rng = random.Random(f"{story.SEED}:incidents")
    by_id = {system.system_id: system for system in systems}
    at = clock.utc
    found = [
        Incident(at("2026-08-18T20:52:11Z"), 1, "Backup repository gold is full, all jobs of the "
                 "gold pool blocked", by_id["files01"], at("2026-08-18T20:59:40Z"),
                 at("2026-08-21T07:41:05Z"), planted="gold repository full"),
        Incident(at("2026-09-08T20:31:47Z"), 1, "Clients of the gold tier not reachable from the "
                 "backup network", by_id["crm-db01"], at("2026-09-08T20:36:02Z"),
                 at("2026-09-10T06:12:30Z"), planted="network outage"),
        Incident(at("2026-07-14T06:44:20Z"), 2, "restic: 401 Unauthorized on the edge repository",
                 by_id["edge-ber01"], at("2026-07-14T07:20:51Z"), at("2026-07-15T09:31:00Z"),
                 planted="credential expired"),
        Incident(at("2026-07-29T08:10:33Z"), 3, "stg-crm-app01: upload directory missing in the "
                 "backups since the file system is not mounted", by_id["stg-crm-app01"],
                 at("2026-07-29T08:55:00Z"), at("2026-07-29T15:02:18Z"), planted="empty successes"),
        Incident(at("2026-09-29T03:05:12Z"), 2, "ny-hr02 fails every night: snapshot cannot be "
                 "created", by_id["ny-hr02"], at("2026-09-29T12:40:09Z"), None, "open",
                 planted="open, recovery point objective violated"),
        Incident(at("2026-03-12T10:15:00Z"), 3, "Drive 2 of the tape library reports media errors; "
                 "waiting for the vendor", None, at("2026-03-12T11:02:00Z"), None, "open",
                 planted="open, oldest"),
        Incident(at("2026-09-17T07:20:00Z"), 3, "Throughput of bks01 below baseline", None,
                 at("2026-09-17T09:11:30Z"), None, "open", planted="open"),
        Incident(at("2026-09-24T13:05:45Z"), 4, "Report mail of the night jobs not delivered", None,
                 at("2026-09-25T06:30:00Z"), None, "open", planted="open"),
        Incident(at("2026-09-30T16:48:00Z"), 4, "Licence of the backup client about to expire", None,
                 None, None, "open", planted="open, never acknowledged"),
        Incident(at("2026-06-26T08:12:00Z"), 4, "Tape library door sensor reports open", None,
                 at("2026-06-26T13:30:00Z"), at("2026-07-09T10:05:00Z"), planted="open at the export"),
        Incident(at("2026-06-29T05:40:00Z"), 3, "Media server fan failed", None,
                 at("2026-06-29T07:02:00Z"), at("2026-06-30T09:15:00Z"), planted="closed later"),
        Incident(at("2025-11-21T09:00:00Z"), 3, "Backup console slow", None,
                 at("2025-11-21T09:40:00Z"), at("2025-12-02T10:00:00Z"), planted="time-order"),
    ]
    planted = {"storage", "authentication", "canceled"}
    for run in runs:
        quiet = (is_ok(run) or run.status in ("refused", "running", "empty", "partial")
                 or run.attempt > 1 or run.system.system_id == story.FAILING_SYSTEM)
        chained = run.system.source.startswith("veeam") and run.attempt == 1
        in_story = run.cause in planted and run.start >= company.Q3[0] or (
            run.due is not None and story.within(run.due, story.NETWORK_OUT))
        if quiet or chained or in_story or rng.random() > 0.7:
            continue
        opened = whole(run.end + int((6 + 70 * rng.random()) * MINUTE))
        if opened >= company.AS_OF:
            continue
        priority = {"platinum": 2, "gold": rng.choice((2, 3)), "silver": 3, "bronze": 4}[
            run.system.tier_at(run.start)]
        incident = timed(Incident(opened, priority, f"Backup of {run.system.system_id} failed",
                                  run.system), rng)
        incident.change = next((c for c in changes if c.system is run.system
                                and c.end <= run.start < c.end + DAY), None)
        found.append(incident)
    for month in clock.first_of_months(company.FIRST_DAY, clock.date(2026, 9, 1)):
        for _ in range(6 + int(4 * rng.random())):
            opened = clock.local(company.BERLIN, month, 7) + int(rng.random() * 29 * DAY)
            draw = rng.random()
            priority = 1 if draw < 0.05 else 2 if draw < 0.25 else 3 if draw < 0.68 else 4
            system = rng.choice(systems) if rng.random() < 0.4 else None
            incident = timed(Incident(whole(opened), priority, rng.choice(OTHER), system), rng)
            if rng.random() < 0.03:
                incident.status = "canceled"
            if opened < company.AS_OF - HOUR:
                found.append(incident)
    found.sort(key=lambda incident: (incident.opened, incident.title))
    for index, incident in enumerate(found):
        incident.number = 10412 + index
        if incident.status != "open" and incident.resolved >= company.CAPTURE:
            incident.status, incident.resolved = "open", None
            if incident.acked >= company.CAPTURE:
                incident.acked = None
    return found


def incident_record(incident, captured):
    """The record as it stood at a capture: an incident still open then shows so."""
    row = dict.fromkeys(INCIDENT_FIELDS, "")
    acked = incident.acked if incident.acked and incident.acked < captured else None
    resolved = incident.resolved if incident.resolved and incident.resolved < captured else None
    canceled = incident.status == "canceled" and resolved is not None
    closed = resolved + 5 * DAY if resolved and resolved + 5 * DAY < captured else None
    state = "8" if canceled else "7" if closed else "6" if resolved else "2" if acked else "1"
    if incident.planted == "open, oldest" and acked:
        state, row["hold_reason"] = "3", "4"
    if incident.planted == "time-order":  # closed before it was resolved: cannot be loaded
        closed = resolved - 3 * DAY
        state = "7"
    name = f"INC{incident.number:07d}"
    seconds = (resolved - incident.opened) // SECOND if resolved else None
    group = "Backup Operations" if incident.priority > 1 else "Infrastructure Major Incident"
    row.update({
        "active": "false" if closed or canceled else "true", "approval": "not requested",
        "assigned_to": ident("person", incident.number % 7) if acked else "",
        "assignment_group": ident("group", len(group)), "assignment_group.name": group,
        "caller_id": ident("person", 90 + incident.number % 5), "category": "backup",
        "contact_type": "monitoring" if incident.system else "phone", "escalation": "0",
        "impact": str(min(3, incident.priority)), "urgency": str(min(3, incident.priority)),
        "incident_state": state, "state": state, "knowledge": "false",
        "made_sla": "true" if seconds is None or seconds < 4 * 86400 else "false", "notify": "1",
        "number": name, "opened_at": second(incident.opened),
        "opened_by": ident("person", 90 + incident.number % 5), "priority": str(incident.priority),
        "reassignment_count": str(incident.number % 3), "reopen_count": "0", "severity": "3",
        "short_description": incident.title, "sys_class_name": "incident",
        "sys_created_by": "monitoring" if incident.system else "service.desk",
        "sys_created_on": second(incident.opened), "sys_domain": "global", "sys_domain_path": "/",
        "sys_id": ident("incident", incident.number), "sys_updated_by": "backup.ops",
        "sys_mod_count": str(1 + bool(acked) + 2 * bool(resolved) + bool(closed)),
        "sys_updated_on": second(closed or resolved or acked or incident.opened),
        "task_effective_number": name, "work_start": second(acked)})
    if incident.system:
        row["cmdb_ci"], row["cmdb_ci.name"] = incident.system.sys_id(), incident.system.system_id
    if incident.change:
        row["caused_by"] = ident("change", incident.change.number)
    if resolved:
        row.update({"resolved_at": second(resolved), "resolved_by": row["assigned_to"],
                    "calendar_duration": clock.plain(seconds * SECOND, "UTC"),
                    "calendar_stc": str(seconds), "work_end": second(resolved),
                    "close_code": "Duplicate" if canceled else "Solved (Permanently)"})
    if closed:
        row["closed_at"] = second(closed)
    return row


def changes(systems):
    """All change requests, by start of work."""
    rng = random.Random(f"{story.SEED}:changes")
    by_id = {system.system_id: system for system in systems}
    at = clock.utc
    found = [
        Change(at("2026-08-11T09:00:00Z"), story.DRIFT_FROM, "normal", "Move the backup network of "
               "staging to the shared VLAN", "stg-backup-vlan", environment="staging",
               planted="drift of staging"),
        Change(at("2026-09-08T15:30:00Z"), at("2026-09-08T17:10:00Z"), "normal",
               "Firmware update of switch sw-ber-03", "sw-ber-03", close="successful_issues",
               planted="network outage"),
        Change(at("2026-08-29T07:00:00Z"), at("2026-08-29T09:00:00Z"), "normal",
               "Extend backup repository gold by 16 TB", "bks01", planted="expansion of gold"),
        Change(at("2026-07-15T09:05:00Z"), at("2026-07-15T09:20:00Z"), "emergency",
               "Rotate the account of the edge repository", "rest01", planted="rotation"),
        Change(at("2026-07-25T20:00:00Z"), at("2026-07-26T03:30:00Z"), "normal",
               "Firmware of the file server storage", "files01", by_id["files01"],
               planted="maintenance"),
    ]
    for name, day, hour in sorted(story.AFTER_CHANGE):
        system = by_id[name]
        due = clock.local(system.zone, day, hour, system.times[0][1])
        end = due - int((2 + 3 * rng.random()) * HOUR)
        end = end // SECOND * SECOND
        found.append(Change(end - 2 * HOUR, end, rng.choice(("normal", "standard")),
                            f"Update of the application on {name}", name, system,
                            rng.choice(("successful", "successful_issues")),
                            environment=system.environment, planted="followed by a failure"))
    titles = ("Operating system patches on {}", "Update of the backup client on {}",
              "Database minor upgrade on {}", "Extend the data volume of {}", "Firewall rules of {}")
    for month in clock.first_of_months(company.FIRST_DAY, clock.date(2026, 9, 1)):
        for _ in range(4):
            system = rng.choice(systems)
            begin = clock.local(system.zone, month, 7) + int(rng.random() * 27) * DAY + \
                int(rng.random() * 10) * HOUR
            end = begin + (30 + int(150 * rng.random())) * MINUTE
            close = "unsuccessful" if rng.random() < 0.04 else "successful"
            found.append(Change(begin, end, "standard" if rng.random() < 0.6 else "normal",
                                rng.choice(titles).format(system.system_id), system.system_id,
                                system, close, environment=system.environment))
    found.append(Change(at("2026-10-06T16:00:00Z"), at("2026-10-06T18:00:00Z"), "normal",
                        "Move the backup network of staging back", "stg-backup-vlan", close="",
                        state=-2, environment="staging", planted="scheduled"))
    found.append(Change(at("2026-06-18T08:00:00Z"), at("2026-06-18T09:00:00Z"), "normal",
                        "Replace media server bks01", "bks01", close="", state=4,
                        planted="canceled"))
    found.sort(key=lambda change: (change.begin, change.title))
    for index, change in enumerate(found):
        change.number = 30301 + index
    return found


def change_record(change):
    row = dict.fromkeys(CHANGE_FIELDS, "")
    done = change.state == 3
    name = f"CHG{change.number:07d}"
    created = change.begin - (2 + change.number % 9) * DAY
    row.update({
        "active": "false" if change.state >= 3 else "true",
        "approval": "not requested" if change.kind == "standard" else "approved",
        "assigned_to": ident("person", change.number % 7),
        "assignment_group": ident("group", 3), "assignment_group.name": "Platform",
        "category": "Other", "close_code": change.close, "cmdb_ci.name": change.ci,
        "cmdb_ci": change.system.sys_id() if change.system else ident("ci", change.ci),
        "closed_at": second(change.end + 2 * HOUR) if change.state >= 3 else "",
        "start_date": second(change.begin), "end_date": second(change.end + 30 * MINUTE),
        "escalation": "0", "impact": "3", "number": name, "on_hold": "false",
        "opened_at": second(created), "opened_by": ident("person", 90),
        "outside_maintenance_schedule": "false", "phase": "requested", "phase_state": "open",
        "priority": "4", "production_system": "true" if change.environment == "prod" else "false",
        "reassignment_count": "0", "requested_by": ident("person", 90), "risk": "3", "scope": "3",
        "short_description": change.title, "state": str(change.state),
        "sys_class_name": "change_request", "sys_created_by": "change.manager",
        "sys_created_on": second(created), "sys_domain": "global",
        "sys_id": ident("change", change.number), "sys_mod_count": "8" if done else "3",
        "sys_updated_by": "change.manager",
        "sys_updated_on": second(change.end + 2 * HOUR if done else created + DAY),
        "task_effective_number": name, "type": change.kind, "unauthorized": "false",
        "upon_approval": "proceed", "upon_reject": "cancel", "urgency": "3",
        "work_start": second(change.begin) if done else "",
        "work_end": second(change.end) if done else ""})
    return row


def result(rows):
    return json.dumps({"result": rows}, indent=1) + "\n"


def files(made, change_list):
    """The incident table at two quarter ends (the second repeats the first), the changes once."""
    found, seen = [], {}
    for captured in (clock.local(company.BERLIN, clock.date(2026, 7, 1), 5, 30), company.CAPTURE):
        rows = [incident_record(i, captured) for i in made if i.opened < captured]
        truth = {"records": len(rows), "duplicate_same": 0, "duplicate_superseded": 0,
                 "quarantined": {}}
        for row in rows:
            if row["closed_at"] and row["resolved_at"] and row["closed_at"] < row["resolved_at"]:
                truth["quarantined"]["time-order"] = 1
            elif row["number"] in seen:
                same = seen[row["number"]] == row
                truth["duplicate_same" if same else "duplicate_superseded"] += 1
            seen[row["number"]] = row
        found.append((f"incident_{clock.stamp(captured, 'UTC')}.json", result(rows), truth))
    rows = [change_record(change) for change in change_list]
    found.append((f"change_request_{clock.stamp(company.CAPTURE, 'UTC')}.json", result(rows),
                  {"records": len(rows), "duplicate_same": 0, "duplicate_superseded": 0,
                   "quarantined": {}}))
    return found
