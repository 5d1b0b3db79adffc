//! How a control's state follows from what is known of it. Unknown is never green.

use serde::{Serialize, Serializer};
use skillsyms_core::Instant;

use super::catalogue::Control;
use super::probe::{Evidence, Verdict};

/// Seconds that evidence may lie in the future, for clocks that differ: five minutes.
const SKEW_MAX_SECONDS: i64 = 300;

/// What a control is, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A probe saw it, not too long ago.
    Met,
    /// A probe saw something else, or cannot be believed.
    Failing,
    /// It was seen once, but too long ago; or its attestation has run out.
    Stale,
    /// Nobody looked.
    NotEvaluated,
    /// Somebody signed for it.
    Attested {
        /// When the signature runs out.
        until: Instant,
    },
    /// It does not apply to this deployment.
    NotApplicable {
        /// Why.
        why: String,
    },
}

impl State {
    /// The word in JSON, in tables and on the trust page.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Failing => "failing",
            Self::Stale => "stale",
            Self::NotEvaluated => "not_evaluated",
            Self::Attested { .. } => "attested",
            Self::NotApplicable { .. } => "not_applicable",
        }
    }

    /// Whether somebody has to act.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        matches!(self, Self::Failing | Self::Stale)
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A person's signature for a promise that no probe can prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Who signed, by role.
    pub owner: String,
    /// From when.
    pub from: Instant,
    /// Until when.
    pub until: Instant,
}

/// What is known of one control.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The newest evidence.
    pub evidence: Option<&'a Evidence>,
    /// The newest attestation.
    pub attestation: Option<&'a Attestation>,
    /// Why it does not apply here, if it was decided so.
    pub not_applicable: Option<&'a str>,
}

/// The state of a control.
#[must_use]
pub fn state_of(control: &Control, known: Known<'_>, now: Instant) -> State {
    if let Some(why) = known.not_applicable {
        return State::NotApplicable { why: why.to_owned() };
    }
    match &control.probe {
        Some(probe) => by_evidence(control, probe, known.evidence, now),
        None => by_attestation(known.attestation, now),
    }
}

/// A control with a probe believes nothing but that probe: no signature outweighs a look.
fn by_evidence(control: &Control, probe: &str, evidence: Option<&Evidence>, now: Instant) -> State {
    let Some(evidence) = evidence.filter(|evidence| evidence.control == control.id && evidence.probe == probe) else {
        return State::NotEvaluated;
    };
    if !evidence.is_intact() {
        return State::Failing;
    }
    let age = now.seconds_since(evidence.observed_at);
    let current = (-SKEW_MAX_SECONDS..=control.max_age_seconds).contains(&age);
    match evidence.verdict {
        // A failure does not heal with time.
        Verdict::Fails => State::Failing,
        Verdict::Unknown => State::NotEvaluated,
        Verdict::Holds if current => State::Met,
        Verdict::Holds => State::Stale,
    }
}

fn by_attestation(attestation: Option<&Attestation>, now: Instant) -> State {
    match attestation {
        Some(signed) if signed.from > now || signed.until <= signed.from => State::NotEvaluated,
        Some(signed) if signed.until <= now => State::Stale,
        Some(signed) => State::Attested { until: signed.until },
        None => State::NotEvaluated,
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::super::probe::{Finding, Observation};
    use super::*;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);

    fn control(id: &str) -> Control {
        Catalogue::load().unwrap().get(id).unwrap().clone()
    }

    fn seen(finding: Finding, age_seconds: i64) -> Evidence {
        let at = NOW.plus_seconds(-age_seconds);
        let seen = Observation {
            probe: "sealed-at-rest",
            version: 1,
            source: "files",
            finding,
            at,
        };
        Evidence::record("S-12", &seen, at)
    }

    fn with_evidence(evidence: &Evidence) -> State {
        state_of(
            &control("S-12"),
            Known {
                evidence: Some(evidence),
                ..Known::default()
            },
            NOW,
        )
    }

    #[test]
    fn nothing_known_is_not_evaluated() {
        assert_eq!(state_of(&control("S-12"), Known::default(), NOW), State::NotEvaluated);
        assert_eq!(state_of(&control("S-56"), Known::default(), NOW), State::NotEvaluated);
    }

    #[test]
    fn fresh_evidence_decides() {
        assert_eq!(with_evidence(&seen(Finding::holds(""), 1)), State::Met);
        assert_eq!(with_evidence(&seen(Finding::fails(""), 1)), State::Failing);
        assert_eq!(with_evidence(&seen(Finding::unknown(""), 1)), State::NotEvaluated);
    }

    #[test]
    fn old_evidence_is_stale_and_an_old_failure_still_fails() {
        let limit = control("S-12").max_age_seconds;
        assert_eq!(with_evidence(&seen(Finding::holds(""), limit)), State::Met);
        assert_eq!(with_evidence(&seen(Finding::holds(""), limit + 1)), State::Stale);
        assert_eq!(with_evidence(&seen(Finding::fails(""), limit + 1)), State::Failing);
    }

    #[test]
    fn evidence_from_the_future_is_not_believed() {
        assert_eq!(with_evidence(&seen(Finding::holds(""), -SKEW_MAX_SECONDS)), State::Met);
        assert_eq!(
            with_evidence(&seen(Finding::holds(""), -SKEW_MAX_SECONDS - 1)),
            State::Stale
        );
    }

    #[test]
    fn altered_evidence_fails_and_that_of_another_control_or_probe_does_not_count() {
        let mut altered = seen(Finding::unknown(""), 1);
        altered.verdict = Verdict::Holds;
        assert_eq!(with_evidence(&altered), State::Failing);
        let evidence = seen(Finding::holds(""), 1);
        let known = Known {
            evidence: Some(&evidence),
            ..Known::default()
        };
        assert_eq!(state_of(&control("S-13"), known, NOW), State::NotEvaluated);
    }

    #[test]
    fn a_signature_counts_until_it_runs_out_and_only_where_there_is_no_probe() {
        let signed = |from: i64, until: i64| Attestation {
            owner: "security".to_owned(),
            from: NOW.plus_seconds(from),
            until: NOW.plus_seconds(until),
        };
        let state = |id: &str, signed: &Attestation| {
            state_of(
                &control(id),
                Known {
                    attestation: Some(signed),
                    ..Known::default()
                },
                NOW,
            )
        };
        let good = signed(-10, 10);
        assert_eq!(state("S-56", &good), State::Attested { until: good.until });
        assert_eq!(state("S-56", &signed(-10, 0)), State::Stale);
        assert_eq!(state("S-56", &signed(5, 10)), State::NotEvaluated);
        assert_eq!(state("S-12", &good), State::NotEvaluated);
    }

    #[test]
    fn what_does_not_apply_says_why() {
        let known = Known {
            not_applicable: Some("one node, no edge network"),
            ..Known::default()
        };
        let state = state_of(&control("S-08"), known, NOW);
        assert_eq!(
            state,
            State::NotApplicable {
                why: "one node, no edge network".to_owned()
            }
        );
        assert!(!state.is_bad());
    }
}
