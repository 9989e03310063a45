//! `system_names`: under which names exports know a system, and what the lists say of it at
//! `as_of`. A name that two systems claim belongs to neither; it is a finding, not a guess.

use std::collections::{BTreeMap, BTreeSet};

use super::Derived;
use super::rows::{frame_of, text};
use crate::error::Result;
use crate::model::frame::{Cell, Frame};
use crate::model::tables::derived::SYSTEM_NAMES;

/// Builds the table `system_names`.
///
/// `systems`: the users' list; `policies`: theirs, whose RPO and RTO stand before the system's.
/// Of several rows of one system the one valid at `as_of` counts, else the newest before it.
///
/// # Errors
/// When a column of the two lists is missing or of another type.
pub fn system_names(systems: &Frame, policies: &Frame, as_of_us: i64) -> Result<Derived> {
    let objectives = objectives(policies, as_of_us)?;
    let rows = newest(systems, as_of_us)?;
    let mut claims: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut cells: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
    for (&id, &row) in &rows {
        let (rpo, rto) = objectives.get(id).copied().unwrap_or_default();
        let own = |name: &str| systems.cell(name, row);
        let either = |mine: Option<f64>, name: &str| mine.map_or_else(|| own(name), Cell::Float);
        cells.insert(
            id,
            vec![
                Cell::Text(id.to_owned()),
                own("tier"),
                own("environment"),
                own("site"),
                own("owner_group"),
                own("application"),
                own("is_in_scope"),
                either(rpo, "rpo_s"),
                either(rto, "rto_s"),
                own("in_service_from"),
                own("in_service_to"),
            ],
        );
        let mut names = vec![id.to_owned(), normal(id)];
        if let Cell::Text(name) = own("name") {
            names.push(normal(&name));
        }
        if let Cell::List(aliases) = own("aliases") {
            names.extend(aliases.iter().map(|a| normal(a)));
        }
        for name in names.into_iter().filter(|n| !n.is_empty()) {
            claims.entry(name).or_default().insert(id);
        }
    }
    let mut out = Vec::new();
    let mut findings = Vec::new();
    for (name, ids) in claims {
        // A system's own id is its own, whoever else lists it as an alias.
        let owner = if ids.contains(name.as_str()) { Some(name.as_str()) } else { None };
        let only = if ids.len() == 1 { ids.first().copied() } else { None };
        match owner.or(only).and_then(|id| cells.get(id)) {
            Some(found) => {
                let mut row = vec![Cell::Text(name.clone())];
                row.extend(found.iter().cloned());
                out.push(row);
            }
            None => findings.push(format!(
                "the name `{name}` is claimed by {}; runs under it stay unresolved",
                ids.iter().copied().collect::<Vec<_>>().join(", ")
            )),
        }
    }
    Ok(Derived { frame: frame_of(&SYSTEM_NAMES, out)?, findings })
}

fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Row of every system that counts at `as_of`.
fn newest(systems: &Frame, as_of_us: i64) -> Result<BTreeMap<&str, usize>> {
    if systems.height() == 0 {
        return Ok(BTreeMap::new());
    }
    let ids = systems.text("system_id")?;
    let from = systems.time("valid_from")?;
    let mut best: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
    for row in 0..systems.height() {
        let since = from.get(row).copied().flatten().unwrap_or(i64::MIN);
        let Some(id) = text(ids, row) else { continue };
        if since <= as_of_us && best.get(id).is_none_or(|(known, _)| *known < since) {
            best.insert(id, (since, row));
        }
    }
    Ok(best.into_iter().map(|(id, (_, row))| (id, row)).collect())
}

/// RPO and RTO, seconds.
type Objectives = (Option<f64>, Option<f64>);

/// Smallest RPO and RTO of the policies valid at `as_of`, by system.
fn objectives(policies: &Frame, as_of_us: i64) -> Result<BTreeMap<String, Objectives>> {
    let mut found: BTreeMap<String, Objectives> = BTreeMap::new();
    if policies.height() == 0 {
        return Ok(found);
    }
    let (ids, from, to) =
        (policies.text("system_id")?, policies.time("valid_from")?, policies.time("valid_to")?);
    let (rpo, rto) = (policies.float("rpo_s")?, policies.float("rto_s")?);
    for row in 0..policies.height() {
        let since = from.get(row).copied().flatten().unwrap_or(i64::MIN);
        let until = to.get(row).copied().flatten().unwrap_or(i64::MAX);
        let Some(id) = text(ids, row) else { continue };
        if since > as_of_us || until <= as_of_us {
            continue;
        }
        let slot = found.entry(id.to_owned()).or_default();
        let value = |column: &[Option<f64>]| column.get(row).copied().flatten();
        slot.0 = smaller(slot.0, value(rpo));
        slot.1 = smaller(slot.1, value(rto));
    }
    Ok(found)
}

fn smaller(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, frame, list, t, us};
    use super::*;
    use crate::model::tables::reference::{POLICIES, SYSTEMS};

    fn system(id: &str, aliases: &[&str], tier: &str, from: &str) -> Vec<(&'static str, Cell)> {
        vec![
            ("system_id", t(id)),
            ("name", t(id)),
            ("aliases", list(aliases)),
            ("tier", t(tier)),
            ("valid_from", at(from)),
            ("is_in_scope", Cell::Bool(true)),
            ("rpo_s", Cell::Float(86_400.0)),
        ]
    }

    fn names(systems: &[Vec<(&'static str, Cell)>]) -> Derived {
        let policy = vec![
            ("policy_id", t("p")),
            ("system_id", t("erp")),
            ("valid_from", at("2025-01-01")),
            ("rpo_s", Cell::Float(3600.0)),
        ];
        let policies = frame(&POLICIES, &[policy]);
        system_names(&frame(&SYSTEMS, systems), &policies, us("2026-10-01")).unwrap()
    }

    #[test]
    fn ids_and_aliases_lead_to_the_row_valid_at_as_of() {
        let derived = names(&[
            system("erp", &["ERP-FD"], "gold", "2025-01-01"),
            system("erp", &["ERP-FD"], "silver", "2026-01-01"),
            system("erp", &["ERP-FD"], "bronze", "2027-01-01"),
        ]);
        let frame = derived.frame;
        assert_eq!(frame.text("name").unwrap(), [Some("erp".into()), Some("erp-fd".into())]);
        assert_eq!(frame.cell("tier", 1), t("silver"));
        assert_eq!(frame.cell("rpo_s", 0), Cell::Float(3600.0), "the policy's objective wins");
    }

    #[test]
    fn a_name_that_two_systems_claim_belongs_to_neither() {
        let derived = names(&[
            system("a", &["shared", "b"], "gold", "2025-01-01"),
            system("b", &["shared"], "gold", "2025-01-01"),
        ]);
        let known = derived.frame.text("name").unwrap().to_vec();
        assert_eq!(known, [Some("a".into()), Some("b".into())]);
        assert_eq!(derived.frame.cell("system_id", 1), t("b"), "its own id stays its own");
        assert_eq!(derived.findings.len(), 1);
        assert!(derived.findings[0].contains("shared"));
    }
}
