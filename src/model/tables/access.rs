//! Who did what, with which account and which right, and how things were configured. No secret
//! is ever stored.

use super::words::ACTOR_KINDS;
use crate::model::frame::Type::{Bool, Int, List, Text, Time};
use crate::model::table::{Merge, Origin, Table, may, maybe_word, must, word};

const ACTIONS: &[&str] = &[
    "login",
    "login_failed",
    "logout",
    "privilege_change",
    "job_change",
    "delete",
    "restore",
    "approve",
    "reject",
    "break_glass",
    "key_rotation",
    "export",
    "other",
];
const ACCESS_OUTCOMES: &[&str] = &["success", "failure", "pending", "unmapped"];
const SESSION_KINDS: &[&str] = &["sso", "local", "api"];

/// Audit trail of consoles and identity providers.
pub const ACCESS_EVENTS: Table = Table {
    name: "access_events",
    says: "one row per action of an account on a console or identity provider",
    origin: Origin::Vendor,
    key: &["event_id"],
    time: Some("at"),
    merge: Merge::Replace,
    columns: &[
        must("event_id", Text, "native id or hashed key"),
        must("at", Time, "instant of the event"),
        must("actor", Text, "account, in the clear as evidence"),
        word("actor_kind", ACTOR_KINDS, "person or program"),
        word("action", ACTIONS, "what was done"),
        must("target", Text, "what it was done to"),
        may("target_kind", Text, "kind of target, the vendor's word"),
        word("outcome", ACCESS_OUTCOMES, "result"),
        may("reason", Text, "reason given"),
        may("ip", Text, "source address"),
        may("approval_id", Text, "approval it refers to"),
        may("vendor_event", Text, "the vendor's word for the action, untouched"),
        maybe_word("session_kind", SESSION_KINDS, "how the session was opened"),
        may("has_mfa", Bool, "a second factor was used"),
    ],
};

const CREDENTIAL_KINDS: &[&str] = &["password", "key", "token", "certificate", "encryption_key"];

/// Accounts and keys as observed.
pub const CREDENTIALS: Table = Table {
    name: "credentials",
    says: "one row per account or key and observation",
    origin: Origin::Vendor,
    key: &["account_id", "observed_at"],
    time: Some("observed_at"),
    merge: Merge::Replace,
    columns: &[
        must("account_id", Text, "account or key"),
        may("account_name", Text, "name, in the clear as evidence"),
        maybe_word("kind", CREDENTIAL_KINDS, "kind of credential"),
        may("system_ref", Text, "host or object name, normalised; resolved to system_id"),
        may("owner_group", Text, "team that owns it"),
        must("observed_at", Time, "when it was seen like this"),
        may("expires_at", Time, "end of validity"),
        may("last_rotated_at", Time, "last change of the secret"),
        may("last_used_at", Time, "last use"),
        may("rotation_days", Int, "days between two changes, as required"),
        may("is_enabled", Bool, "usable"),
        may("has_mfa", Bool, "a second factor is required"),
        may("has_sso", Bool, "signs in through single sign-on"),
        must("roles", List, "roles; empty when none"),
    ],
};

const REVIEW_DECISIONS: &[&str] = &["keep", "revoke", "pending"];

/// Rights of accounts as observed.
pub const ENTITLEMENTS: Table = Table {
    name: "entitlements",
    says: "one row per right of an account and observation",
    origin: Origin::Vendor,
    key: &["entitlement_id", "observed_at"],
    time: Some("observed_at"),
    merge: Merge::Replace,
    columns: &[
        must("entitlement_id", Text, "native id or hashed key"),
        must("account_id", Text, "account"),
        must("right", Text, "right"),
        may("role", Text, "role that gives it"),
        may("scope", Text, "what it reaches"),
        may("granted_by", Text, "who granted it, in the clear as evidence"),
        may("approved_by", Text, "approver, in the clear as evidence"),
        must("observed_at", Time, "when it was seen like this"),
        may("granted_at", Time, "granted"),
        may("revoked_at", Time, "revoked"),
        may("approved_until", Time, "end of the approval"),
        may("last_used_at", Time, "last use"),
        may("last_reviewed_at", Time, "last review"),
        maybe_word("review_decision", REVIEW_DECISIONS, "result of the last review"),
    ],
};

/// Configuration as observed, one key at a time.
pub const CONFIG_SNAPSHOTS: Table = Table {
    name: "config_snapshots",
    says: "one row per configuration key of an object and observation",
    origin: Origin::Vendor,
    key: &["object_id", "key", "observed_at"],
    time: Some("observed_at"),
    merge: Merge::Replace,
    columns: &[
        must("object_id", Text, "configured object"),
        may("object_kind", Text, "kind of object"),
        may("environment", Text, "environment"),
        may("system_ref", Text, "host or object name, normalised; resolved to system_id"),
        may("change_id", Text, "change that set it"),
        must("key", Text, "configuration key"),
        may("value", Text, "value; null when the key looks like a secret"),
        must("value_hash", Text, "hash of the value"),
        must("observed_at", Time, "when it was seen like this"),
    ],
};
