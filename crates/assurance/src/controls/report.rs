//! The table of all controls: what people see, and what scripts read.

use std::collections::BTreeMap;

use serde::Serialize;
use skillsyms_core::Instant;

use super::catalogue::{Catalogue, Visibility};
use super::check::newest;
use super::probe::Evidence;
use super::state::{Known, State, state_of};

/// One control as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The control.
    pub id: String,
    /// What it is now.
    pub state: State,
    /// What is promised.
    pub claim: String,
    /// The part of the page that it stands in.
    pub section: String,
    /// Why the state is what it is, as far as something is known.
    pub detail: Option<String>,
    /// The probe, if there is one.
    pub probe: Option<String>,
    /// When it was last seen.
    pub observed_at: Option<Instant>,
    /// Until when somebody signed for it.
    pub until: Option<Instant>,
    /// Who answers for it.
    pub owner: String,
    /// Who may see the evidence.
    pub visibility: Visibility,
}

/// All controls at one instant.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The instant.
    pub at: Instant,
    /// How many controls are in each state.
    pub counts: BTreeMap<&'static str, usize>,
    /// Every control, in order.
    pub controls: Vec<Row>,
}

impl Report {
    /// Makes the report. `known` says what is known of a control.
    #[must_use]
    pub fn make<'a>(catalogue: &Catalogue, known: impl Fn(&str) -> Known<'a>, now: Instant) -> Self {
        let mut controls = Vec::new();
        let mut counts = BTreeMap::new();
        for control in catalogue.all() {
            let known = known(&control.id);
            let state = state_of(control, known, now);
            *counts.entry(state.as_str()).or_insert(0) += 1;
            controls.push(Row {
                id: control.id.clone(),
                claim: control.claim.clone(),
                section: control.section.clone(),
                detail: detail(&state, known),
                probe: control.probe.clone(),
                observed_at: known.evidence.map(|evidence| evidence.observed_at),
                until: if let State::Attested { until } = &state {
                    Some(*until)
                } else {
                    None
                },
                owner: control.owner.clone(),
                visibility: control.visibility,
                state,
            });
        }
        Self {
            at: now,
            counts,
            controls,
        }
    }

    /// The report that follows from this evidence alone.
    #[must_use]
    pub fn of(catalogue: &Catalogue, evidence: &[Evidence], now: Instant) -> Self {
        let newest = newest(evidence);
        Self::make(
            catalogue,
            |id| Known {
                evidence: newest.get(id).copied(),
                ..Known::default()
            },
            now,
        )
    }

    /// Whether anything is failing or stale: the exit code of `controls check` says so.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.controls.iter().any(|row| row.state.is_bad())
    }

    /// The report as everybody may see it: all states, but only the details that are public.
    #[must_use]
    pub fn public(mut self) -> Self {
        for row in self
            .controls
            .iter_mut()
            .filter(|row| row.visibility != Visibility::Public)
        {
            row.detail = None;
        }
        self
    }
}

fn detail(state: &State, known: Known<'_>) -> Option<String> {
    match state {
        State::NotApplicable { why } => Some(why.clone()),
        State::Attested { .. } => known.attestation.map(|signed| format!("signed by {}", signed.owner)),
        _ => known.evidence.map(|evidence| {
            if evidence.is_intact() {
                evidence.detail.clone()
            } else {
                "the evidence was altered".to_owned()
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::probe::{Finding, Observation};
    use super::*;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);

    fn report(evidence: Option<&Evidence>) -> Report {
        let evidence: Vec<Evidence> = evidence.into_iter().cloned().collect();
        Report::of(&Catalogue::load().unwrap(), &evidence, NOW)
    }

    fn evidence(control: &str, probe: &'static str, finding: Finding) -> Evidence {
        let seen = Observation {
            probe,
            version: 1,
            source: "files",
            finding,
            at: NOW,
        };
        Evidence::record(control, &seen, NOW)
    }

    #[test]
    fn with_nothing_known_nothing_is_green_and_nothing_is_bad() {
        let report = report(None);
        assert_eq!(report.counts, BTreeMap::from([("not_evaluated", 207)]));
        assert!(!report.is_bad());
    }

    #[test]
    fn one_failure_makes_the_report_bad() {
        let report = report(Some(&evidence("S-12", "sealed-at-rest", Finding::fails("cells/a.db"))));
        assert_eq!(report.counts.get("failing"), Some(&1));
        assert!(report.is_bad());
    }

    #[test]
    fn json_has_id_and_state_in_each_row() {
        let report = report(Some(&evidence("S-12", "sealed-at-rest", Finding::holds("7 files"))));
        let json = serde_json::to_value(&report).unwrap();
        let row = json["controls"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == "S-12")
            .unwrap();
        assert_eq!(row["state"], "met");
        assert_eq!(row["detail"], "7 files");
        assert_eq!(json["controls"].as_array().unwrap().len(), 207);
    }

    #[test]
    fn internal_details_are_not_public() {
        let shown = report(Some(&evidence("P-32", "keys-private", Finding::fails("root.key")))).public();
        let row = shown.controls.iter().find(|row| row.id == "P-32").unwrap();
        assert_eq!(
            (row.state.clone(), row.detail.as_deref()),
            (State::Failing, Some("root.key"))
        );
        let mut hidden = report(Some(&evidence("P-32", "keys-private", Finding::fails("root.key"))));
        for row in &mut hidden.controls {
            row.visibility = Visibility::Internal;
        }
        assert!(hidden.public().controls.iter().all(|row| row.detail.is_none()));
    }
}
