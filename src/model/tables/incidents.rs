//! Incidents, alerts, deliveries, heartbeats, maintenance, changes and what follows from them.

use super::words::{OUTCOMES, SEVERITIES};
use crate::model::frame::Type::{Bool, Float, Int, List, Text, Time};
use crate::model::table::{Merge, Origin, Table, json, may, maybe_word, must, word};

const INCIDENT_STATUSES: &[&str] =
    &["open", "acknowledged", "resolved", "closed", "canceled", "unmapped"];
const ACK_SOURCES: &[&str] = &["reported", "event", "duration"];

/// Incidents of any ticket or paging tool.
pub const INCIDENTS: Table = Table {
    name: "incidents",
    says: "one row per incident; the fault instant is never mapped, it is derived",
    origin: Origin::Vendor,
    key: &["incident_id"],
    time: Some("detected_at"),
    merge: Merge::Replace,
    columns: &[
        must("incident_id", Text, "native id, else number"),
        may("number", Text, "number people use"),
        may("title", Text, "short description"),
        may("description", Text, "description"),
        word("severity", SEVERITIES, "severity"),
        may("vendor_priority", Text, "the vendor's priority, untouched"),
        word("status", INCIDENT_STATUSES, "state of the incident"),
        may("vendor_status", Text, "the vendor's word, untouched"),
        may("reported_fault_at", Time, "fault instant as recorded by people"),
        must("detected_at", Time, "when the incident was opened or triggered"),
        may("alerted_at", Time, "first notification"),
        may("acknowledged_at", Time, "first acknowledgement"),
        may("mitigated_at", Time, "service back"),
        may("resolved_at", Time, "last resolution"),
        may("repaired_at", Time, "cause removed"),
        may("closed_at", Time, "closed"),
        maybe_word("ack_source", ACK_SOURCES, "where the acknowledgement comes from"),
        may("reopen_count", Int, "times reopened"),
        may("reassignment_count", Int, "times reassigned"),
        may("escalation_count", Int, "times escalated"),
        may("ci", Text, "configuration item"),
        may("service", Text, "service"),
        may("system_ref", Text, "host or object name, normalised; resolved to system_id"),
        may("assignee_group", Text, "team"),
        may("third_party", Text, "outside party involved"),
        may("cause_code", Text, "cause as recorded by people"),
        may("close_code", Text, "closing code as recorded"),
        may("run_id", Text, "linked run"),
        may("change_id", Text, "linked change"),
        may("problem_id", Text, "linked problem"),
        may("alert_id", Text, "alert that opened it"),
        may("is_major", Bool, "major incident"),
        may("is_auto_resolved", Bool, "resolved without a person"),
    ],
};

const EVENT_KINDS: &[&str] = &[
    "trigger", "detect", "notify", "ack", "unack", "assign", "escalate", "status", "mitigate",
    "resolve", "reopen", "close", "snooze", "comment",
];
const EVENT_ACTORS: &[&str] = &["human", "system"];

/// What happened to an incident, step by step.
pub const INCIDENT_EVENTS: Table = Table {
    name: "incident_events",
    says: "one row per step in the life of an incident",
    origin: Origin::Vendor,
    key: &["event_id"],
    time: Some("at"),
    merge: Merge::Replace,
    columns: &[
        must("event_id", Text, "native id or hashed key"),
        must("incident_id", Text, "incident"),
        must("at", Time, "instant of the event"),
        word("kind", EVENT_KINDS, "what happened"),
        may("from_value", Text, "value before"),
        may("to_value", Text, "value after"),
        may("channel", Text, "channel of the notification"),
        may("actor", Text, "who, keyed hash"),
        may("actor_group", Text, "team"),
        maybe_word("actor_kind", EVENT_ACTORS, "person or program"),
    ],
};

const ALERT_STATUSES: &[&str] = &["firing", "suppressed", "resolved", "unmapped"];
const ALERT_LABELS: &[&str] = &["true", "false", "unlabelled"];

/// Alerts of monitoring systems.
pub const ALERTS: Table = Table {
    name: "alerts",
    says: "one row per firing of an alert rule on one thing",
    origin: Origin::Vendor,
    key: &["alert_id"],
    time: Some("fired_at"),
    merge: Merge::Replace,
    columns: &[
        must("alert_id", Text, "native id, or fingerprint and start"),
        must("rule_id", Text, "alert rule"),
        may("job_id", Text, "job the alert is about"),
        may("system_ref", Text, "host or object name, normalised; resolved to system_id"),
        may("object_name", Text, "object the alert is about"),
        maybe_word("severity", SEVERITIES, "severity"),
        word("status", ALERT_STATUSES, "state when captured"),
        may("condition_at", Time, "condition true; fired_at minus this is the rule's own delay"),
        must("fired_at", Time, "alert fired"),
        may("resolved_at", Time, "an end before the capture; a future end is a time-out"),
        may("is_suppressed", Bool, "silenced, inhibited or in a window"),
        may("window_id", Text, "maintenance window that suppressed it"),
        may("incident_id", Text, "incident it opened"),
        may("run_id", Text, "run it is about"),
        must("silenced_by", List, "ids of silences; empty when none"),
        json("labels", "labels of the alert"),
        maybe_word("label", ALERT_LABELS, "was the alert right"),
        may("label_source", Text, "who or what set the label"),
    ],
};

const CHANNELS: &[&str] = &["email", "sms", "chat", "phone", "push", "webhook", "ticket", "other"];
const DELIVERY_OUTCOMES: &[&str] = &["delivered", "failed", "bounced", "pending", "unmapped"];

/// Notifications sent.
pub const DELIVERIES: Table = Table {
    name: "deliveries",
    says: "one row per notification sent to one recipient over one channel",
    origin: Origin::Vendor,
    key: &["delivery_id"],
    time: Some("sent_at"),
    merge: Merge::Replace,
    columns: &[
        must("delivery_id", Text, "native id or hashed key"),
        may("alert_id", Text, "alert it tells of"),
        may("incident_id", Text, "incident it tells of"),
        word("channel", CHANNELS, "channel"),
        may("recipient", Text, "recipient, keyed hash"),
        must("sent_at", Time, "sent"),
        may("delivered_at", Time, "arrived"),
        may("read_at", Time, "read"),
        word("outcome", DELIVERY_OUTCOMES, "what became of it"),
        may("failover_of", Text, "delivery that failed before this one"),
        must("is_test", Bool, "a test of the channel"),
        may("message", Text, "error or status text"),
    ],
};

const HEARTBEAT_STATES: &[&str] = &["up", "down", "degraded", "unknown"];

/// Signs of life of agents.
pub const HEARTBEATS: Table = Table {
    name: "heartbeats",
    says: "one row per sign of life of an agent",
    origin: Origin::Vendor,
    key: &["agent_id", "at"],
    time: Some("at"),
    merge: Merge::Replace,
    columns: &[
        must("agent_id", Text, "agent"),
        may("host_name", Text, "host of the agent, as reported"),
        may("system_ref", Text, "host or object name, normalised; resolved to system_id"),
        must("at", Time, "instant of the sign of life"),
        word("state", HEARTBEAT_STATES, "state of the agent"),
        may("version", Text, "version of the agent"),
        may("interval_s", Float, "seconds between two signs of life"),
    ],
};

const WINDOW_KINDS: &[&str] = &["maintenance", "silence", "freeze", "blackout"];
const SCOPE_KINDS: &[&str] = &["system", "service", "tier", "environment", "site", "rule", "all"];

/// Announced maintenance, silences and freezes.
pub const MAINTENANCE_WINDOWS: Table = Table {
    name: "maintenance_windows",
    says: "one row per announced maintenance, silence, freeze or blackout",
    origin: Origin::Vendor,
    key: &["window_id"],
    time: Some("starts_at"),
    merge: Merge::Replace,
    columns: &[
        must("window_id", Text, "native id or hashed key"),
        must("starts_at", Time, "start"),
        may("ends_at", Time, "end; null = open"),
        word("kind", WINDOW_KINDS, "kind of window"),
        word("scope_kind", SCOPE_KINDS, "what the scope lists"),
        must("scope", List, "names covered; empty for scope kind all"),
        may("reason", Text, "reason"),
        may("created_by", Text, "who announced it, keyed hash"),
        may("approved_by", Text, "approver, in the clear as evidence"),
        may("created_at", Time, "when it was announced"),
    ],
};

const CHANGE_KINDS: &[&str] = &["standard", "normal", "emergency", "other"];
const CHANGE_STATUSES: &[&str] = &[
    "draft",
    "assess",
    "authorize",
    "scheduled",
    "implementing",
    "review",
    "closed",
    "canceled",
    "unmapped",
];
const CHANGE_CLOSE_CODES: &[&str] =
    &["success", "success_with_issues", "failed", "canceled", "unmapped"];

/// Changes of change management.
pub const CHANGES: Table = Table {
    name: "changes",
    says: "one row per change request",
    origin: Origin::Vendor,
    key: &["change_id"],
    time: Some("anchor_at"),
    merge: Merge::Replace,
    columns: &[
        must("change_id", Text, "native id, else number"),
        may("number", Text, "number people use"),
        may("title", Text, "short description"),
        maybe_word("kind", CHANGE_KINDS, "kind of change"),
        word("status", CHANGE_STATUSES, "state of the change"),
        may("vendor_status", Text, "the vendor's word, untouched"),
        may("risk", Text, "risk as recorded"),
        may("created_at", Time, "created"),
        may("planned_start_at", Time, "planned start"),
        may("planned_end_at", Time, "planned end"),
        may("actual_start_at", Time, "actual start"),
        may("actual_end_at", Time, "actual end"),
        may("approved_at", Time, "approved"),
        maybe_word("close_code", CHANGE_CLOSE_CODES, "result of the change"),
        may("ci", Text, "configuration item"),
        may("service", Text, "service"),
        may("system_ref", Text, "host or object name, normalised; resolved to system_id"),
        may("environment", Text, "environment"),
        may("team", Text, "team that carries it out"),
        may("requested_by", Text, "who asked, keyed hash"),
        may("approved_by", Text, "approver, in the clear as evidence"),
        may("is_unauthorized", Bool, "carried out without approval"),
        must("anchor_at", Time, "actual start, else planned start, else created"),
    ],
};

const REMEDIATION_TRIGGERS: &[&str] = &["alert", "incident", "manual", "schedule"];

/// Runs of repair scripts and playbooks.
pub const REMEDIATION_RUNS: Table = Table {
    name: "remediation_runs",
    says: "one row per run of a repair script or playbook on one target",
    origin: Origin::Vendor,
    key: &["run_id"],
    time: Some("started_at"),
    merge: Merge::Replace,
    columns: &[
        must("run_id", Text, "native id or hashed key"),
        must("runbook", Text, "runbook or script"),
        maybe_word("trigger", REMEDIATION_TRIGGERS, "what started it"),
        may("incident_id", Text, "incident it belongs to"),
        may("run_ref", Text, "job_runs.run_id it repairs"),
        may("target", Text, "what it acts on"),
        may("host_name", Text, "host it ran on"),
        may("os_version", Text, "operating system of the target"),
        may("actor", Text, "who started it, keyed hash"),
        may("ticket", Text, "ticket"),
        must("started_at", Time, "start"),
        may("ended_at", Time, "end"),
        word("outcome", OUTCOMES, "how it ended"),
        may("vendor_status", Text, "the vendor's word, untouched"),
        may("is_changed", Bool, "it changed the target"),
        may("attempt_no", Int, "this row is attempt m"),
        json("before_state", "state before"),
        json("after_state", "state after"),
    ],
};

const ACTION_STATUSES: &[&str] = &["open", "done", "canceled", "unmapped"];

/// Actions that follow from incidents and tests.
pub const ACTION_ITEMS: Table = Table {
    name: "action_items",
    says: "one row per action that follows from an incident or a test",
    origin: Origin::Vendor,
    key: &["item_id"],
    time: Some("opened_at"),
    merge: Merge::Replace,
    columns: &[
        must("item_id", Text, "native id or hashed key"),
        may("incident_id", Text, "incident it follows from"),
        may("test_id", Text, "restore test it follows from"),
        may("team", Text, "team that owns it"),
        must("title", Text, "what is to be done"),
        must("opened_at", Time, "opened"),
        may("due_at", Time, "due"),
        may("closed_at", Time, "closed"),
        word("status", ACTION_STATUSES, "state of the action"),
    ],
};
