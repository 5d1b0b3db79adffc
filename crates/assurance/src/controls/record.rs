//! Act: keep what the probes saw. View: read the newest of it. Both happen in the platform's cell.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::Problem;
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target, View};
use uuid::Uuid;

use super::catalogue::Catalogue;
use super::probe::Evidence;
use super::rows;

/// Evidence that one act may keep: every control, several times over.
pub const EVIDENCE_MAX: usize = 1_000;

/// Keeps what the probes saw.
pub struct RecordEvidence {
    /// What they saw, one for each control.
    pub evidence: Vec<Evidence>,
}

impl Act for RecordEvidence {
    const NAME: &'static str = "control.record";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Vec<Uuid>;
    type Output = usize;

    fn prepare(&self, cx: &Cx) -> Result<Vec<Uuid>, Fault> {
        if self.evidence.is_empty() || self.evidence.len() > EVIDENCE_MAX {
            return Err(Problem::field("/evidence", "control.count", "Record 1 to 1000 pieces of evidence.").into());
        }
        if !self.evidence.iter().all(Evidence::is_intact) {
            return Err(Problem::field("/evidence", "control.altered", "Record evidence as it was observed.").into());
        }
        Ok(self.evidence.iter().map(|_| cx.fresh()).collect())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, ids: &Vec<Uuid>, tx: &mut Tx<'_>) -> Result<usize, Fault> {
        let rows: Vec<(Uuid, &Evidence)> = ids.iter().copied().zip(&self.evidence).collect();
        rows::insert(tx, &rows)?;
        Ok(rows.len())
    }

    fn entry(&self, kept: &usize) -> Note {
        Note::none().count(u64::try_from(*kept).unwrap_or(u64::MAX))
    }
}

/// Lets the probes look now. The act is the permission and the entry; what they see is kept by [`RecordEvidence`].
#[derive(Clone, Copy, Debug)]
pub struct CheckControls;

impl Act for CheckControls {
    const NAME: &'static str = "control.check";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ();

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, (): &(), _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn entry(&self, (): &()) -> Note {
        Note::none()
    }
}

/// Reads the newest evidence of every control that a probe proves.
pub struct ReadEvidence;

impl View for ReadEvidence {
    const NAME: &'static str = "control.read";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Vec<Evidence>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Vec<Evidence>, Fault> {
        let Ok(catalogue) = Catalogue::load() else {
            return Err(Problem::internal().into());
        };
        let mut found = Vec::new();
        for control in catalogue.all().filter(|control| control.probe.is_some()) {
            found.extend(rows::newest(tx, &control.id)?);
        }
        Ok(found)
    }

    fn entry(&self, found: &Vec<Evidence>) -> Note {
        Note::none().count(u64::try_from(found.len()).unwrap_or(u64::MAX))
    }
}
