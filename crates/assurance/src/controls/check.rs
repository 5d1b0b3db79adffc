//! One round: every probe looks, and what it saw becomes evidence for each promise that it proves.

use std::collections::BTreeMap;

use skillsyms_core::Clock;

use super::catalogue::Catalogue;
use super::probe::{Context, Evidence, Probe, observe};
use super::probes::{FileSealed, IdSealed, KeysPrivate, SealedAtRest, Tls13Only};

/// The probes that need nothing but a [`Context`]. What needs the layers above (isolation, masks, the ledger) is added
/// by whoever has them, as [`Checked`](super::probe::Checked).
#[must_use]
pub fn standard() -> Vec<Box<dyn Probe>> {
    vec![
        Box::new(SealedAtRest),
        Box::new(FileSealed),
        Box::new(IdSealed),
        Box::new(KeysPrivate),
        Box::new(Tls13Only),
    ]
}

/// Lets every probe look that proves something. The evidence is new; nothing is stored here.
#[must_use]
pub fn check(catalogue: &Catalogue, probes: &[Box<dyn Probe>], cx: &Context, clock: &dyn Clock) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for probe in probes {
        let mut proved = catalogue.proved_by(probe.name()).peekable();
        if proved.peek().is_none() {
            continue;
        }
        let seen = observe(probe.as_ref(), cx, clock);
        let recorded_at = clock.now();
        evidence.extend(proved.map(|control| Evidence::record(&control.id, &seen, recorded_at)));
    }
    evidence
}

/// The newest evidence of each control.
#[must_use]
pub fn newest(evidence: &[Evidence]) -> BTreeMap<&str, &Evidence> {
    let mut newest: BTreeMap<&str, &Evidence> = BTreeMap::new();
    for found in evidence {
        let kept = newest.entry(&found.control).or_insert(found);
        if (found.observed_at, found.recorded_at) > (kept.observed_at, kept.recorded_at) {
            *kept = found;
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use skillsyms_core::{Instant, ManualClock};

    use super::super::probe::{Checked, Finding, Verdict};
    use super::*;

    #[test]
    fn one_look_is_evidence_for_every_promise_that_it_proves() {
        let probe = Checked::new(
            "isolation",
            "two tenants",
            Box::new(|_| Finding::holds("")),
            Box::new(|_| Finding::fails("")),
        );
        let idle = Checked::new(
            "unknown",
            "",
            Box::new(|_| Finding::holds("")),
            Box::new(|_| Finding::holds("")),
        );
        let clock = ManualClock::at(Instant::from_micros(7));
        let probes: [Box<dyn Probe>; 2] = [Box::new(probe), Box::new(idle)];
        let evidence = check(&Catalogue::load().unwrap(), &probes, &Context::default(), &clock);
        let seen: Vec<_> = evidence
            .iter()
            .map(|found| (found.control.as_str(), found.verdict))
            .collect();
        assert_eq!(seen, [("S-16", Verdict::Holds), ("S-17", Verdict::Holds)]);
    }

    #[test]
    fn every_standard_probe_proves_something_and_can_fail() {
        let catalogue = Catalogue::load().unwrap();
        for probe in standard() {
            assert!(catalogue.proved_by(probe.name()).next().is_some(), "{}", probe.name());
            assert_eq!(
                probe.prove_it_can_fail(&Context::default()).verdict,
                Verdict::Fails,
                "{}",
                probe.name()
            );
        }
    }

    #[test]
    fn the_newest_evidence_counts() {
        let clock = ManualClock::at(Instant::from_micros(7));
        let look = || {
            let probe: [Box<dyn Probe>; 1] = [Box::new(SealedAtRest)];
            check(&Catalogue::load().unwrap(), &probe, &Context::default(), &clock)
        };
        let mut all = look();
        clock.advance_seconds(60);
        all.extend(look());
        all.reverse();
        assert_eq!(newest(&all)["S-12"].observed_at, clock.now());
    }
}
