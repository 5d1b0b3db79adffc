//! View: one's own second factors.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read};
use skillsyms_core::{FactorId, Instant};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::rows::{self, FactorTuple};
use super::{FactorKind, FactorRule, UNKNOWN_KIND};

/// Lists one's own second factors. There are few: it is one page.
#[derive(Clone, Copy, Debug)]
pub struct ListFactors {
    /// Which roles take one.
    pub rule: FactorRule,
}

/// What somebody has.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Factors {
    /// The factors, in the order in which they were set up.
    pub items: Vec<FactorView>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: i64,
    /// Whether one's roles take a second factor.
    pub is_required: bool,
}

/// One factor.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FactorView {
    /// Its id.
    pub id: FactorId,
    /// What it is.
    pub kind: FactorKind,
    /// What its owner calls it.
    pub name: String,
    /// Since when it counts.
    pub confirmed_at: Option<Instant>,
    /// When it was used last.
    pub used_at: Option<Instant>,
}

impl View for ListFactors {
    const NAME: &'static str = "factor.list";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Factors;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Factors, Fault> {
        let person = cx.person()?;
        let items = rows::list(tx, person)?.into_iter().map(view);
        Ok(Factors {
            items: items.collect::<Result<_, _>>()?,
            recovery_codes_left: rows::codes_left(tx, person)?,
            is_required: self.rule.demands(&cx.actor().roles),
        })
    }

    fn entry(&self, output: &Factors) -> Note {
        Note {
            on: output.items.iter().map(|factor| ("Factor", factor.id.uuid())).collect(),
            ..Note::none()
        }
    }
}

fn view((id, kind, name, confirmed_at, used_at): FactorTuple) -> Result<FactorView, CellError> {
    Ok(FactorView {
        id,
        kind: FactorKind::parse(&kind).ok_or(UNKNOWN_KIND)?,
        name,
        confirmed_at,
        used_at,
    })
}
