//! Assessing in the demo, and what is left for somebody to try: evidence to judge, and assessments to moderate.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::play::{Figures, Play};

/// How many criteria a module has.
pub(super) fn criteria_of(module: &Value) -> usize {
    module.get("criteria").and_then(Value::as_array).map_or(0, Vec::len)
}

impl Play<'_> {
    /// Judges these modules competent, with all their criteria.
    pub(super) async fn assess(
        &self,
        enrolments: &[&String],
        modules: &[(&String, usize)],
        figures: &mut Figures,
    ) -> anyhow::Result<()> {
        let mut assessor = self.as_role("assessor").await?;
        let bar = self.steps.bar("Assessing", enrolments.len() * modules.len());
        for enrolment in enrolments {
            for (module, criteria) in modules {
                let body = json!({
                    "module": module, "kind": "summative", "outcome": "competent", "assessed_on": super::today(),
                    "feedback": "The evidence is valid, authentic, current and sufficient.",
                    "criteria_met": (1..=*criteria).collect::<Vec<_>>(),
                });
                let path = format!("/api/v1/enrolments/{enrolment}/assessments");
                assessor.post(&path, &body).await?.ok().context("assessing")?;
                bar.inc(1);
                figures.assessed += 1;
            }
        }
        bar.finish();
        Ok(())
    }

    /// Brings evidence for some learners, assesses one module of each, and draws a sample that nobody moderates.
    pub(super) async fn leave_waiting(
        &self,
        programme: &str,
        enrolments: &[&String],
        modules: &[(&String, usize)],
        figures: &mut Figures,
    ) -> anyhow::Result<()> {
        if enrolments.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = modules.iter().map(|(id, _)| (*id).clone()).collect();
        self.evidence(enrolments, &ids, figures).await?;
        let first: Vec<_> = modules.iter().take(1).copied().collect();
        self.assess(enrolments, &first, figures).await?;
        let mut moderator = self.as_role("moderator").await?;
        let path = format!("/api/v1/programmes/{programme}/samples");
        moderator.post_empty(&path).await?.ok().context("drawing a sample")?;
        Ok(())
    }
}
